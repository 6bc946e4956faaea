import type { AccountStore } from '../accounts/account.ts';
import type { CurrentCatalog } from '../applications/live-catalog.ts';
import type { ReferenceLoader } from '../clients/references.ts';
import type { ClientStore } from '../clients/store.ts';
import type { IdentityProviders } from '../identity-providers/identity-providers.ts';

const none: ReadonlySet<string> = new Set();

/** Joins what client records point at from the folders that own it. */
export function createReferenceLoader(sources: {
  readonly clients: Pick<ClientStore, 'existing'>;
  readonly accounts: Pick<AccountStore, 'existing'>;
  readonly identityProviders: Pick<IdentityProviders, 'current'>;
  readonly currentCatalog: CurrentCatalog;
}): ReferenceLoader {
  return async ({ clientIds, accountIds }) => {
    const [catalog, identityProviders, clients, accounts] = await Promise.all([
      sources.currentCatalog(),
      sources.identityProviders.current(),
      clientIds.length === 0 ? none : sources.clients.existing(clientIds),
      accountIds.length === 0 ? none : sources.accounts.existing(accountIds),
    ]);
    return {
      client: (id) => clients.has(id),
      account: (id) => accounts.has(id),
      identityProvider: (id) => identityProviders.find(id) !== undefined,
      application: (id) =>
        catalog.application(id) && { configFaults: (config) => catalog.configFaults(id, config) },
      scope: (name) => {
        const scope = catalog.scope(name);
        return scope && { ...scope, management: scope.kind === 'management' };
      },
      scopesRevision: catalog.revision,
    };
  };
}
