import { verification } from './asker.ts';
import { factList } from './facts.ts';
import { actionOf, doneNotice, hidden, postForm } from './forms.ts';
import { type Html, html } from './html.ts';
import type { AuthorisationsPage, ShownAuthorisation } from './models.ts';
import { clientName, clientTile } from './names.ts';
import { pagePaths } from './paths.ts';
import { scopeLabel } from './scope-label.ts';
import { sendOnceScript } from './scripts.ts';
import { day } from './times.ts';
import type { PageBody, View } from './view.ts';

/** What each client may do, and the way to take it back. */
export function authorisationsPage(page: AuthorisationsPage, view: View): PageBody {
  const { authorisations } = view.texts;
  const done = page.done === null ? null : doneNotice(authorisations.done[page.done]);
  const entries = page.authorisations.map((entry, index) => authorisation(entry, index, page, view));
  const none = html`<p class="panel soft">${authorisations.none}</p>`;
  const why = html`<p class="soft">${authorisations.why}</p>`;
  return {
    title: authorisations.title,
    main: html`<div class="stack-wide"><div class="stack-tight"><h1>${authorisations.title}</h1>${entries.length === 0 ? null : why}</div>${done}${entries.length === 0 ? none : html`<ul class="stack">${entries}</ul>`}${revokeAll(page, view)}</div>`,
    next: null,
    script: sendOnceScript,
    section: { name: 'authorisations', account: page.account },
    needs: { images: page.authorisations.map(({ client }) => client.logoUri), frames: [], forms: 'here' },
  };
}

function authorisation(entry: ShownAuthorisation, index: number, page: AuthorisationsPage, view: View): Html {
  const { authorisations } = view.texts;
  const scopes = entry.scopes.map((scope) => html`<li>${scopeLabel(scope, view)}</li>`);
  const can =
    scopes.length === 0
      ? null
      : html`<div class="stack-tight"><h3 class="small soft">${authorisations.can}</h3><ul class="dots">${scopes}</ul></div>`;
  return html`<li class="panel stack"><div class="row"><div class="who-asks">${clientTile(entry.client)}<div class="stack-tight"><div class="names"><h2 id="client-${index}">${clientName(entry.client, view)}</h2>${verification(entry.client, view)}</div>${times(entry, view)}</div></div></div>${can}${revokeOne(entry, index, page, view)}</li>`;
}

function times(entry: ShownAuthorisation, view: View): Html {
  const { since, lastUsed } = view.texts.authorisations;
  return factList([
    [since, day(entry.createdAt, view)],
    [lastUsed, day(entry.lastUsedAt, view)],
  ]);
}

function revokeOne(entry: ShownAuthorisation, index: number, page: AuthorisationsPage, view: View): Html {
  const button = html`<button class="narrow danger" id="revoke-${index}" aria-labelledby="revoke-${index} client-${index}">${view.texts.authorisations.revoke}</button>`;
  return revocation(page, entry.id, button, view);
}

/** Opened first, so that one press does not end everything. */
function revokeAll(page: AuthorisationsPage, view: View): Html | null {
  if (page.authorisations.length < 2) return null;
  const { authorisations } = view.texts;
  const button = html`<button class="narrow danger" id="revoke-all">${authorisations.revokeAll}</button>`;
  return html`<details><summary>${authorisations.revokeAll}</summary><div class="panel stack"><p>${authorisations.revokeAllWhy}</p>${revocation(page, 'all', button, view)}</div></details>`;
}

function revocation(page: AuthorisationsPage, which: string, button: Html, view: View): Html {
  const action = actionOf(page.form, pagePaths.authorisations, view);
  return postForm({ action, secrets: page.form, content: [hidden('revoke', which), button] });
}
