import type { AuditEvent } from '../kernel/audit.ts';

/** A scope that is registered, beside those that are built in or declared. */
export interface StoredScope {
  /** A UUID. */
  readonly id: string;
  /** One scope-token of RFC 6749 Appendix A.4; unique. */
  readonly name: string;
  /** What a person reads on the consent page; null: the name. */
  readonly label: string | null;
  readonly public: boolean;
  /** The name that records may still have, since a renaming is not finished; null: none. */
  readonly renamedFrom: string | null;
}

/** The port of `applications/` to the registered scopes. Every write is one transaction together with its audit entry. */
export interface ScopeStore {
  /** All, in order of creation. */
  readonly list: () => Promise<readonly StoredScope[]>;
  /** Grows with every change of a scope, but not when a renaming is finished. Calls of one tick share one read. */
  readonly revision: () => Promise<number>;
  /** `taken`: another registered scope has the name. */
  readonly insert: (scope: StoredScope, audit: AuditEvent) => Promise<'inserted' | 'taken'>;
  /** `conflict`: it is not as it was `seen`, or there no more. */
  readonly replace: (
    scope: StoredScope,
    seen: StoredScope,
    audit: AuditEvent,
  ) => Promise<'replaced' | 'taken' | 'conflict'>;
  /** Notes that no record has the former name any more. Nothing happens when another renaming came first. */
  readonly finishRename: (scope: Pick<StoredScope, 'id' | 'renamedFrom'>) => Promise<void>;
  /** `absent`: there is none with this id. */
  readonly delete: (id: string, audit: AuditEvent) => Promise<'deleted' | 'absent'>;
}
