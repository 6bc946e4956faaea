import type { SideName } from './sides.ts';

/** What a figure is to reach. */
export type Goal =
  /** Of ours to another side's. */
  | { readonly of: 'ratio'; readonly to: Exclude<SideName, 'clientele'>; readonly atLeast: number }
  /** Ours alone, per second. */
  | { readonly of: 'rate'; readonly atLeast: number };

/** What one side did in every round of a case. */
export interface Series {
  /** Answers per second. */
  readonly rates: readonly number[];
  /** The share of its core that the server used, 0 to 1; null where the system does not say. */
  readonly busy: readonly (number | null)[];
}

/** The rounds of one case: those with the same index ran one right after the other. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly goals: readonly Goal[];
  readonly sides: Readonly<Partial<Record<SideName, Series>>> & { readonly clientele: Series };
}

/** The same quantity of both servers, in every round. */
export interface Comparison {
  readonly clientele: readonly number[];
  readonly peer: readonly number[];
}

/** Everything that a run has measured: the content of `results/latest.json`. */
export interface Results {
  /** RFC 3339. */
  readonly measuredAt: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly system: string;
    /** Whether servers and load had a core each. */
    readonly pinned: boolean;
  };
  readonly versions: { readonly node: string; readonly clientele: string; readonly peer: string };
  readonly plan: { readonly connections: number; readonly rounds: number; readonly secondsPerRound: number };
  readonly cases: readonly CaseResult[];
  /** Seconds from the second start on the same data to the first answer. */
  readonly start: Comparison;
  /** Resident memory in MB (10⁶ octets). */
  readonly memory: { readonly idle: Comparison; readonly loaded: Comparison };
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the ratios of what was measured together, which a machine that is slower for a while does not move. */
export function medianRatio(ours: readonly number[], others: readonly number[]): number {
  return median(ours.map((value, index) => value / (others[index] ?? Number.NaN)));
}
