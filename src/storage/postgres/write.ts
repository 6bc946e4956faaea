import type { QueryResult } from 'pg';
import { untilSettled } from '../../kernel/until-settled.ts';
import type { Write } from '../engine.ts';
import type { Query } from '../statement.ts';
import type { Connections, Session } from './connections.ts';
import { judge } from './verdict.ts';
import { isTransient } from './violations.ts';

/**
 * Runs a write; durable when the promise resolves. Since a write is a value, one that the server undid for another's sake
 * (deadlock, serialization failure) is run again.
 *
 * @throws Error when a statement fails in a way that has no outcome, or the connection is lost; when that was during COMMIT, nobody
 *   knows whether the write happened
 */
export async function runWrite<Outcome extends string | number>(
  connections: Connections,
  write: Write<Outcome>,
): Promise<Outcome> {
  try {
    return await connections.use((session) => runnerOf(write)(session, write));
  } catch (error) {
    if (!isTransient(error)) throw error;
  }
  return runInTurn(connections, write);
}

/** A turn of the whole database, held until the transaction ends. The key is "again" in ASCII. */
const takeTurn: Query<unknown> = {
  text: 'select pg_advisory_xact_lock($1)',
  parameters: [String(0x616761696en)],
};

/**
 * Runs a write that was undone, when no other such write runs on any node: those that meet in a circle would undo one another again and
 * again. What undoes it now is a write that runs for the first time, which waits its turn from then on.
 */
async function runInTurn<Outcome extends string | number>(
  connections: Connections,
  write: Write<Outcome>,
): Promise<Outcome> {
  let undone: unknown;
  const done = await untilSettled(async () => {
    try {
      return { outcome: await connections.use((session) => runJudged(session, write, [takeTurn])) };
    } catch (error) {
      if (!isTransient(error)) throw error;
      undone = error;
      return 'conflict';
    }
  });
  if (done === 'conflict') throw undone;
  return done.outcome;
}

/** A statement is a transaction by itself. Where only an error can fail a step, nothing has to be decided before the end. */
function runnerOf(
  write: Write<string | number>,
): <Outcome extends string | number>(session: Session, write: Write<Outcome>) => Promise<Outcome> {
  if (write.steps.length === 1) return runAlone;
  return write.steps.some(({ otherwise }) => otherwise !== undefined) ? runJudged : runAtOnce;
}

/** A step that expects a row changes no more than one, so there is nothing to undo. */
async function runAlone<Outcome extends string | number>(
  session: Session,
  write: Write<Outcome>,
): Promise<Outcome> {
  return judge(write, await Promise.allSettled(sendSteps(session, write))).outcome;
}

/** BEGIN, steps and COMMIT in one flush: after an error the server makes ROLLBACK of COMMIT by itself. */
async function runAtOnce<Outcome extends string | number>(
  session: Session,
  write: Write<Outcome>,
): Promise<Outcome> {
  const sent = [session.command('begin'), ...sendSteps(session, write), session.command('commit')];
  const answers = await Promise.allSettled(sent);
  const { outcome, undone } = judge(write, answers.slice(1, -1));
  const end = answers.at(-1);
  if (end?.status === 'rejected') throw end.reason;
  if (!undone) checkCommitted(end?.value);
  return outcome;
}

/** BEGIN and steps in one flush; the numbers of rows decide between COMMIT and ROLLBACK. @param before what comes ahead of the steps */
async function runJudged<Outcome extends string | number>(
  session: Session,
  write: Write<Outcome>,
  before: readonly Query<unknown>[] = [],
): Promise<Outcome> {
  const begun = [session.command('begin'), ...before.map((query) => session.run(query))];
  const answers = await Promise.allSettled([...begun, ...sendSteps(session, write)]);
  try {
    await Promise.all(begun);
    const { outcome, undone } = judge(write, answers.slice(begun.length));
    if (undone) await session.command('rollback');
    else checkCommitted(await session.command('commit'));
    return outcome;
  } catch (error) {
    // Where the connection is lost, the server has rolled back already.
    await session.command('rollback').catch(() => {});
    throw error;
  }
}

function sendSteps<Outcome>(session: Session, write: Write<Outcome>): readonly Promise<QueryResult>[] {
  return write.steps.map(({ run }) => session.run(run));
}

/** A transaction that has failed answers COMMIT with ROLLBACK, and with no error. */
function checkCommitted(result: QueryResult | undefined): void {
  if (result?.command !== 'COMMIT') throw new Error('the transaction was rolled back');
}
