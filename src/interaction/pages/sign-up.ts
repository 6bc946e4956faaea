import { askerOf } from './asker.ts';
import { actionOf, type Beginning, complaintNotice, field, postForm, verbatim } from './forms.ts';
import { type Html, html } from './html.ts';
import type { Complaint, SignUpPage } from './models.ts';
import { clientName } from './names.ts';
import { pagePaths } from './paths.ts';
import { sendOnceScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** Which field a complaint is about. */
const faultyFields: Partial<Readonly<Record<Complaint, string>>> = {
  'username-taken': 'username',
  'username-unusable': 'username',
  'email-unusable': 'email',
  'password-too-short': 'password',
  'password-too-long': 'password',
  'password-known': 'password',
};

/** The page on which a person makes an account. */
export function signUpPage(page: SignUpPage, view: View): PageBody {
  const { texts } = view;
  const complaint = complaintNotice(beginningOf(page), view);
  const login = html`<p class="foot">${texts.signUp.haveAccount} <a href="${page.loginPath}">${texts.signUp.login}</a></p>`;
  return {
    title: texts.signUp.title,
    main: html`${askerOf(page.client, view)}<div class="stack-wide">${heading(page, view)}${complaint}${signUpForm(page, view)}${login}</div>`,
    next: null,
    script: sendOnceScript,
    section: null,
    needs: { images: [page.client?.logoUri ?? null], frames: [], forms: { to: page.form.leadsTo } },
  };
}

function heading({ client }: SignUpPage, view: View): Html {
  const { signUp, login } = view.texts;
  const why =
    client === null ? null : html`<p class="soft">${login.toContinue(clientName(client, view))}</p>`;
  return html`<div class="stack-tight"><h1>${signUp.title}</h1>${why}</div>`;
}

function beginningOf({ complaint, retryAfterSeconds }: SignUpPage): Beginning {
  const faulty = complaint === null ? null : (faultyFields[complaint] ?? null);
  return { first: faulty ?? 'username', complaint, retryAfterSeconds, faulty };
}

function signUpForm(page: SignUpPage, view: View): Html {
  const { texts } = view;
  const beginning = beginningOf(page);
  const username = field({
    name: 'username',
    label: texts.username,
    type: 'text',
    autocomplete: 'username',
    value: page.username,
    beginning,
    attributes: verbatim,
  });
  const email = field({
    name: 'email',
    label: texts.email,
    type: 'email',
    autocomplete: 'email',
    value: page.email,
    beginning,
  });
  const password = field({
    name: 'password',
    label: texts.password,
    type: 'password',
    autocomplete: 'new-password',
    hint: `${texts.passwordLength(view.shortestPassword)} ${texts.signUp.passwordHint}`,
    beginning,
  });
  const submit = html`<button id="sign-up-submit" class="main">${texts.signUp.submit}</button>`;
  const action = actionOf(page.form, pagePaths['sign-up'], view);
  const content = [username, email, password, submit];
  return postForm({ action, secrets: page.form, attributes: html`class="stack"`, content });
}
