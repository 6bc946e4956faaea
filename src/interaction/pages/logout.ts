import { askerOf } from './asker.ts';
import { actionOf, focused, postForm } from './forms.ts';
import { type Html, html } from './html.ts';
import type { LogoutPage } from './models.ts';
import { accountAddress, accountName, accountTile, clientName } from './names.ts';
import { pagePaths } from './paths.ts';
import { sendOnceScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** The page that asks whether to sign out. */
export function logoutPage(page: LogoutPage, view: View): PageBody {
  const { logout } = view.texts;
  const form = postForm({
    action: actionOf(page.form, pagePaths.logout, view),
    secrets: page.form,
    content: html`<button id="logout-confirm" class="main" ${focused}>${logout.submit}</button>`,
  });
  const stay = html`<a class="button" href="${view.basePath}${pagePaths['account-overview']}">${logout.stay}</a>`;
  return {
    title: logout.title,
    main: html`${askerOf(page.client, view)}<div class="stack-wide">${heading(page, view)}${who(page)}<div class="actions">${form}${stay}</div></div>`,
    next: null,
    script: sendOnceScript,
    section: null,
    needs: { images: [page.client?.logoUri ?? null], frames: [], forms: { to: page.form.leadsTo } },
  };
}

function heading({ client }: LogoutPage, view: View): Html {
  const { logout } = view.texts;
  const who = client === null ? null : html`<p>${logout.asks(clientName(client, view))}</p>`;
  return html`<div class="stack"><h1>${logout.title}</h1>${who}<p class="soft">${logout.why}</p></div>`;
}

function who({ account }: LogoutPage): Html | null {
  if (account === null) return null;
  return html`<div class="who">${accountTile(account)}<div><p><strong>${accountName(account)}</strong></p><p class="small soft">${accountAddress(account)}</p></div></div>`;
}
