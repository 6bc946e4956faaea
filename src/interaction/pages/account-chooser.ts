import { askerOf } from './asker.ts';
import { actionOf, postForm } from './forms.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { AccountChooserPage } from './models.ts';
import { accountAddress, accountName, accountTile, clientName } from './names.ts';
import { pagePaths } from './paths.ts';
import { sendOnceScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** The page on which a person says which of their accounts to go on with. */
export function accountChooserPage(page: AccountChooserPage, view: View): PageBody {
  const { chooser, login } = view.texts;
  const why =
    page.client === null
      ? null
      : html`<p class="soft">${login.toContinue(clientName(page.client, view))}</p>`;
  const another = html`<button name="session" value=""><span class="tile of-person">${icons.person}</span><span>${chooser.another}</span></button>`;
  const form = postForm({
    action: actionOf(page.form, pagePaths['account-chooser'], view),
    secrets: page.form,
    attributes: html`class="choices"`,
    content: [...page.accounts.map(choice), another],
  });
  return {
    title: chooser.title,
    main: html`${askerOf(page.client, view)}<div class="stack-wide"><div class="stack-tight"><h1>${chooser.title}</h1>${why}</div>${form}</div>`,
    next: null,
    script: sendOnceScript,
    section: null,
    needs: { images: [page.client?.logoUri ?? null], frames: [], forms: { to: page.form.leadsTo } },
  };
}

function choice(account: AccountChooserPage['accounts'][number]): Html {
  return html`<button name="session" value="${account.handle}">${accountTile(account)}<span><strong>${accountName(account)}</strong> <span class="small soft">${accountAddress(account)}</span></span></button>`;
}
