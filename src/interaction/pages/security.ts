import { type Beginning, complaintNotice, doneNotice } from './forms.ts';
import { type Html, html } from './html.ts';
import type { SecurityPage } from './models.ts';
import { givenName } from './names.ts';
import { addPasskeyScript, sendOnceScript } from './scripts.ts';
import { passkeysPanel } from './security-passkeys.ts';
import { faultyPasswordFields, passwordPanel } from './security-password.ts';
import { recoveryCodesPanel, totpPanel } from './security-totp.ts';
import type { PageBody, View } from './view.ts';

/** How the person proves who they are, and the ways to change it. */
export function securityPage(page: SecurityPage, view: View): PageBody {
  const { security } = view.texts;
  return {
    title: security.title,
    main: html`<div class="stack-wide"><h1>${security.title}</h1>${notices(page, view)}${page.providerName === null ? panels(page, view) : elsewhere(page.providerName, view)}</div>`,
    next: null,
    script:
      typeof page.newPasskey === 'object' && page.newPasskey !== null ? addPasskeyScript : sendOnceScript,
    section: { name: 'security', account: page.account },
    needs: { images: [], frames: [], forms: 'here' },
  };
}

function panels(page: SecurityPage, view: View): Html {
  return html`<div class="stack">${recoveryCodesPanel(page, view)}${proof(page, view)}${passwordPanel(page, view)}${passkeysPanel(page, view)}${totpPanel(page, view)}</div>`;
}

function elsewhere(providerName: string, { texts }: View): Html {
  return html`<p class="panel">${texts.security.elsewhere(givenName(providerName))}</p>`;
}

function notices({ done, complaint }: SecurityPage, view: View): Html {
  return html`${done === null ? null : doneNotice(view.texts.done[done])}${
    complaint === null ? null : complaintNotice(beginningOf(complaint), view)
  }`;
}

/** What is about no field is read itself. */
function beginningOf({
  about,
  complaint,
  retryAfterSeconds,
}: NonNullable<SecurityPage['complaint']>): Beginning {
  const ofPassword = about === 'password' ? (faultyPasswordFields[complaint] ?? null) : null;
  const faulty = about === 'totp-confirm' ? 'code' : ofPassword;
  return { first: faulty, complaint, retryAfterSeconds, faulty };
}

function proof({ proofPath }: SecurityPage, { texts }: View): Html | null {
  if (proofPath === null) return null;
  return html`<section class="panel row"><p>${texts.security.proofWhy}</p><a class="button main narrow" href="${proofPath}">${texts.security.proof}</a></section>`;
}
