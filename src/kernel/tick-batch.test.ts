import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchPerTick } from './tick-batch.ts';

test('the calls of one turn are one batch, and a later call never joins it', async () => {
  const batches: (readonly number[])[] = [];
  const double = batchPerTick<number, number>((keys) => {
    batches.push(keys);
    return keys.map((key) => key * 2);
  });
  const first = double(1).then(async (value) => [value, await double(3)]);
  assert.deepEqual(await Promise.all([first, double(2)]), [[2, 6], 4]);
  assert.deepEqual(batches, [[1, 2], [3]]);
});

test('a call that comes while a batch is being read waits for the next one', async () => {
  const gate = Promise.withResolvers<void>();
  const batches: (readonly string[])[] = [];
  const read = batchPerTick<string, string>(async (keys) => {
    batches.push(keys);
    await gate.promise;
    return keys;
  });
  const first = read('a');
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const second = read('b');
  gate.resolve();
  assert.deepEqual(await Promise.all([first, second]), ['a', 'b']);
  assert.deepEqual(batches, [['a'], ['b']]);
});

test('a batch that fails rejects every call of it and no other', async () => {
  let fails = true;
  const read = batchPerTick<string, string>((keys) => {
    if (fails) throw new Error('no storage');
    return keys;
  });
  const results = await Promise.allSettled([read('a'), read('b')]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  fails = false;
  assert.equal(await read('c'), 'c');
});

test('calls for the same key share one answer, and all of them are counted', async () => {
  const batches: (readonly string[])[] = [];
  const sizes: number[] = [];
  const read = batchPerTick<string, object>(
    (keys) => {
      batches.push(keys);
      return keys.map((key) => ({ key }));
    },
    (calls) => sizes.push(calls),
  );
  const [first, other, second] = await Promise.all([read('a'), read('b'), read('a')]);
  assert.equal(first, second);
  assert.deepEqual([first, other], [{ key: 'a' }, { key: 'b' }]);
  assert.notEqual(await read('a'), first);
  assert.deepEqual(batches, [['a', 'b'], ['a']]);
  assert.deepEqual(sizes, [3, 1]);
});
