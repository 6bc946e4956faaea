import type { AuditEvent } from '../../kernel/audit.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';

/**
 * The port to where sessions, grants and consents end. Each ending is one transaction: with the rows go those that depend on them, and
 * the notices for the clients that are to be told come into the outbox, and audit entries into their table; default: none.
 */
export interface EndingStore {
  /** Ids of the clients that the person has signed in to during a session. */
  readonly clientsOf: (sessionId: string) => Promise<readonly string[]>;
  /** Ends a session with its grants, but for those that outlive it. Of one that is gone already there is no audit entry. */
  readonly endSession: (sessionId: string, at: EpochSeconds, audit?: readonly AuditEvent[]) => Promise<void>;
  /** Ends the sessions of an account, but for `except`, in the same way. */
  readonly endSessionsOf: (accountId: string, except: string | null, at: EpochSeconds) => Promise<void>;
  /** Ends the same, and the grants of an account that outlive their sessions too, but for what came from the session `except`. */
  readonly endElsewhere: (
    accountId: string,
    except: string,
    at: EpochSeconds,
    audit?: readonly AuditEvent[],
  ) => Promise<void>;
  /** Ends a consent of an account with every grant that came from it. The sessions stay. */
  readonly endConsent: (
    id: string,
    accountId: string,
    at: EpochSeconds,
    audit?: readonly AuditEvent[],
  ) => Promise<'ended' | 'absent'>;
  /** Ends every consent of an account, and answers how many there were. */
  readonly endConsents: (
    accountId: string,
    at: EpochSeconds,
    audit?: readonly AuditEvent[],
  ) => Promise<number>;
  /** Ends every session and every grant of an account. What it has allowed stays, for the case that it is enabled again. */
  readonly endAccount: (accountId: string, at: EpochSeconds, audit?: readonly AuditEvent[]) => Promise<void>;
}
