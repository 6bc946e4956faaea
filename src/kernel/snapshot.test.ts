import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSnapshot } from './snapshot.ts';

function openSource() {
  const state = { revision: 1, loads: 0, fault: undefined as Error | undefined };
  const current = createSnapshot({
    revision: async () => state.revision,
    load: async () => {
      state.loads += 1;
      if (state.fault) throw state.fault;
      return { revision: state.revision };
    },
  });
  return { state, current };
}

test('the value is loaded once, by calls that come together too, and is the same object until it changes', async () => {
  const { state, current } = openSource();
  const [first, second] = await Promise.all([current(), current()]);
  assert.equal(first, second);
  assert.equal(await current(), first);
  assert.equal(state.loads, 1);
});

test('a change is seen by the next call', async () => {
  const { state, current } = openSource();
  await current();
  state.revision = 2;
  assert.deepEqual(await current(), { revision: 2 });
  assert.equal(state.loads, 2);
});

test('after a load that failed the next call loads again', async () => {
  const { state, current } = openSource();
  state.fault = new Error('no storage');
  await assert.rejects(current(), state.fault);
  state.fault = undefined;
  assert.deepEqual(await current(), { revision: 1 });
});

/** A source whose calls are answered when the test says so; `loads` counts. */
function openSlowSource(calls: number) {
  const revisions = Array.from({ length: calls }, () => Promise.withResolvers<number>());
  const state = { asked: 0, loads: 0 };
  const current = createSnapshot({
    revision: () => (revisions[state.asked++] as PromiseWithResolvers<number>).promise,
    load: async () => ++state.loads,
  });
  const answers = revisions.map(() => current());
  const answer = (call: number, revision: number): Promise<number> => {
    revisions[call]?.resolve(revision);
    return answers[call] as Promise<number>;
  };
  return { state, answer };
}

test('a call that has seen an older revision gets the newer value that is held', async () => {
  const { answer } = openSlowSource(2);
  assert.equal(await answer(1, 7), 1);
  assert.equal(await answer(0, 6), 1);
});

test('calls that began before a load and see older and newer revisions by turns load once for each newer one', async () => {
  const { state, answer } = openSlowSource(8);
  for (const [call, revision] of [7, 6, 7, 6, 8, 7, 8, 6].entries()) await answer(call, revision);
  assert.equal(state.loads, 2);
});

test('what a database has lost is held no longer, though its next change has a number that was held', async () => {
  const { state, current } = openSource();
  state.revision = 10;
  await current();
  state.revision = 9;
  assert.deepEqual(await current(), { revision: 9 });
  assert.deepEqual(await current(), { revision: 9 });
  assert.equal(state.loads, 2);
  state.revision = 10;
  assert.deepEqual(await current(), { revision: 10 });
  assert.equal(state.loads, 3);
});

test('a load is told the revision that its value is held under, which is never a later one', async () => {
  const state = { revision: 1 };
  const current = createSnapshot({
    revision: async () => state.revision,
    load: async (revision) => {
      state.revision += 1;
      return { revision, loadedAt: state.revision };
    },
  });
  assert.deepEqual(await current(), { revision: 1, loadedAt: 2 });
  assert.deepEqual(await current(), { revision: 2, loadedAt: 3 });
});

test('calls that share a reading of the revision are one call, also when the load fails', async () => {
  const readings: Promise<number>[] = [];
  let loads = 0;
  const current = createSnapshot({
    revision: () => readings.at(-1) as Promise<number>,
    load: async () => {
      loads += 1;
      if (loads === 2) throw new Error('no storage');
      return loads;
    },
  });
  readings.push(Promise.resolve(1));
  const first = current();
  assert.equal(current(), first);
  assert.equal(await first, 1);
  readings.push(Promise.resolve(2));
  assert.notEqual(current(), first);
  const failed = await Promise.allSettled([current(), current()]);
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  readings.push(Promise.resolve(2));
  assert.equal(await current(), 3);
});
