import { DatabaseError } from 'pg';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { BatchListener, Write } from '../engine.ts';
import type { Connections } from './connections.ts';
import { type Answer, judge } from './verdict.ts';
import { runWrite } from './write.ts';

/** A write of one statement. */
type Single = Write<string | number>;

/** The most in one transaction: what one of them waits for, all wait for. */
const mostTogether = 64;

/**
 * Makes what runs the writes of one statement: those of one turn of the event loop in one transaction, with one wait for the disk.
 * One that has failed by its number of rows has changed nothing, so there is nothing to undo for it; when one fails with an
 * error, nothing of any was written, and each is run alone.
 *
 *     BEGIN write write write COMMIT ──► answers ──┬─► committed: each has its outcome
 *                                                  └─► rolled back: each runs alone
 */
export function createGroups(
  connections: Connections,
  noteWrites?: BatchListener['writes'],
): <Outcome extends string | number>(write: Write<Outcome>) => Promise<Outcome> {
  const run = batchPerTick((writes: readonly Single[]) =>
    inGroups(writes).flatMap((group) => {
      noteWrites?.(group.length);
      const outcomes = runTogether(connections, group);
      return group.map((_, index) => outcomes.then((all) => all[index] as string | number));
    }),
  );
  return async <Outcome>(write: Single) => (await run(write)) as Outcome;
}

function inGroups(writes: readonly Single[]): readonly (readonly Single[])[] {
  const count = Math.ceil(writes.length / mostTogether);
  return Array.from({ length: count }, (_, index) =>
    writes.slice(index * mostTogether, (index + 1) * mostTogether),
  );
}

/** @throws Error when the connection is lost: nobody knows whether they happened */
async function runTogether(
  connections: Connections,
  writes: readonly Single[],
): Promise<readonly (string | number | Promise<string | number>)[]> {
  if (writes.length === 1) return writes.map((write) => runWrite(connections, write));
  const sent = writes.map((write, index) => ({ write, index, place: placeOf(write) })).toSorted(byPlace);
  const [, ...answers] = await connections.use((session) =>
    Promise.allSettled([
      session.command('begin'),
      ...sent.flatMap(({ write }) => write.steps.map(({ run }) => session.run(run))),
      session.command('commit'),
    ]),
  );
  if (endOf(answers.pop()) === 'rolled-back') return writes.map((write) => runWrite(connections, write));
  const outcomes: (string | number)[] = [];
  for (const [position, { write, index }] of sent.entries()) {
    outcomes[index] = judge(write, answers.slice(position, position + 1)).outcome;
  }
  return outcomes;
}

/** Groups that meet the same rows take them in the same order, on every node, so that none waits for another in a circle. */
function placeOf({ steps }: Single): string {
  return steps.map(({ run }) => JSON.stringify([run.text, run.parameters])).join();
}

function byPlace(a: { readonly place: string }, b: { readonly place: string }): number {
  return a.place < b.place ? -1 : 1;
}

/** @throws Error when nobody knows */
function endOf(answer: Answer | undefined): 'committed' | 'rolled-back' {
  // A transaction that has failed answers COMMIT with ROLLBACK, and with no error.
  if (answer?.status === 'fulfilled') return answer.value.command === 'COMMIT' ? 'committed' : 'rolled-back';
  // An error of class 57P ends the session, perhaps after the transaction was committed.
  const { reason } = answer ?? {};
  if (reason instanceof DatabaseError && !reason.code?.startsWith('57P')) return 'rolled-back';
  throw reason;
}
