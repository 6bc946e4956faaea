import { DatabaseError } from 'pg';
import type { Step } from '../engine.ts';

/** Constraint violations that may have an outcome, by SQLSTATE. */
const violations: ReadonlyMap<unknown, 'duplicate' | 'orphan'> = new Map([
  ['23503', 'orphan'], // foreign_key_violation
  ['23505', 'duplicate'], // unique_violation
]);

/** The outcome that `step` gives to the violation that `error` tells of; undefined: none. */
export function outcomeOfViolation<Outcome>(step: Step<Outcome>, error: unknown): Outcome | undefined {
  const violation = error instanceof DatabaseError ? violations.get(error.code) : undefined;
  return violation && step[violation];
}

/** Deadlock, serialization failure: the server undid one transaction so that another could go on. */
const undoneForAnother: ReadonlySet<unknown> = new Set(['40P01', '40001']);

/** Whether the same write may succeed when it is tried again. */
export function isTransient(error: unknown): boolean {
  return error instanceof DatabaseError && undoneForAnother.has(error.code);
}
