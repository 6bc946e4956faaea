import type { BatchListener, Step, Write } from '../engine.ts';
import type { Connection } from './connection.ts';
import { asUnavailable } from './unavailable.ts';

interface Waiting {
  /**
   * Runs the write; answers what is to be done once the batch is durable.
   * @throws UndoError when the write failed after it had changed something, and has no savepoint to go back to
   */
  readonly run: (how: WriteRunner) => () => void;
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

/** One write of a batch has to be undone, and nothing but the whole batch can be. */
class UndoError extends Error {}

/**
 * Joins writes into one transaction:
 *
 *     submitted ──(no more come)──► all run ───────────────────────────────────────────► COMMIT ──► settled
 *                                      │ one has to be undone                               ▲
 *                                      ▼                                                    │
 *                                   ROLLBACK ──► each run in a savepoint ──┬─► released ────┤
 *                                                                          └─► rolled back ─┘
 *
 * Requests that came together reach their writes over a few turns of the event loop: a batch waits while each turn brings more.
 *
 * Hardly any write has to be undone: those that lose a race fail at their first step as a rule, and have changed nothing. So savepoints, which
 * cost as much as a statement each, are made when one does, for the same values once more.
 *
 * A write that was rolled back settles with the outcome of its failed step, or rejects alone. When the transaction
 * itself is lost, in COMMIT or before, every write of the batch rejects. From BEGIN to COMMIT nothing is awaited, so no
 * read of this process sees a batch half done.
 */
export function createGroupCommit(connection: Connection, noteWrites?: BatchListener['writes']): GroupCommit {
  const { database } = connection;
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const runFreely = createFreeRunner(connection);
  const runInSavepoint = createSavepointRunner(connection);
  let waiting: Waiting[] = [];

  const runOne = ({ run, reject }: Waiting, how: WriteRunner): (() => void) => {
    try {
      return run(how);
    } catch (error) {
      // The writes before this one went with the transaction, or are to go.
      if (!database.isTransaction || error instanceof UndoError) throw error;
      return () => reject(asUnavailable(error));
    }
  };

  const runBatch = (batch: readonly Waiting[], how: WriteRunner): readonly (() => void)[] => {
    begin.run();
    try {
      const settlements = batch.map((write) => runOne(write, how));
      commit.run();
      return settlements;
    } finally {
      if (database.isTransaction) database.exec('rollback');
    }
  };

  const runOnceOrTwice = (batch: readonly Waiting[]): readonly (() => void)[] => {
    try {
      return runBatch(batch, runFreely);
    } catch (error) {
      if (error instanceof UndoError) return runBatch(batch, runInSavepoint);
      throw error;
    }
  };

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    noteWrites?.(batch.length);
    try {
      for (const settle of runOnceOrTwice(batch)) settle();
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
        const run = (how: WriteRunner) => {
          const outcome = how(write);
          return () => resolve(outcome);
        };
        waiting.push({ run, reject });
      }),
    flush,
  };
}

/** Runs one write within the transaction that is open; answers its outcome. */
type WriteRunner = <Outcome extends string | number>(write: Write<Outcome>) => Outcome;

/** Makes what runs a write as if it never had to be undone. */
function createFreeRunner(connection: Connection): WriteRunner {
  return (write) => {
    const rows: number[] = [];
    try {
      const { outcome, failed } = runSteps(connection, write, rows);
      // A first step that fails has changed nothing.
      if (!failed || rows.length === 0) return outcome;
    } catch (error) {
      // An error takes its own statement back, and may have taken the transaction with it.
      if (rows.length === 0 || !connection.database.isTransaction) throw error;
    }
    throw new UndoError();
  };
}

/** Makes what runs a write wholly or not at all. */
function createSavepointRunner(connection: Connection): WriteRunner {
  const { database } = connection;
  const savepoint = database.prepare('savepoint one_write');
  const undo = database.prepare('rollback to one_write');
  const release = database.prepare('release one_write');

  return (write) => {
    savepoint.run();
    try {
      const { outcome, failed } = runSteps(connection, write, []);
      if (failed) undo.run();
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
}

interface Result<Outcome> {
  readonly outcome: Outcome;
  readonly failed: boolean;
}

/** @param rows gets how many each step that succeeds has changed */
function runSteps<Outcome extends string | number>(
  connection: Connection,
  write: Write<Outcome>,
  rows: number[],
): Result<Outcome> {
  for (const step of write.steps) {
    const count = runStep(connection, step);
    if (typeof count === 'object') return { outcome: count.failed, failed: true };
    rows.push(count);
  }
  return { outcome: typeof write.done === 'function' ? write.done(rows) : write.done, failed: false };
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
