import type { BatchListener, Step, Write } from '../engine.ts';
import type { Connection } from './connection.ts';
import { asUnavailable } from './unavailable.ts';

interface Waiting {
  /** Runs the write; answers what is to be done once the batch is durable. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** Commits the writes of one turn of the event loop together. */
export interface GroupCommit {
  readonly write: <Outcome extends string | number>(write: Write<Outcome>) => Promise<Outcome>;
  /** Commits what waits, now. */
  readonly flush: () => void;
}

/** Turns of the event loop that a batch waits at most. */
const mostTurns = 8;

/**
 * Joins writes into one transaction, each that may have to be undone in a savepoint of its own:
 *
 *     submitted ──(no more come)──► running ──┬─► released ─────┬─► COMMIT ──► settled
 *                                             └─► rolled back ──┘
 *
 * Requests that came together reach their writes over a few turns of the event loop: a batch waits while each turn brings more.
 *
 * A write that was rolled back settles with the outcome of its failed step, or rejects alone. When the transaction
 * itself is lost, in COMMIT or before, every write of the batch rejects. From BEGIN to COMMIT nothing is awaited, so no
 * read of this process sees a batch half done.
 */
export function createGroupCommit(connection: Connection, noteWrites?: BatchListener['writes']): GroupCommit {
  const { database } = connection;
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const runWrite = createWriteRunner(connection);
  let waiting: Waiting[] = [];

  const runOne = ({ run, reject }: Waiting): (() => void) => {
    try {
      return run();
    } catch (error) {
      // The writes before this one went with the transaction.
      if (!database.isTransaction) throw error;
      return () => reject(asUnavailable(error));
    }
  };

  const runBatch = (batch: readonly Waiting[]): readonly (() => void)[] => {
    begin.run();
    try {
      const settlements = batch.map(runOne);
      commit.run();
      return settlements;
    } finally {
      if (database.isTransaction) database.exec('rollback');
    }
  };

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    noteWrites?.(batch.length);
    try {
      for (const settle of runBatch(batch)) settle();
    } catch (error) {
      const reason = asUnavailable(error);
      for (const { reject } of batch) reject(reason);
    }
  };

  const flushOnceGathered = (seen: number, turns: number): void => {
    if (waiting.length > seen && turns < mostTurns)
      setImmediate(flushOnceGathered, waiting.length, turns + 1);
    else flush();
  };

  return {
    write: <Outcome extends string | number>(write: Write<Outcome>) =>
      new Promise<Outcome>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flushOnceGathered, 0, 0);
        const run = () => {
          const outcome = runWrite(write);
          return () => resolve(outcome);
        };
        waiting.push({ run, reject });
      }),
    flush,
  };
}

/** Runs one write within the transaction that is open, wholly or not at all; answers its outcome. */
function createWriteRunner(
  connection: Connection,
): <Outcome extends string | number>(write: Write<Outcome>) => Outcome {
  const { database } = connection;
  const savepoint = database.prepare('savepoint one_write');
  const undo = database.prepare('rollback to one_write');
  const release = database.prepare('release one_write');

  const runInSavepoint = <Outcome extends string | number>(write: Write<Outcome>): Outcome => {
    savepoint.run();
    try {
      const { outcome, undone } = runSteps(connection, write);
      if (undone) undo.run();
      release.run();
      return outcome;
    } catch (error) {
      // A full disk or an I/O error may have ended the transaction, and every savepoint with it.
      if (database.isTransaction) {
        undo.run();
        release.run();
      }
      throw error;
    }
  };

  return (write) =>
    // A statement that only an error can fail has happened or has not: there is nothing to undo.
    write.steps.length === 1 && write.steps[0]?.otherwise === undefined
      ? runSteps(connection, write).outcome
      : runInSavepoint(write);
}

interface Result<Outcome> {
  readonly outcome: Outcome;
  readonly undone: boolean;
}

function runSteps<Outcome extends string | number>(
  connection: Connection,
  write: Write<Outcome>,
): Result<Outcome> {
  const rows: number[] = [];
  for (const step of write.steps) {
    const count = runStep(connection, step);
    if (typeof count === 'object') return { outcome: count.failed, undone: true };
    rows.push(count);
  }
  return { outcome: typeof write.done === 'function' ? write.done(rows) : write.done, undone: false };
}

function runStep<Outcome extends string | number>(
  connection: Connection,
  step: Step<Outcome>,
): number | { readonly failed: Outcome } {
  try {
    const count = connection.count(step.run);
    return count === 1 || step.otherwise === undefined ? count : { failed: step.otherwise };
  } catch (error) {
    const failed = outcomeOfViolation(step, error);
    if (failed === undefined) throw error;
    return { failed };
  }
}

/** Extended result codes of SQLite: constraint violations that may have an outcome. */
const violations: ReadonlyMap<unknown, 'duplicate' | 'orphan'> = new Map([
  [787, 'orphan'], // SQLITE_CONSTRAINT_FOREIGNKEY
  [1555, 'duplicate'], // SQLITE_CONSTRAINT_PRIMARYKEY
  [2067, 'duplicate'], // SQLITE_CONSTRAINT_UNIQUE
]);

function outcomeOfViolation<Outcome>(step: Step<Outcome>, error: unknown): Outcome | undefined {
  if (!(error instanceof Error && 'errcode' in error)) return undefined;
  const violation = violations.get(error.errcode);
  return violation === undefined ? undefined : step[violation];
}
