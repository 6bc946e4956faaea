import type { FastifyReply } from 'fastify';
import type { Catalog } from '../../applications/catalog.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Consent, ConsentStore } from '../../protocol/authorization/consent.ts';
import type { Endings } from '../../protocol/logout/endings.ts';
import { sendPage } from '../page-replies.ts';
import type { AuthorisationsPage, ShownAuthorisation } from '../pages/models.ts';
import { type LogoUriOf, showAccount, showClient } from '../shown.ts';
import { type AccountVisit, doneIn, formSecretsOf, provenForm, redirectDone } from './account-visit.ts';

/** What the page about authorisations is made of. */
export interface AuthorisationDeps {
  readonly consents: Pick<ConsentStore, 'listOfAccount'>;
  readonly clients: Pick<ClientStore, 'load'>;
  readonly currentCatalog: CurrentCatalog;
  readonly logoUriOf: LogoUriOf;
  readonly endings: Pick<Endings, 'endConsent' | 'endConsents'>;
}

type Done = NonNullable<AuthorisationsPage['done']>;
const allDone: readonly Done[] = ['authorisation-revoked', 'authorisations-revoked'];

/** Shows what each client may do. */
export function createAuthorisationsPage(deps: AuthorisationDeps) {
  return async (visit: AccountVisit): Promise<FastifyReply> => {
    const [consents, catalog] = await Promise.all([
      deps.consents.listOfAccount(visit.account.id),
      deps.currentCatalog(),
    ]);
    const shown = await Promise.all(consents.map((consent) => showConsent(consent, catalog, deps)));
    return sendPage(visit.reply, {
      kind: 'authorisations',
      form: formSecretsOf(visit),
      account: showAccount(visit.account),
      authorisations: shown.flatMap((authorisation) => authorisation ?? []),
      done: doneIn(visit, allDone),
    });
  };
}

/** Takes back what one client may do, or what all may. That it is gone already is as good. */
export function createRevocation({ endings }: AuthorisationDeps) {
  return async (visit: AccountVisit): Promise<FastifyReply> => {
    const which = provenForm(visit).get('revoke');
    const { audit } = visit;
    const { id } = visit.account;
    if (which === undefined) return redirectDone(visit, null);
    if (which === 'all') {
      await endings.endConsents(id, audit);
      return redirectDone(visit, 'authorisations-revoked' satisfies Done);
    }
    await endings.endConsent(which, id, audit);
    return redirectDone(visit, 'authorisation-revoked' satisfies Done);
  };
}

/** Undefined: the client was deleted meanwhile, and the consent with it. */
async function showConsent(
  { id, clientId, allowed, createdAt, lastUsedAt }: Consent,
  catalog: Pick<Catalog, 'scope'>,
  { clients, logoUriOf }: Pick<AuthorisationDeps, 'clients' | 'logoUriOf'>,
): Promise<ShownAuthorisation | undefined> {
  const stored = await clients.load(clientId);
  if (stored === undefined) return undefined;
  const scopes = allowed.scopes.map((name) => ({
    name,
    label: catalog.scope(name)?.label ?? null,
    isNew: false,
  }));
  return { id, client: showClient(stored.client, logoUriOf), scopes, createdAt, lastUsedAt };
}
