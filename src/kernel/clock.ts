declare const epochSeconds: unique symbol;

/** A point in time as whole seconds since 1970-01-01T00:00:00Z, the unit of every NumericDate (RFC 7519 §2). */
export type EpochSeconds = number & { readonly [epochSeconds]: true };

/** The only source of time below `server.ts`, so that tests can set it. */
export interface Clock {
  /** The current time in whole seconds. */
  readonly now: () => EpochSeconds;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) as EpochSeconds };

/** Milliseconds from an arbitrary origin that never go back: the difference of two readings is a duration. */
export function monotonicMilliseconds(): number {
  return performance.now();
}

/** A clock that stands still until it is told to move; for tests. */
export interface ManualClock extends Clock {
  /** Moves the clock by `seconds`, backwards when negative. */
  readonly advance: (seconds: number) => void;
}

/** Makes a clock that stands at `start` (default: the present). */
export function createManualClock(start: EpochSeconds = systemClock.now()): ManualClock {
  let time: number = start;
  return {
    now: () => time as EpochSeconds,
    advance: (seconds) => {
      time += seconds;
    },
  };
}

/** The point `seconds` after `time`. */
export function secondsAfter(time: EpochSeconds, seconds: number): EpochSeconds {
  return (time + seconds) as EpochSeconds;
}

/** A point in time as people and programs read it: RFC 3339, in UTC, such as `2027-01-15T08:00:00Z`. */
export function utcText(time: EpochSeconds): string {
  return new Date(time * 1000).toISOString().replace('.000', '');
}

/** Parses a stored number of seconds. */
export function asEpochSeconds(seconds: number): EpochSeconds {
  return seconds as EpochSeconds;
}
