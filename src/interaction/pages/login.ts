import { askerOf } from './asker.ts';
import { actionOf, type Beginning, complaintNotice, field, hidden, postForm, verbatim } from './forms.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { LoginPage } from './models.ts';
import { clientName, givenName } from './names.ts';
import { pagePaths } from './paths.ts';
import { signInScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** The page on which a person signs in. */
export function loginPage(page: LoginPage, view: View): PageBody {
  const { texts } = view;
  const ways = page.provider === null ? ownWays(page, view) : providerWay(page.provider, view);
  const complaint = complaintNotice(beginningOf(page), view);
  return {
    title: page.again ? texts.login.again : texts.login.title,
    main: html`${askerOf(page.client, view)}<div class="stack-wide">${heading(page, view)}${complaint}${ways}${signUpLink(page, view)}</div>`,
    next: null,
    script: page.provider === null ? signInScript : null,
    section: null,
    needs: { images: [page.client?.logoUri ?? null], frames: [], forms: { to: page.form.leadsTo } },
  };
}

function heading({ again, client }: LoginPage, view: View): Html {
  const { login } = view.texts;
  const why =
    client === null ? null : html`<p class="soft">${login.toContinue(clientName(client, view))}</p>`;
  return again
    ? html`<div class="stack-tight"><h1>${login.again}</h1><p class="soft">${login.againWhy}</p></div>`
    : html`<div class="stack-tight"><h1>${login.title}</h1>${why}</div>`;
}

function beginningOf({ complaint, retryAfterSeconds, provider, username }: LoginPage): Beginning {
  if (provider !== null) return { first: null, complaint, faulty: null };
  const faulty = complaint === 'wrong-credentials' ? 'password' : null;
  return { first: username === '' ? 'username' : 'password', complaint, retryAfterSeconds, faulty };
}

function ownWays(page: LoginPage, view: View): Html {
  const passkey =
    page.passkeyOptions === null ? null : passkeyForm({ ...page, passkeyOptions: page.passkeyOptions }, view);
  return html`<div class="stack">${passwordForm(page, view)}${passkey}</div>`;
}

function passwordForm(page: LoginPage, view: View): Html {
  const { texts } = view;
  const beginning = beginningOf(page);
  const username = field({
    name: 'username',
    label: texts.username,
    type: 'text',
    autocomplete: page.passkeyOptions === null ? 'username' : 'username webauthn',
    value: page.username,
    beginning,
    attributes: verbatim,
  });
  const password = field({
    name: 'password',
    label: texts.password,
    type: 'password',
    autocomplete: 'current-password',
    beginning,
    beside: revealButton(view),
  });
  const submit = html`<button id="login-submit" class="main">${texts.login.submit}</button>`;
  return postForm({
    action: actionOf(page.form, pagePaths.login, view),
    secrets: page.form,
    attributes: html`class="stack"`,
    content: [username, password, submit],
  });
}

/** Shown by the script, without which it would do nothing. */
function revealButton({ texts }: View): Html {
  const { showPassword, hidePassword } = texts.login;
  return html`<button type="button" id="show-password" hidden data-reveals="password" data-hide="${hidePassword}" aria-controls="password">${showPassword}</button>`;
}

function passkeyForm(page: LoginPage & { readonly passkeyOptions: string }, view: View): Html {
  const { login } = view.texts;
  return postForm({
    action: actionOf(page.form, pagePaths.login, view),
    secrets: page.form,
    attributes: html`id="passkey-form" class="stack" data-options="${page.passkeyOptions}" hidden`,
    content: html`${hidden('passkey', '')}<div class="or">${login.or}</div><button type="button" id="passkey-submit">${icons.passkey}${login.passkey}</button><p id="passkey-failed" class="fault" role="alert" data-text="${login.passkeyFailed}"></p>`,
  });
}

function providerWay(provider: NonNullable<LoginPage['provider']>, { texts }: View): Html {
  const name = givenName(provider.name);
  return html`<div class="stack"><p>${texts.login.providerWhy(name)}</p><a class="button main" id="login-submit" href="${provider.startPath}"><span>${texts.login.provider(name)}</span></a></div>`;
}

function signUpLink({ signUpPath }: LoginPage, { texts }: View): Html | null {
  if (signUpPath === null) return null;
  return html`<p class="foot">${texts.login.noAccount} <a href="${signUpPath}">${texts.login.signUp}</a></p>`;
}
