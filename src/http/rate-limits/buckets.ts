/** How often something may happen: `burst` times at once, and then again once every `intervalMs`. */
export interface Rate {
  readonly intervalMs: number;
  readonly burst: number;
}

/** Token buckets of one rate, each with a key. One that is not known is full. */
export interface Buckets {
  /** Whole milliseconds until the bucket has a token; 0: it has one. */
  readonly wait: (key: string) => number;
  /** Takes a token, if there is one. Whole milliseconds until there is; 0: it was there. */
  readonly take: (key: string) => number;
  /** Takes a token for what has happened already; from an empty bucket nothing. */
  readonly drain: (key: string) => void;
  /** How many buckets are kept. */
  readonly size: () => number;
}

/** How many others a bucket that is added looks at, to forget those that are full again. */
const looks = 2;
/** How many when there is no room. */
const looksForRoom = 16;

/**
 * Makes buckets. Of each only the moment is kept at which it will be full again (the generic cell rate algorithm): nothing has
 * to be refilled, and a bucket that is full is no different from one that is not known.
 *
 * Where there is no room, the fullest of a few goes: the one that would be forgotten soonest anyway. If that is the new one,
 * it is not kept. So who comes from more addresses than there is room for makes none forgotten that has reached its limit.
 *
 * @param options.milliseconds a clock that never goes back
 * @param options.most how many are kept
 */
export function createBuckets(options: {
  readonly rate: Rate;
  readonly milliseconds: () => number;
  readonly most: number;
}): Buckets {
  const { milliseconds, most } = options;
  const { intervalMs, burst } = options.rate;
  const fullAt = new Map<string, number>();
  let circle = fullAt.entries();

  /** Looks at the next `count` buckets and forgets those that are full; answers the fullest of the others. */
  const tidy = (now: number, count: number): readonly [key: string, time: number] | undefined => {
    let fullest: readonly [string, number] | undefined;
    for (let looked = 0; looked < count; looked += 1) {
      const { done, value } = circle.next();
      if (done) circle = fullAt.entries();
      else if (value[1] <= now) fullAt.delete(value[0]);
      else if (fullest === undefined || value[1] < fullest[1]) fullest = value;
    }
    return fullest;
  };

  /** Whether a bucket may be added that will be full at `time`. */
  const makeRoom = (time: number, now: number): boolean => {
    const fullest = tidy(now, fullAt.size < most ? looks : looksForRoom);
    if (fullAt.size < most) return true;
    return fullest !== undefined && fullest[1] < time && fullAt.delete(fullest[0]);
  };

  const keep = (key: string, time: number, now: number): void => {
    if (fullAt.has(key) || makeRoom(time, now)) fullAt.set(key, time);
  };

  const timeOf = (key: string, now: number): number => Math.max(fullAt.get(key) ?? 0, now);
  /** A fraction of a millisecond is none: it comes of adding fractions. */
  const waitAt = (time: number, now: number): number =>
    Math.max(0, Math.floor(time - now - (burst - 1) * intervalMs));

  return {
    wait: (key) => {
      const time = fullAt.get(key);
      return time === undefined ? 0 : waitAt(time, milliseconds());
    },
    take: (key) => {
      const now = milliseconds();
      const time = timeOf(key, now);
      const wait = waitAt(time, now);
      if (wait === 0) keep(key, time + intervalMs, now);
      return wait;
    },
    drain: (key) => {
      const now = milliseconds();
      keep(key, Math.min(timeOf(key, now) + intervalMs, now + burst * intervalMs), now);
    },
    size: () => fullAt.size,
  };
}
