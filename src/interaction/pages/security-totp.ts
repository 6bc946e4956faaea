import { field, focused, verbatim } from './forms.ts';
import { type Html, html } from './html.ts';
import type { SecurityPage, ShownTotp } from './models.ts';
import { qrCode } from './qr-code.ts';
import { changeForm } from './security-form.ts';
import type { View } from './view.ts';

type Panels = {
  readonly [State in ShownTotp['state']]: (
    totp: Extract<ShownTotp, { readonly state: State }>,
    page: SecurityPage,
    view: View,
  ) => Html;
};

const panels: Panels = {
  off: (_totp, page, view) => {
    const { security } = view.texts;
    const begin = html`<button class="narrow" id="totp-begin">${security.totpBegin}</button>`;
    return html`<p class="soft">${security.totpOff}</p>${change(page, 'totp-begin', [begin], view)}`;
  },
  pending: ({ secret, uri }, page, view) => {
    if (page.proofPath !== null) return html``;
    const { security } = view.texts;
    const grouped = secret.replace(/(.{4})(?=.)/g, '$1 ');
    return html`<p>${security.totpScan}</p><div class="scan">${qrCode(uri, security.totpQrCode)}<div class="stack">${secretOf(grouped, view)}${confirmation(page, view)}</div></div>`;
  },
  on: ({ recoveryCodesLeft }, page, view) => {
    const { security } = view.texts;
    const renew = html`<div><button class="narrow" id="recovery-codes">${security.renewCodes}</button></div>`;
    const end = html`<div><button class="narrow danger" id="totp-end">${security.totpEnd}</button></div>`;
    const renewing = change(page, 'recovery-codes', [html`<p>${security.renewCodesWhy}</p>`, renew], view);
    const ending = change(page, 'totp-end', [html`<p>${security.totpEndWhy}</p>`, end], view);
    const tools = html`<div class="tools"><details><summary>${security.renewCodes}</summary>${renewing}</details><details><summary class="danger">${security.totpEnd}</summary>${ending}</details></div>`;
    return html`<div class="stack-tight"><p>${security.totpOn}</p><p class="soft">${security.recoveryCodesLeft(recoveryCodesLeft)}</p></div>${page.proofPath === null ? tools : null}`;
  },
};

/** The authenticator app: set it up (field `code` confirms), and do without it. */
export function totpPanel(page: SecurityPage, view: View): Html {
  const { totp } = page;
  const write = panels[totp.state] as (totp: ShownTotp, page: SecurityPage, view: View) => Html;
  return html`<section class="panel stack"><h2>${view.texts.security.totp}</h2>${write(totp, page, view)}</section>`;
}

/** The recovery codes, in the one answer that has them. */
export function recoveryCodesPanel({ recoveryCodes }: SecurityPage, { texts }: View): Html | null {
  if (recoveryCodes === null) return null;
  const { security } = texts;
  const codes = recoveryCodes.map((code) => html`<li><code>${code}</code></li>`);
  return html`<section class="panel stack"><div class="stack-tight"><h2>${security.recoveryCodes}</h2><p class="soft">${security.recoveryCodesWhy}</p></div><ul class="codes">${codes}</ul></section>`;
}

function change(
  page: SecurityPage,
  name: 'totp-begin' | 'totp-end' | 'recovery-codes',
  content: readonly Html[],
  view: View,
): Html | null {
  return page.proofPath === null ? changeForm(page, name, content, view) : null;
}

function secretOf(grouped: string, { texts }: View): Html {
  return html`<div class="stack-tight"><h3 class="small soft">${texts.security.totpSecret}</h3><code>${grouped}</code></div>`;
}

function confirmation(page: SecurityPage, view: View): Html {
  const { security, secondFactor, complaints } = view.texts;
  const isFirst = page.done === null && (page.complaint?.about ?? 'totp-confirm') === 'totp-confirm';
  const code = field({
    name: 'code',
    label: secondFactor.code,
    type: 'text',
    autocomplete: 'one-time-code',
    fault: page.complaint?.about === 'totp-confirm' ? complaints[page.complaint.complaint] : null,
    attributes: html`class="code" inputmode="numeric" maxlength="12" ${verbatim} ${isFirst ? focused : null}`,
  });
  const confirm = html`<div><button class="narrow main" id="totp-confirm">${security.totpConfirm}</button></div>`;
  const cancel = html`<button class="link" id="totp-cancel">${security.totpCancel}</button>`;
  return html`${changeForm(page, 'totp-confirm', [code, confirm], view)}${changeForm(page, 'totp-end', [cancel], view)}`;
}
