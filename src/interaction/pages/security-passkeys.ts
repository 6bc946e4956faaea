import { factList } from './facts.ts';
import { field, hidden } from './forms.ts';
import { type Html, html } from './html.ts';
import type { SecurityPage, ShownPasskey } from './models.ts';
import { givenName } from './names.ts';
import { plainText } from './plain-text.ts';
import { changeForm } from './security-form.ts';
import { day } from './times.ts';
import type { View } from './view.ts';

const longestName = 60;

/**
 * The passkeys: add one (fields `name`, `challenge`, and `passkey` with the browser's answer as JSON), rename one (fields `name`, and
 * `passkey` with its id), remove one (field `passkey`).
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
  const times = factList([
    [security.added, day(passkey.createdAt, view)],
    [security.lastUsed, lastUsed],
  ]);
  const tools =
    page.proofPath === null
      ? html`<div class="tools">${renamingOf(passkey, index, page, view)}${removalOf(passkey, index, page, view)}</div>`
      : null;
  return html`<div class="stack-tight"><h3 id="passkey-${index}">${givenName(passkey.name)}</h3>${times}${tools}</div>`;
}

function renamingOf(passkey: ShownPasskey, index: number, page: SecurityPage, view: View): Html {
  const { security } = view.texts;
  const name = nameField(`passkey-name-${index}`, plainText(passkey.name, longestName), view);
  const submit = html`<div><button class="narrow" id="rename-${index}" aria-labelledby="rename-${index} passkey-${index}">${security.renamePasskey}</button></div>`;
  const form = changeForm(page, 'passkey-rename', [hidden('passkey', passkey.id), name, submit], view);
  return html`<details><summary id="open-rename-${index}" aria-labelledby="open-rename-${index} passkey-${index}">${security.renamePasskey}</summary>${form}</details>`;
}

/** Opened first, so that one press does not remove it. */
function removalOf(passkey: ShownPasskey, index: number, page: SecurityPage, view: View): Html {
  const { security } = view.texts;
  const why = html`<p>${security.removePasskeyWhy}</p>`;
  const submit = html`<div><button class="narrow danger" id="remove-${index}" aria-labelledby="remove-${index} passkey-${index}">${security.removePasskey}</button></div>`;
  const form = changeForm(page, 'passkey-remove', [hidden('passkey', passkey.id), why, submit], view);
  return html`<details><summary class="danger" id="open-remove-${index}" aria-labelledby="open-remove-${index} passkey-${index}">${security.removePasskey}</summary>${form}</details>`;
}

function nameField(id: string, value: string, { texts }: View): Html {
  return field({
    name: 'name',
    id,
    label: texts.security.passkeyName,
    type: 'text',
    autocomplete: 'off',
    value,
    attributes: html`maxlength="${longestName}"`,
  });
}

function adding(page: SecurityPage, view: View): Html | null {
  if (page.newPasskey === null) return null;
  const { security } = view.texts;
  if (typeof page.newPasskey === 'string') {
    return html`<p class="small soft">${security.noNewPasskey[page.newPasskey]}</p>`;
  }
  const name = nameField('passkey-name', '', view);
  const fields = [hidden('challenge', page.newPasskey.challenge), hidden('passkey', ''), name];
  const submit = html`<div><button class="narrow" id="passkey-submit">${security.addPasskey}</button></div>`;
  const failed = html`<p id="passkey-failed" class="fault" role="alert" data-text="${security.addingFailed}"></p>`;
  const form = changeForm(page, 'passkey-add', [...fields, submit, failed], view);
  return html`<p class="small soft" id="passkey-needs-script">${security.passkeyNeedsScript}</p>${form}`;
}
