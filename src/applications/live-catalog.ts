import { createSnapshot } from '../kernel/snapshot.ts';
import { type Catalog, type CatalogDeclaration, createCatalog } from './catalog.ts';
import type { Scope } from './scope.ts';
import type { ScopeStore, StoredScope } from './scope-store.ts';

/** A catalog as it was at a revision of the registered scopes. */
export interface LiveCatalog extends Catalog {
  /** While the scopes are at it, the catalog is the one that is in force. */
  readonly revision: number;
}

/** Answers the catalog as it is, on every node, when the call begins; the same object until it changes. */
export type CurrentCatalog = () => Promise<LiveCatalog>;

/**
 * Makes the catalog of what the operator declares and what is registered meanwhile. Where both have a scope of one name, the
 * declared one counts.
 * @throws Error as `createCatalog`
 */
export function createLiveCatalog(
  declaration: CatalogDeclaration,
  scopes: Pick<ScopeStore, 'list' | 'revision'>,
): CurrentCatalog {
  const declared = createCatalog(declaration);
  return createSnapshot({
    revision: scopes.revision,
    load: async (revision) => {
      const registered = (await scopes.list()).filter(({ name }) => declared.scope(name) === undefined);
      const all = [...declaration.scopes, ...registered.map(toScope)];
      return { ...createCatalog({ ...declaration, scopes: all }), revision };
    },
  });
}

function toScope({ name, label, public: isPublic }: StoredScope): Scope {
  return { name, label: label ?? name, public: isPublic, kind: 'general', applicationId: null };
}
