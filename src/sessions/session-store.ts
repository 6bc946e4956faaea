import type { EpochSeconds } from '../kernel/clock.ts';
import type { Session } from './session.ts';

/** A session at rest. */
export interface StoredSession {
  readonly session: Session;
  /** Of the secret in the cookie. */
  readonly secretHash: string;
}

/** The port of `sessions/` to storage. Sessions go with their account; one of a disabled account is as if it were not there. */
export interface SessionStore {
  /** Calls of one tick share one read. Expired ones are returned until they are purged. */
  readonly load: (id: string) => Promise<StoredSession | undefined>;
  /** `account-gone`: the account was deleted or disabled, or is not as it was when the person has proven to be its. */
  readonly insert: (stored: StoredSession, accountRevision: number) => Promise<'inserted' | 'account-gone'>;
  /**
   * Gives a session another secret, and what belongs to a sign-in anew. `conflict`: its secret is not the one that was seen, or it
   * has ended.
   */
  readonly renew: (
    stored: StoredSession,
    seen: { readonly secretHash: string; readonly accountRevision: number },
  ) => Promise<'renewed' | 'conflict' | 'account-gone'>;
  /** Notes when sessions were used; never an earlier time than is noted. */
  readonly recordSeen: (seen: readonly { readonly id: string; readonly at: EpochSeconds }[]) => Promise<void>;
  /** Ids of those of an account that are left when the `kept` are taken that were used last; some at a time. */
  readonly beyond: (accountId: string, kept: number) => Promise<readonly string[]>;
  /** Those of an account, the last used first. */
  readonly listOfAccount: (accountId: string) => Promise<readonly Session[]>;
}
