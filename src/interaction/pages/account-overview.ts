import { html } from './html.ts';
import type { AccountOverviewPage } from './models.ts';
import { accountName } from './names.ts';
import { pagePaths } from './paths.ts';
import type { PageBody, View } from './view.ts';

type Part = 'authorisations' | 'sessions' | 'security';

/** The first page of a person's account. */
export function accountOverviewPage(page: AccountOverviewPage, view: View): PageBody {
  const { overview, account } = view.texts;
  const words: Readonly<Record<Part, string>> = {
    authorisations: overview.authorisations(page.authorisations),
    sessions: overview.sessions(page.sessions),
    security: overview.security,
  };
  const parts = (Object.keys(words) as Part[]).map(
    (part) =>
      html`<section class="panel row"><div class="stack-tight"><h2 id="${part}">${account.sections[part]}</h2><p class="soft">${words[part]}</p></div><a class="button narrow" id="go-${part}" aria-labelledby="go-${part} ${part}" href="${view.basePath}${pagePaths[part]}">${overview.look}</a></section>`,
  );
  return {
    title: overview.plainTitle,
    main: html`<div class="stack-wide"><div class="row"><h1>${overview.title(accountName(page.account))}</h1><a class="button narrow" href="${page.logoutPath}">${account.signOut}</a></div><div class="stack">${parts}</div></div>`,
    next: null,
    script: null,
    section: { name: 'overview', account: page.account },
    needs: { images: [], frames: [], forms: 'nowhere' },
  };
}
