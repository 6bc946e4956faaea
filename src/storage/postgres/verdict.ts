import type { QueryResult } from 'pg';
import type { Step, Write } from '../engine.ts';
import { outcomeOfViolation } from './violations.ts';

/** How a statement that was sent has ended. */
export type Answer = PromiseSettledResult<QueryResult>;

/** What the answers to its steps make of a write. */
export interface Verdict<Outcome> {
  readonly outcome: Outcome;
  /** Whether a step has failed, so that what the others have done must not stay. */
  readonly undone: boolean;
}

/**
 * Judges a write by the answers to its steps. The first that fails decides: those after it met a transaction that had failed
 * already, or that is to be undone.
 * @throws Error that a step has failed with, when it has no outcome
 */
export function judge<Outcome extends string | number>(
  write: Write<Outcome>,
  answers: readonly Answer[],
): Verdict<Outcome> {
  const rows: number[] = [];
  for (const [index, step] of write.steps.entries()) {
    const count = judgeStep(step, answers[index]);
    if (typeof count === 'object') return { outcome: count.failed, undone: true };
    rows.push(count);
  }
  return { outcome: typeof write.done === 'function' ? write.done(rows) : write.done, undone: false };
}

function judgeStep<Outcome extends string | number>(
  step: Step<Outcome>,
  answer: Answer | undefined,
): number | { readonly failed: Outcome } {
  if (answer?.status === 'rejected') {
    const failed = outcomeOfViolation(step, answer.reason);
    if (failed === undefined) throw answer.reason;
    return { failed };
  }
  const count = answer?.value.rowCount ?? 0;
  return count === 1 || step.otherwise === undefined ? count : { failed: step.otherwise };
}
