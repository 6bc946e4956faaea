import type { AccountStore } from '../accounts/account.ts';
import type { Catalog } from '../applications/catalog.ts';
import type { ReferenceLoader } from '../clients/references.ts';
import type { ClientStore } from '../clients/store.ts';

/** Joins what client records point at from the folders that own it. */
export function createReferenceLoader(sources: {
  readonly clients: Pick<ClientStore, 'existing'>;
  readonly accounts: Pick<AccountStore, 'existing'>;
  readonly catalog: Catalog;
}): ReferenceLoader {
  const { catalog } = sources;
  return async ({ clientIds, accountIds }) => {
    const [clients, accounts] = await Promise.all([
      clientIds.length === 0 ? new Set<string>() : sources.clients.existing(clientIds),
      sources.accounts.existing(accountIds),
    ]);
    return {
      client: (id) => clients.has(id),
      account: (id) => accounts.has(id),
      // No provider can be declared yet, so that a record that names one is refused.
      identityProvider: () => false,
      application: (id) =>
        catalog.application(id) && { configFaults: (config) => catalog.configFaults(id, config) },
      scope: (name) => {
        const scope = catalog.scope(name);
        return scope && { ...scope, management: scope.kind === 'management' };
      },
    };
  };
}
