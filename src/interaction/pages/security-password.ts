import { field, focused } from './forms.ts';
import { type Html, html } from './html.ts';
import type { Complaint, SecurityPage } from './models.ts';
import { changeForm } from './security-form.ts';
import type { View } from './view.ts';

type PasswordField = 'current-password' | 'new-password' | 'new-password-again';

/** Which field a complaint is about. */
export const faultyPasswordFields: Partial<Readonly<Record<Complaint, PasswordField>>> = {
  'wrong-password': 'current-password',
  'password-too-short': 'new-password',
  'password-too-long': 'new-password',
  'password-known': 'new-password',
  'passwords-differ': 'new-password-again',
};

/** Change the password. Fields `current-password`, `new-password`, `new-password-again`, and `end-others`, which is `yes` or absent. */
export function passwordPanel(page: SecurityPage, view: View): Html {
  const { security } = view.texts;
  return html`<section class="panel stack"><h2>${security.password}</h2>${content(page, view)}</section>`;
}

function content(page: SecurityPage, view: View): Html | null {
  if (!page.hasPassword) return html`<p class="soft">${view.texts.security.noPassword}</p>`;
  if (page.proofPath !== null) return html`<p class="soft">${view.texts.security.hasPassword}</p>`;
  const { security, passwordLength } = view.texts;
  const others = html`<label class="check"><input type="checkbox" name="end-others" value="yes" checked>${security.endOthers}</label>`;
  const submit = html`<div><button class="narrow" id="password-submit">${security.changePassword}</button></div>`;
  const fields = [
    passwordField(page, 'current-password', security.currentPassword, view),
    passwordField(page, 'new-password', security.newPassword, view, passwordLength(view.shortestPassword)),
    passwordField(page, 'new-password-again', security.newPasswordAgain, view),
  ];
  return changeForm(page, 'password', [accountForManagers(page), ...fields, others, submit], view);
}

/** Lets password managers know whose password it is. */
function accountForManagers({ account }: SecurityPage): Html {
  return html`<input type="text" name="username" autocomplete="username" value="${account.username}" hidden readonly>`;
}

function passwordField(
  page: SecurityPage,
  name: PasswordField,
  label: string,
  view: View,
  hint?: string,
): Html {
  const { complaint } = page;
  const isFaulty = complaint?.about === 'password' && faultyPasswordFields[complaint.complaint] === name;
  return field({
    name,
    label,
    type: 'password',
    autocomplete: name === 'current-password' ? 'current-password' : 'new-password',
    ...(hint && { hint }),
    fault: isFaulty ? view.texts.complaints[complaint.complaint] : null,
    attributes: isFaulty ? focused : null,
  });
}
