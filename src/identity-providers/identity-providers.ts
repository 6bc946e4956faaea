import { isDeepStrictEqual } from 'node:util';
import type { AuditOf } from '../kernel/audit.ts';
import { orderedUuid, randomOctets } from '../kernel/random.ts';
import { createSnapshot } from '../kernel/snapshot.ts';
import { untilSettled } from '../kernel/until-settled.ts';
import {
  builtInIdentityProvider,
  type IdentityProvider,
  type IdentityProviderStore,
  type ProviderReplacement,
} from './identity-provider.ts';
import {
  type DeclaredProvider,
  type IdentityProviderValues,
  makeProvider,
  type ProviderSecrets,
} from './provider-values.ts';

/** The identity providers as they are when the call begins, on every node. */
export interface IdentityProviderList {
  /** The built-in one first. */
  readonly all: readonly IdentityProvider[];
  readonly find: (id: string) => IdentityProvider | undefined;
}

/** A provider of the operator's is in force. */
export interface ProviderInForce {
  /** The one that had its name, under the name that it has instead; null: none had it. */
  readonly renamed: IdentityProvider | null;
}

/** The identity providers of this server. Their names and settings are the callers' to check. */
export interface IdentityProviders {
  readonly current: () => Promise<IdentityProviderList>;
  /** Whether the provider is built in, or declared by the operator: then it is neither changed nor deleted here. */
  readonly isFixed: (id: string) => boolean;
  /**
   * Brings a provider of the operator's into force, whether it is there or not. It gets its name, and another one that had it keeps
   * its id and gets a suffix. `taken`: the built-in one has the name, or others took it again and again meanwhile.
   */
  readonly declare: (provider: DeclaredProvider, audit: AuditOf) => Promise<ProviderInForce | 'taken'>;
  /** `taken`: another provider has the name. */
  readonly create: (values: IdentityProviderValues, audit: AuditOf) => Promise<IdentityProvider | 'taken'>;
  /** Gives the provider that was `seen` other values. `fixed`: see `isFixed`. `conflict`: it is not as it was seen, or gone. */
  readonly change: (
    seen: IdentityProvider,
    values: IdentityProviderValues,
    audit: AuditOf,
  ) => Promise<IdentityProvider | 'taken' | 'fixed' | 'conflict'>;
  /** `in-use`: a client names it, or it is the built-in one, which is that of every client that names none. */
  readonly delete: (id: string, audit: AuditOf) => Promise<'deleted' | 'absent' | 'in-use' | 'fixed'>;
}

/**
 * Makes the administration of identity providers.
 * @param deps.declared those of the operator's file
 */
export function createIdentityProviders(deps: {
  readonly store: IdentityProviderStore;
  readonly declared: readonly Pick<IdentityProvider, 'id'>[];
  readonly secrets: ProviderSecrets;
}): IdentityProviders {
  const { store, secrets } = deps;
  const fixed = new Set([builtInIdentityProvider, ...deps.declared].map(({ id }) => id));
  const current = createSnapshot<IdentityProviderList>({
    revision: store.revision,
    load: async () => {
      const all = await store.list();
      const byId = new Map(all.map((provider) => [provider.id, provider]));
      return { all, find: (id) => byId.get(id) };
    },
  });

  return {
    current,
    isFixed: (id) => fixed.has(id),
    declare: createDeclaration(deps, current),
    create: async (values, audit) => {
      const provider = makeProvider(secrets, { id: orderedUuid(), ...values });
      const outcome = await store.insert(provider, audit('identity-provider.created', provider.id));
      return outcome === 'taken' ? outcome : provider;
    },
    change: async (seen, values, audit) => {
      const { id } = seen;
      if (fixed.has(id)) return 'fixed';
      const provider = makeProvider(secrets, { id, ...values }, seen);
      if (isDeepStrictEqual(provider, seen)) return seen;
      const change = { provider, seen, audit: audit('identity-provider.updated', id) };
      const outcome = await store.replace(change);
      return outcome === 'replaced' ? provider : outcome;
    },
    delete: async (id, audit) => {
      if (id === builtInIdentityProvider.id) return 'in-use';
      return fixed.has(id) ? 'fixed' : store.delete(id, audit('identity-provider.deleted', id));
    },
  };
}

function createDeclaration(
  { store, secrets }: { readonly store: IdentityProviderStore; readonly secrets: ProviderSecrets },
  current: () => Promise<IdentityProviderList>,
): IdentityProviders['declare'] {
  const attempt = async (
    declared: DeclaredProvider,
    auditOf: AuditOf,
  ): Promise<ProviderInForce | 'taken' | 'conflict'> => {
    const { all, find } = await current();
    const known = find(declared.id);
    const provider = makeProvider(secrets, declared, known);
    if (isDeepStrictEqual(known, provider)) return { renamed: null };
    const holder = all.find(({ id, name }) => name === provider.name && id !== provider.id);
    if (holder?.id === builtInIdentityProvider.id) return 'taken';
    const audit = auditOf(known ? 'identity-provider.updated' : 'identity-provider.created', provider.id);
    const displaced = holder === undefined ? null : displace(holder, auditOf);
    const outcome = await store.declare({ provider, audit, displaced });
    return outcome === 'declared' ? { renamed: displaced?.provider ?? null } : 'conflict';
  };

  return async (declared, auditOf) => {
    const outcome = await untilSettled(() => attempt(declared, auditOf));
    return outcome === 'conflict' ? 'taken' : outcome;
  };
}

const longestName = 255;

/** The change that takes a provider's name from it. Nobody can have the new one already: its suffix cannot be guessed. */
function displace(seen: IdentityProvider, auditOf: AuditOf): ProviderReplacement {
  const suffix = ` (${randomOctets(4).toString('hex')})`;
  const name = [...seen.name].slice(0, longestName - suffix.length).join('') + suffix;
  const audit = auditOf('identity-provider.updated', seen.id);
  return {
    provider: { ...seen, name },
    seen,
    audit: { ...audit, changes: [{ field: 'name', before: seen.name, after: name }] },
  };
}
