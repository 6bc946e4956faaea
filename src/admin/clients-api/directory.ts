import type { ScopeEntry, Scopes } from '../../applications/scopes.ts';
import type { IdentityProviders } from '../../identity-providers/identity-providers.ts';

/** What clients point at, as it is when a request is worked on. */
export interface Directory {
  readonly provider: (id: string) => { readonly id: string; readonly name: string };
  readonly scope: (name: string) => ScopeEntry | undefined;
  readonly scopeOfId: (id: string) => ScopeEntry | undefined;
  /** The scopes were read at this revision, or at a later one. */
  readonly scopesRevision: number;
}

/** Who owns it. */
export interface DirectorySources {
  readonly scopes: Pick<Scopes, 'list' | 'revision'>;
  readonly identityProviders: Pick<IdentityProviders, 'current'>;
}

/** Reads the directory. */
export async function readDirectory({ scopes, identityProviders }: DirectorySources): Promise<Directory> {
  const [{ scopesRevision, entries }, providers] = await Promise.all([
    readScopes(scopes),
    identityProviders.current(),
  ]);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    // A provider that was made after the directory was read has an id before it has a name.
    provider: (id) => ({ id, name: providers.find(id)?.name ?? '' }),
    scope: (name) => byName.get(name),
    scopeOfId: (id) => byId.get(id),
    scopesRevision,
  };
}

async function readScopes(scopes: DirectorySources['scopes']) {
  const scopesRevision = await scopes.revision();
  return { scopesRevision, entries: await scopes.list() };
}
