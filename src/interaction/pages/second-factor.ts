import { askerOf } from './asker.ts';
import { actionOf, type Beginning, complaintNotice, field, hidden, postForm, verbatim } from './forms.ts';
import { type Html, html } from './html.ts';
import type { Complaint, SecondFactorPage } from './models.ts';
import { accountAddress, accountName, accountTile } from './names.ts';
import { pagePaths } from './paths.ts';
import { sendOnceScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** Which field a complaint is about. */
const faultyFields: Partial<Readonly<Record<Complaint, string>>> = {
  'wrong-code': 'code',
  'wrong-recovery-code': 'recovery-code',
};

/** The page that asks for the code of the authenticator app, or a recovery code. */
export function secondFactorPage(page: SecondFactorPage, view: View): PageBody {
  const { secondFactor } = view.texts;
  const complaint = complaintNotice(beginningOf(page), view);
  return {
    title: secondFactor.title,
    main: html`${askerOf(page.client, view)}<div class="stack-wide"><div class="stack-tight"><h1>${secondFactor.title}</h1><p class="soft">${secondFactor.why}</p></div>${complaint}${who(page)}${codeForm(page, view)}${recovery(page, view)}</div>`,
    next: null,
    script: sendOnceScript,
    section: null,
    needs: { images: [page.client?.logoUri ?? null], frames: [], forms: { to: page.form.leadsTo } },
  };
}

function beginningOf({ complaint, retryAfterSeconds }: SecondFactorPage): Beginning {
  const faulty = complaint === null ? null : (faultyFields[complaint] ?? null);
  return { first: faulty ?? 'code', complaint, retryAfterSeconds, faulty };
}

function who({ account }: SecondFactorPage): Html {
  return html`<div class="who">${accountTile(account)}<div><p><strong>${accountName(account)}</strong></p><p class="small soft">${accountAddress(account)}</p></div></div>`;
}

function codeForm(page: SecondFactorPage, view: View): Html {
  const { texts } = view;
  const code = field({
    name: 'code',
    label: texts.secondFactor.code,
    type: 'text',
    autocomplete: 'one-time-code',
    beginning: beginningOf(page),
    attributes: html`class="code" inputmode="numeric" maxlength="12" ${verbatim}`,
  });
  const submit = html`<button id="code-submit" class="main">${texts.secondFactor.submit}</button>`;
  return secondFactorForm(page, [code, submit], view);
}

function recovery(page: SecondFactorPage, view: View): Html {
  const { secondFactor } = view.texts;
  const beginning = beginningOf(page);
  const code = field({
    name: 'code',
    id: 'recovery-code',
    label: secondFactor.recoveryCode,
    type: 'text',
    autocomplete: 'off',
    hint: secondFactor.recoveryWhy,
    beginning,
    attributes: verbatim,
  });
  const submit = html`<button>${secondFactor.useRecoveryCode}</button>`;
  return html`<details${beginning.faulty === 'recovery-code' ? html` open` : null}><summary>${secondFactor.otherWay}</summary>${secondFactorForm(page, [hidden('factor', 'recovery-code'), code, submit], view)}</details>`;
}

function secondFactorForm(page: SecondFactorPage, content: readonly Html[], view: View): Html {
  const action = actionOf(page.form, pagePaths['second-factor'], view);
  return postForm({ action, secrets: page.form, attributes: html`class="stack"`, content });
}
