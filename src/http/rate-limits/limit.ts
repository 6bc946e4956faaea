import { TooManyRequestsError } from '../../kernel/request-limits.ts';
import { createBuckets, type Rate } from './buckets.ts';

/** How many requests there may be. */
export interface RequestRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** How many failed authentications there may be. */
export interface FailureRate {
  readonly perMinute: number;
  readonly burst: number;
}

/** One limit, for every key that it is asked about. */
export interface Limit {
  /** Counts a request that may go on. @throws TooManyRequestsError */
  readonly take: (key: string) => void;
  /** Whether something may be tried. @throws TooManyRequestsError */
  readonly check: (key: string) => void;
  /** Counts what has happened. */
  readonly drain: (key: string) => void;
}

/** How many keys a limit remembers, at some 100 octets each. */
const mostBuckets = 100_000;

/**
 * Makes a limit.
 *
 * @param setting the place of `given` in the configuration file
 * @param given null: nothing is counted
 * @param milliseconds a clock that never goes back
 */
export function createLimit(
  setting: string,
  given: RequestRate | FailureRate | null,
  milliseconds: () => number,
): Limit | null {
  if (given === null) return null;
  const { take, wait, drain } = createBuckets({ rate: rateOf(given), milliseconds, most: mostBuckets });
  const refuse = (waitMs: number): void => {
    if (waitMs > 0) throw new TooManyRequestsError(setting, Math.ceil(waitMs / 1000));
  };
  return { take: (key) => refuse(take(key)), check: (key) => refuse(wait(key)), drain };
}

function rateOf(given: RequestRate | FailureRate): Rate {
  const intervalMs = 'perSecond' in given ? 1000 / given.perSecond : 60_000 / given.perMinute;
  return { intervalMs, burst: given.burst };
}
