import { UnavailableError } from '../../kernel/unavailable.ts';
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
  /** Commits what waits, now; resolves when everything is settled. */
  readonly drain: () => Promise<void>;
}

/** What writes are committed with. */
export interface GroupCommitMeans {
  readonly connection: Connection;
  /** Brings everything that was committed to the disk. */
  readonly sync: () => Promise<void>;
  readonly noteWrites?: BatchListener['writes'] | undefined;
}

/** Turns of the event loop that a batch waits at most. */
const mostTurns = 8;

/** One write of a batch has to be undone, and nothing but the whole batch can be. */
class UndoError extends Error {}

/**
 * Joins writes into one transaction:
 *
 *     submitted ──(no more come)──► all run ──────────────────────────────► COMMIT ──► on the disk ──► settled
 *                                      │ one has to be undone                  ▲
 *                                      ▼                                       │
 *                                   ROLLBACK ──► each run in a savepoint ──┬───┤
 *                                                                          └───┘ its failed step undone
 *
 * Requests that came together reach their writes over a few turns of the event loop: a batch waits while each turn brings more. While one
 * is on its way to the disk, the thread answers what needs no write, and the next batch gathers.
 *
 * Hardly any write has to be undone: those that lose a race fail at their first step as a rule, and have changed nothing. So savepoints, which
 * cost as much as a statement each, are made when one does, for the same values once more.
 *
 * A write that was rolled back settles with the outcome of its failed step, or rejects alone. When the transaction
 * itself is lost, in COMMIT or before, every write of the batch rejects. From BEGIN to COMMIT nothing is awaited, so no
 * read of this process sees a batch half done. It may see one that is not on the disk yet: nobody was answered that it is in force, and
 * whatever is written because of it comes after it in the log, so that neither is lost without the other.
 */
export function createGroupCommit({ connection, sync, noteWrites }: GroupCommitMeans): GroupCommit {
  const run = createBatchRunner(connection);
  let waiting: Waiting[] = [];
  /** While a batch is on its way to the disk. */
  let committing: Promise<void> | undefined;
  /**
   * Why what was committed did not get to the disk. The system may have dropped what it could not write, and would say of another
   * attempt that it succeeded: nothing more is written until the server is started again.
   */
  let lost: UnavailableError | undefined;

  const bringToDisk = async (): Promise<void> => {
    try {
      await sync();
    } catch (error) {
      lost = new UnavailableError(error as Error);
      throw lost;
    }
  };

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    noteWrites?.(batch.length);
    try {
      if (lost) throw lost;
      const settlements = run(batch);
      await bringToDisk();
      for (const settle of settlements) settle();
    } catch (error) {
      const reason = asUnavailable(error);
      for (const { reject } of batch) reject(reason);
    }
  };

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    committing = commit(batch).then(() => {
      committing = undefined;
      if (waiting.length > 0) gather();
    });
  };

  const flushOnceGathered = (seen: number, turns: number): void => {
    if (committing !== undefined || waiting.length === 0) return;
    if (waiting.length > seen && turns < mostTurns)
      setImmediate(flushOnceGathered, waiting.length, turns + 1);
    else flush();
  };

  const gather = (): void => {
    setImmediate(flushOnceGathered, 0, 0);
  };

  return {
    write: <Outcome extends string | number>(write: Write<Outcome>) =>
      new Promise<Outcome>((resolve, reject) => {
        if (waiting.length === 0 && committing === undefined) gather();
        const settleAs = (how: WriteRunner) => {
          const outcome = how(write);
          return () => resolve(outcome);
        };
        waiting.push({ run: settleAs, reject });
      }),
    drain: async () => {
      while (committing !== undefined || waiting.length > 0) {
        if (committing === undefined) flush();
        await committing;
      }
    },
  };
}

/** Runs the writes of a batch in one transaction, and commits it; answers what is to be done once it is on the disk. */
type BatchRunner = (batch: readonly Waiting[]) => readonly (() => void)[];

function createBatchRunner(connection: Connection): BatchRunner {
  const { database } = connection;
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const runFreely = createFreeRunner(connection);
  const runInSavepoint = createSavepointRunner(connection);

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

  return (batch) => {
    try {
      return runBatch(batch, runFreely);
    } catch (error) {
      if (error instanceof UndoError) return runBatch(batch, runInSavepoint);
      throw error;
    }
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
