import type { AuditOf } from '../kernel/audit.ts';
import { namedUuid } from '../kernel/named-uuid.ts';
import { orderedUuid } from '../kernel/random.ts';
import type { Scope } from './scope.ts';
import type { ScopeStore, StoredScope } from './scope-store.ts';

/** A scope as it is administered. */
export interface ScopeEntry extends StoredScope {
  /** Built in, or declared by the operator: it cannot be changed here. */
  readonly isFixed: boolean;
}

/** What a scope is made of, or changed to. */
export type ScopeValues = Pick<StoredScope, 'name' | 'label' | 'public'>;

/** The scopes of this server. Their names are the callers' to check. */
export interface Scopes {
  /** Built-in ones first, then declared ones, then registered ones. */
  readonly list: () => Promise<readonly ScopeEntry[]>;
  /** Registered ones that are not in force, since a fixed one has their name. */
  readonly hidden: () => Promise<readonly StoredScope[]>;
  /** Grows with every change of a registered one. What is listed after it was read is no older. */
  readonly revision: () => Promise<number>;
  readonly find: (id: string) => Promise<ScopeEntry | undefined>;
  /** `taken`: another scope has the name. */
  readonly create: (values: ScopeValues, audit: AuditOf) => Promise<ScopeEntry | 'taken'>;
  /**
   * Gives the scope that was `seen` other values. Whoever renames a scope sees to the records that name it: until `finishRename`,
   * the former name stays with it.
   * `fixed`: it is built in or declared. `conflict`: it is not as it was seen.
   */
  readonly change: (
    seen: ScopeEntry,
    values: ScopeValues,
    audit: AuditOf,
  ) => Promise<ScopeEntry | 'taken' | 'fixed' | 'conflict'>;
  /** Notes that the records have followed a renaming. */
  readonly finishRename: (entry: ScopeEntry) => Promise<void>;
  readonly delete: (id: string, audit: AuditOf) => Promise<'deleted' | 'absent' | 'fixed'>;
}

/**
 * Makes the administration of scopes.
 * @param deps.fixed the scopes that are built in or declared
 */
export function createScopes(deps: { readonly store: ScopeStore; readonly fixed: readonly Scope[] }): Scopes {
  const { store } = deps;
  const fixed = deps.fixed.map(toEntry);
  const isFixedName = (name: string): boolean => fixed.some((entry) => entry.name === name);

  const list = async (): Promise<readonly ScopeEntry[]> => {
    const registered = (await store.list()).filter(({ name }) => !isFixedName(name));
    return [...fixed, ...registered.map((scope) => ({ ...scope, isFixed: false }))];
  };

  return {
    list,
    hidden: async () => (await store.list()).filter(({ name }) => isFixedName(name)),
    revision: store.revision,
    find: async (id) => (await list()).find((entry) => entry.id === id),
    create: async (values, audit) => {
      if (isFixedName(values.name)) return 'taken';
      const scope = { id: orderedUuid(), ...values, renamedFrom: null };
      const outcome = await store.insert(scope, audit('scope.created', scope.id));
      return outcome === 'taken' ? outcome : { ...scope, isFixed: false };
    },
    change: async (seen, values, audit) => {
      const { id } = seen;
      if (seen.isFixed) return 'fixed';
      if (isFixedName(values.name)) return 'taken';
      const scope = { id, ...values, renamedFrom: values.name === seen.name ? seen.renamedFrom : seen.name };
      const outcome = await store.replace(scope, seen, audit('scope.updated', id));
      return outcome === 'replaced' ? { ...scope, isFixed: false } : outcome;
    },
    finishRename: store.finishRename,
    delete: async (id, audit) =>
      fixed.some((entry) => entry.id === id) ? 'fixed' : store.delete(id, audit('scope.deleted', id)),
  };
}

/** A scope that is not registered has the id of its name. */
function toEntry({ name, label, public: isPublic }: Scope): ScopeEntry {
  return { id: namedUuid(`scope ${name}`), name, label, public: isPublic, renamedFrom: null, isFixed: true };
}
