import { field, hidden } from './forms.ts';
import { type Html, html } from './html.ts';
import type { SecurityPage, ShownPasskey } from './models.ts';
import { givenName } from './names.ts';
import { changeForm } from './security-form.ts';
import { day } from './times.ts';
import type { View } from './view.ts';

/**
 * The passkeys: add one (fields `name`, `challenge`, and `passkey` with the browser's answer as JSON), remove one (field `passkey`
 * with its id).
 */
export function passkeysPanel(page: SecurityPage, view: View): Html {
  const { security } = view.texts;
  const entries = page.passkeys.map((passkey, index) => passkeyEntry(passkey, index, page, view));
  const none = html`<p>${security.noPasskeys}</p>`;
  return html`<section class="panel stack"><div class="stack-tight"><h2>${security.passkeys}</h2><p class="soft">${security.passkeysWhy}</p></div>${entries.length === 0 ? none : html`<div class="split">${entries}</div>`}${adding(page, view)}</section>`;
}

function passkeyEntry(passkey: ShownPasskey, index: number, page: SecurityPage, view: View): Html {
  const { security, account } = view.texts;
  const lastUsed = passkey.lastUsedAt === null ? html`${account.notYet}` : day(passkey.lastUsedAt, view);
  const button = html`<button class="narrow danger" id="remove-${index}" aria-labelledby="remove-${index} passkey-${index}">${security.removePasskey}</button>`;
  const removal =
    page.proofPath === null
      ? changeForm(page, 'passkey-remove', [hidden('passkey', passkey.id), button], view)
      : null;
  return html`<div class="row"><div class="stack-tight"><h3 id="passkey-${index}">${givenName(passkey.name)}</h3><dl class="facts"><dt>${security.added}</dt><dd>${day(passkey.createdAt, view)}</dd><dt>${security.lastUsed}</dt><dd>${lastUsed}</dd></dl></div>${removal}</div>`;
}

function adding(page: SecurityPage, view: View): Html | null {
  if (page.newPasskey === null) return null;
  const { security } = view.texts;
  const name = field({
    name: 'name',
    id: 'passkey-name',
    label: security.passkeyName,
    type: 'text',
    autocomplete: 'off',
    attributes: html`maxlength="60"`,
  });
  const fields = [hidden('challenge', page.newPasskey.challenge), hidden('passkey', ''), name];
  const submit = html`<div><button class="narrow" id="passkey-submit">${security.addPasskey}</button></div>`;
  const failed = html`<p id="passkey-failed" class="fault" role="alert" data-text="${security.addingFailed}"></p>`;
  const form = changeForm(page, 'passkey-add', [...fields, submit, failed], view);
  return html`<p class="small soft" id="passkey-needs-script">${security.passkeyNeedsScript}</p>${form}`;
}
