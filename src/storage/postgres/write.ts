import type { QueryResult } from 'pg';
import type { Write } from '../engine.ts';
import type { Connections, Session } from './connections.ts';
import { judge } from './verdict.ts';
import { isTransient } from './violations.ts';

const mostAttempts = 12;

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
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(connections, write);
    } catch (error) {
      if (attempt === mostAttempts || !isTransient(error)) throw error;
    }
  }
}

/** A statement is a transaction by itself. Where only an error can fail a step, nothing has to be decided before the end. */
function runOnce<Outcome extends string | number>(
  connections: Connections,
  write: Write<Outcome>,
): Promise<Outcome> {
  const isJudged = write.steps.some(({ otherwise }) => otherwise !== undefined);
  const runSeveral = isJudged ? runJudged : runAtOnce;
  const run = write.steps.length === 1 ? runAlone : runSeveral;
  return connections.use((session) => run(session, write));
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

/** BEGIN and steps in one flush; the numbers of rows decide between COMMIT and ROLLBACK. */
async function runJudged<Outcome extends string | number>(
  session: Session,
  write: Write<Outcome>,
): Promise<Outcome> {
  const answers = await Promise.allSettled([session.command('begin'), ...sendSteps(session, write)]);
  try {
    const { outcome, undone } = judge(write, answers.slice(1));
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
