/** Counts what happens. */
export interface Counter {
  readonly add: () => void;
  readonly value: () => number;
}

/** Makes a counter. Counting is an addition: whoever counts on a hot path holds on to it. */
export function createCounter(): Counter {
  let value = 0;
  return {
    add: () => {
      value += 1;
    },
    value: () => value,
  };
}

/** What a histogram has observed. */
export interface Distribution {
  /** How many were at most as large as the bound at the same place, and after the last bound how many there were. */
  readonly cumulative: readonly number[];
  readonly sum: number;
}

/** Sorts what it observes by size. */
export interface Histogram {
  readonly observe: (value: number) => void;
  readonly value: () => Distribution;
}

/** @param bounds ascending */
export function createHistogram(bounds: readonly number[]): Histogram {
  const last = bounds.length;
  const counts = new Float64Array(last + 1);
  let sum = 0;
  return {
    observe: (value) => {
      sum += value;
      let place = 0;
      // Most values are small, and end the search soon.
      while (place < last && value > (bounds[place] ?? 0)) place += 1;
      counts[place] = (counts[place] ?? 0) + 1;
    },
    value: () => {
      let total = 0;
      const cumulative = Array.from(counts, (count) => {
        total += count;
        return total;
      });
      return { cumulative, sum };
    },
  };
}

/** The instruments of one metric, each for its own values of the labels. */
export interface Family<Instrument> {
  /** The instrument for `values`, which stand in the order of the labels; made at its first use. */
  readonly at: (...values: readonly string[]) => Instrument;
  readonly all: () => readonly (readonly [values: readonly string[], instrument: Instrument])[];
}

type Level<Instrument> = Map<string, Level<Instrument> | Instrument>;

/** Makes a family: a map in maps, since joining the values to a key would cost more than all lookups. */
export function createFamily<Instrument extends object>(make: () => Instrument): Family<Instrument> {
  const root: Level<Instrument> = new Map();
  const all: (readonly [readonly string[], Instrument])[] = [];

  const add = (values: readonly string[]): Instrument => {
    const instrument = make();
    let level = root;
    for (const value of values.slice(0, -1)) {
      const next = (level.get(value) ?? new Map()) as Level<Instrument>;
      level.set(value, next);
      level = next;
    }
    level.set(values.at(-1) ?? '', instrument);
    all.push([values, instrument]);
    return instrument;
  };

  return {
    at: (...values) => {
      let found: Level<Instrument> | Instrument | undefined = root;
      for (const value of values) {
        found = (found as Level<Instrument>).get(value);
        if (found === undefined) return add(values);
      }
      return found as Instrument;
    },
    all: () => all,
  };
}
