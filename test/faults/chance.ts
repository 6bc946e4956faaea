/** Numbers that look random and are the same for the same seed, so that a run can be seen again as far as timing allows. */
export interface Chance {
  /** From 0 up to 1, without it. */
  readonly next: () => number;
  /** One of the entries. */
  readonly pick: <Entry>(entries: readonly Entry[]) => Entry;
  /** A number of seconds between two others. */
  readonly between: (least: number, most: number) => number;
}

/** Makes the numbers of `seed` (mulberry32). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: (entries) => {
      if (entries.length === 0) throw new Error('there is nothing to pick');
      return entries[Math.floor(next() * entries.length)] as (typeof entries)[number];
    },
    between: (least, most) => least + next() * (most - least),
  };
}
