import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyedQueue } from './keyed-queue.ts';

test('the tasks of one key run one after the other in the order they came, also after one that failed', async () => {
  const inTurn = createKeyedQueue();
  const log: string[] = [];
  const task =
    (name: string, fails = false) =>
    async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
  await Promise.allSettled([inTurn('k', task('a')), inTurn('k', task('b', true)), inTurn('k', task('c'))]);
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('tasks of different keys run side by side', async () => {
  const inTurn = createKeyedQueue();
  const gate = Promise.withResolvers<string>();
  const held = inTurn('a', () => gate.promise);
  assert.equal(await inTurn('b', async () => 'free'), 'free');
  gate.resolve('held');
  assert.equal(await held, 'held');
});
