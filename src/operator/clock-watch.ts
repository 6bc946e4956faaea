import { type Clock, monotonicMilliseconds } from '../kernel/clock.ts';

/** Tells a clock that was put ahead from one that has merely gone on. */
export interface ClockWatch {
  /** Whether the clock is ahead of the time that has passed; to be asked now and then. */
  readonly isAhead: () => boolean;
}

/** What a clock that is kept right may gain between two looks. */
const toleranceMs = 10_000;
/** Whoever puts a clock ahead by mistake has a day to notice; after that, it was not one. */
const believedAfterMs = 86_400_000;

/**
 * Watches `clock` from here on. What is deleted because it has expired is gone for good, also when the clock turns out to have
 * been wrong and returns: then a value that was used once could be used again, and a token that was revoked would be good again.
 *
 * @param elapsedMs milliseconds that never go back and never jump
 */
export function createClockWatch(clock: Clock, elapsedMs = monotonicMilliseconds): ClockWatch {
  /** What the clock was ahead of the time that had passed, when it was last believed. */
  let believed = clock.now() * 1000 - elapsedMs();
  let aheadSince: number | undefined;

  return {
    isAhead: () => {
      const elapsed = elapsedMs();
      const offset = clock.now() * 1000 - elapsed;
      const isAhead = offset > believed + toleranceMs;
      if (isAhead) aheadSince ??= elapsed;
      if (isAhead && elapsed - (aheadSince ?? elapsed) < believedAfterMs) return true;
      believed = offset;
      aheadSince = undefined;
      return false;
    },
  };
}
