import { TooManyRequestsError } from '../kernel/request-limits.ts';
import { PasswordsBusyError } from './passwords.ts';

/** Port: counts tries by key, and refuses those that are too many. */
export interface TryLimit {
  /** Counts a try that may go on. @throws TooManyRequestsError */
  readonly take: (key: string) => void;
  /** Whether something may be tried. @throws TooManyRequestsError */
  readonly check: (key: string) => void;
  /** Counts what has failed. */
  readonly drain: (key: string) => void;
}

/** How often may be guessed, wherever from; null: any number of times. What one address may is counted by the `Attempt`. */
export interface SignInLimits {
  /** Wrong passwords for one user name from browsers that have not signed in to it before. */
  readonly perAccount: TryLimit | null;
  /** Wrong passwords for one account from one browser that has. */
  readonly perDevice: TryLimit | null;
  /** Codes of second factors for one account, and its password where it is asked for again: right or wrong. */
  readonly perSecondFactor: TryLimit | null;
}

/** Nothing was looked at: to be tried again later. */
export interface Wait {
  readonly kind: 'wait';
  /** `busy`: too many passwords of others are being checked. */
  readonly reason: 'too-many-tries' | 'busy';
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
}

/** How long to wait when many passwords are being checked. */
const busySeconds = 1;

/** What `work` answers; or the wait that it is refused with, because there are too many tries, of this one or of everybody. */
export async function orWait<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | Wait> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TooManyRequestsError) {
      return { kind: 'wait', reason: 'too-many-tries', retryAfterSeconds: error.retryAfterSeconds };
    }
    if (error instanceof PasswordsBusyError) {
      return { kind: 'wait', reason: 'busy', retryAfterSeconds: busySeconds };
    }
    throw error;
  }
}
