import type { Client } from '../../clients/client.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';

/**
 * Where a notice stands.
 *
 *     pending ──► delivered      the client has answered that it is done
 *        │ ▲
 *        │ └──── again, later    it did not answer, or that it could not
 *        ▼
 *      failed                    it has refused, or there were too many attempts, or too much time has passed
 */
export type LogoutNoticeState = 'pending' | 'delivered' | 'failed';

/** What a client is to be told: that a session of a person has ended (OpenID Connect Back-Channel Logout §2). */
export interface LogoutNotice {
  /** The account's own id where it is about all of its sessions, of which none is known. */
  readonly sessionId: string;
  readonly clientId: string;
  readonly accountId: string;
  /** The last record of a client that is deleted; null: the client is there. */
  readonly record: Client | null;
  readonly createdAt: EpochSeconds;
  /** When it is tried next. While it is being tried: when another node may take it over. */
  readonly dueAt: EpochSeconds;
  /** How often it was tried, the attempt that is under way included. */
  readonly attempts: number;
}

/** Where a notice stands, as administrators see it. */
export interface LogoutNoticeStatus
  extends Pick<LogoutNotice, 'sessionId' | 'accountId' | 'createdAt' | 'dueAt' | 'attempts'> {
  readonly state: LogoutNoticeState;
  /** Why the last attempt failed; null: none did. */
  readonly fault: string | null;
  /** When it was delivered or given up; null: neither yet. */
  readonly settledAt: EpochSeconds | null;
}

/** How long a notice is kept after its session has ended, so that administrators see what became of it. */
export const noticeKeptSeconds = 7 * 86_400;

/** The outbox: `EndingStore` fills it. One statement decides which node has a notice in hand. */
export interface LogoutNoticeStore {
  /** Pending ones whose time has come, the longest due first, but for those of the clients `except`. */
  readonly listDue: (
    at: EpochSeconds,
    except: readonly string[],
    limit: number,
  ) => Promise<readonly LogoutNotice[]>;
  /** Takes a notice in hand until `until`, and counts the attempt. `taken`: it is not as it was seen. */
  readonly claim: (notice: LogoutNotice, until: EpochSeconds) => Promise<LogoutNotice | 'taken'>;
  /** Writes down what became of a claimed notice; nothing where another node has taken it over. */
  readonly settle: (
    claimed: LogoutNotice,
    result: {
      readonly state: Exclude<LogoutNoticeState, 'pending'>;
      readonly fault: string | null;
      readonly at: EpochSeconds;
    },
  ) => Promise<void>;
  /** Gives a claimed notice back, to be tried again. */
  readonly retry: (
    claimed: LogoutNotice,
    again: { readonly fault: string; readonly dueAt: EpochSeconds },
  ) => Promise<void>;
  /** Forgets a claimed notice, whose client does not want it any more. */
  readonly drop: (claimed: LogoutNotice) => Promise<void>;
  /** Lets all that is due to a client at `at` wait, without counting an attempt. */
  readonly postpone: (clientId: string, at: EpochSeconds, until: EpochSeconds) => Promise<void>;
  /** Those of a client, the newest first, at most `limit` of them; default: all. */
  readonly listOfClient: (clientId: string, limit?: number) => Promise<readonly LogoutNoticeStatus[]>;
}
