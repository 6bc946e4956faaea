import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnavailableError } from '../../kernel/unavailable.ts';
import { createConnection, openForWriting } from './connection.ts';
import { createGroupCommit } from './group-commit.ts';

/** A group commit over a table of numbers, whose disk is as fast as the test wants. */
function open(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'clientele-group-commit-'));
  const database = openForWriting(join(directory, 'numbers.sqlite'));
  context.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  database.exec('create table numbers (value integer primary key)');
  const syncs: PromiseWithResolvers<void>[] = [];
  const batches: number[] = [];
  const { write, drain } = createGroupCommit({
    connection: createConnection(database),
    sync: () => {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
    noteWrites: (calls) => batches.push(calls),
  });
  const settled: number[] = [];
  const insert = async (value: number): Promise<void> => {
    const run = { text: 'insert into numbers values (?)', parameters: [value] };
    await write({ steps: [{ run }], done: 'inserted' });
    settled.push(value);
  };
  const rows = () =>
    database
      .prepare('select value from numbers')
      .all()
      .map(({ value }) => value);
  return { insert, drain, syncs, batches, settled, rows };
}

/** Lets everything happen that needs no disk. */
async function untilQuiet(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await nextTurn();
}

test('a write is settled when the disk has it, and not before', async (context) => {
  const { insert, syncs, settled, rows } = open(context);
  const inserted = insert(1);
  await untilQuiet();
  assert.deepEqual([rows(), settled], [[1], []]);
  syncs[0]?.resolve();
  await inserted;
  assert.deepEqual(settled, [1]);
});

test('what comes while a batch is on its way to the disk is the next batch', async (context) => {
  const { insert, syncs, batches, settled, rows } = open(context);
  const first = insert(1);
  await untilQuiet();
  const others = [insert(2), insert(3)];
  await untilQuiet();
  others.push(insert(4));
  await untilQuiet();
  assert.deepEqual([rows(), syncs.length], [[1], 1]);
  syncs[0]?.resolve();
  await first;
  await untilQuiet();
  assert.deepEqual([rows(), batches, settled], [[1, 2, 3, 4], [1, 3], [1]]);
  syncs[1]?.resolve();
  await Promise.all(others);
});

test('draining settles what is on its way, and what waits behind it', async (context) => {
  const { insert, drain, syncs, settled } = open(context);
  const inserted = [insert(1)];
  await untilQuiet();
  inserted.push(insert(2));
  let isDrained = false;
  const drained = drain().then(() => {
    isDrained = true;
  });
  syncs[0]?.resolve();
  await untilQuiet();
  assert.deepEqual([settled, isDrained], [[1], false]);
  syncs[1]?.resolve();
  await Promise.all([drained, ...inserted]);
  assert.deepEqual(settled, [1, 2]);
});

test('once the disk has failed nothing more is written: the system may have dropped what it would call written next time', async (context) => {
  const { insert, syncs, rows } = open(context);
  const failure = new Error('EIO: i/o error, fdatasync');
  const [first, second] = [insert(1), untilQuiet().then(() => insert(2))];
  await untilQuiet();
  await untilQuiet();
  syncs[0]?.reject(failure);
  for (const write of [first, second, untilQuiet().then(() => insert(3))]) {
    await assert.rejects(write, (error) => error instanceof UnavailableError && error.cause === failure);
  }
  assert.deepEqual([rows(), syncs.length], [[1], 1]);
});
