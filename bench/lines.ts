import { type CaseResult, type Comparison, type Goal, median, medianRatio, type Results } from './results.ts';
import type { SideName } from './sides.ts';

/** What a number counts. */
export type Unit = 'per-second' | 'seconds' | 'megabytes';

/** What a line is to reach: by its ratio, or by our figure alone. */
export interface LineGoal {
  readonly of: 'ratio' | 'figure';
  readonly bound: 'at-least' | 'below';
  readonly value: number;
}

/** One line of a report: our figure, beside whose, and what it is to reach. */
export interface Line {
  readonly title: string;
  readonly unit: Unit;
  readonly ours: number;
  readonly beside: { readonly side: Exclude<SideName, 'clientele'>; readonly figure: number } | null;
  /** Ours to theirs; null where a ratio says nothing. */
  readonly ratio: number | null;
  readonly goal: LineGoal | null;
}

/** Everything that results say, a line each. */
export function linesOf({ cases, start, memory }: Results): readonly Line[] {
  return [
    ...cases.flatMap((result) => result.goals.map((goal) => lineFor(result, goal))),
    lineOf('Second start to ready', 'seconds', start, 0.5),
    lineOf('Memory, idle', 'megabytes', memory.idle, 120),
    lineOf('Memory, after all of the load', 'megabytes', memory.loaded, null),
  ];
}

/** Whether a line reaches its goal; null when it has none. */
export function isReached({ goal, ratio, ours }: Line): boolean | null {
  if (goal === null) return null;
  const value = goal.of === 'ratio' ? (ratio ?? Number.NaN) : ours;
  return goal.bound === 'at-least' ? value >= goal.value : value < goal.value;
}

function lineFor({ title, sides }: CaseResult, goal: Goal): Line {
  const ours = sides.clientele.rates;
  const common = { title, unit: 'per-second', ours: median(ours) } as const;
  if (goal.of === 'rate') {
    return {
      ...common,
      beside: null,
      ratio: null,
      goal: { of: 'figure', bound: 'at-least', value: goal.atLeast },
    };
  }
  const theirs = sides[goal.to]?.rates ?? [];
  return {
    ...common,
    beside: { side: goal.to, figure: median(theirs) },
    ratio: medianRatio(ours, theirs),
    goal: { of: 'ratio', bound: 'at-least', value: goal.atLeast },
  };
}

function lineOf(title: string, unit: Unit, { clientele, peer }: Comparison, below: number | null): Line {
  return {
    title,
    unit,
    ours: median(clientele),
    beside: { side: 'peer', figure: median(peer) },
    ratio: null,
    goal: below === null ? null : { of: 'figure', bound: 'below', value: below },
  };
}
