import type { Account } from '../accounts/account.ts';
import type { Catalog } from '../applications/catalog.ts';
import type { Client } from '../clients/client.ts';
import { sha256 } from '../kernel/encoding.ts';
import { askedBy } from '../protocol/authorization/consent.ts';
import type { Visit } from './flow.ts';
import type { Need } from './interaction.ts';
import { formSecretsOf, type PageDeps } from './login-page.ts';
import type { AskedScope, ConsentPage } from './pages/models.ts';
import { showAccount, showClient } from './shown.ts';

/** A person is to allow something. */
export type ConsentNeed = Extract<Need, { readonly prompt: 'consent' }>;

/** What scopes are called. */
type ScopeLabels = Pick<Catalog, 'scope'>;

/** The page on which a person allows a client something, or does not. */
export function consentPageOf(
  visit: Visit,
  need: ConsentNeed,
  shown: { readonly account: Account; readonly catalog: Catalog },
  { flow, logoUriOf }: Pick<PageDeps, 'flow' | 'logoUriOf'>,
): ConsentPage {
  const { client } = need.request;
  const { claims, redirectHosts, audiences } = askedBy(need.request);
  return {
    kind: 'consent',
    form: { ...formSecretsOf(visit, need), csrf: consentToken(visit, need, shown.catalog) },
    client: showClient(client, logoUriOf),
    account: showAccount(shown.account),
    scopes: scopesOf(need, shown.catalog),
    claims,
    applications: applicationNames(client, new Set(audiences), shown.catalog),
    redirectHost: redirectHosts[0] ?? '',
    switchAccountPath: flow.pageOf('login', visit.interaction.id),
  };
}

/** The token of the page: that it is of the interaction, and what it has shown. */
function consentToken(visit: Visit, need: ConsentNeed, catalog: ScopeLabels): string {
  const { browser, interaction } = visit;
  return `${browser.csrf(interaction.id)}.${browser.csrf(subjectOf(visit, need, catalog))}`;
}

/** Whether a token is of a page of the interaction, whatever that has shown: enough to say no. */
export function provesPage({ browser, interaction }: Visit, token: string | undefined): boolean {
  return browser.proves(interaction.id, token?.split('.')[0]);
}

/** Whether a token is of the very page that shows `need`. Where any of it has changed since, nobody has read what would be allowed. */
export function provesShown(
  visit: Visit,
  need: ConsentNeed,
  { token, catalog }: { readonly token: string | undefined; readonly catalog: ScopeLabels },
): boolean {
  const subject = subjectOf(visit, need, catalog);
  return provesPage(visit, token) && visit.browser.proves(subject, token?.split('.')[1]);
}

/** Who is asked what by whom. Of a scope its label too: it is what is read, and another scope may have the name by now. */
function subjectOf({ interaction }: Visit, { request, session }: ConsentNeed, catalog: ScopeLabels): string {
  const labels = request.scopes.map((name) => labelOf(name, catalog));
  const asked = [request.client.id, session.id, askedBy(request), labels];
  return `${interaction.id} ${sha256(JSON.stringify(asked))}`;
}

function labelOf(name: string, catalog: ScopeLabels): string | null {
  return catalog.scope(name)?.label ?? null;
}

function scopesOf({ request, consent }: ConsentNeed, catalog: ScopeLabels): readonly AskedScope[] {
  return request.scopes.map((name) => ({
    name,
    label: labelOf(name, catalog),
    isNew: consent?.allowed.scopes.includes(name) !== true,
  }));
}

/** The names of the applications whose APIs are among `audiences`. A client gets tokens for no others than its own. */
function applicationNames(
  { applicationId, applicationBindings }: Client,
  audiences: ReadonlySet<string>,
  catalog: Pick<Catalog, 'application'>,
): readonly string[] {
  const ids = new Set([applicationId, ...applicationBindings.map((binding) => binding.applicationId)]);
  return [...ids].flatMap((id) => {
    const application = id === null ? undefined : catalog.application(id);
    return application !== undefined && audiences.has(application.audience) ? [application.name] : [];
  });
}
