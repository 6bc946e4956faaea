import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from './turns.ts';

test('no more than so many run at once, and a turn is handed on when its work ends or fails', async () => {
  const inTurn = createTurns({ running: 2, waiting: 10, refuse: () => new Error('full') });
  let running = 0;
  let most = 0;
  const work = (fails: boolean) => async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (fails) throw new Error('work failed');
    return 'done';
  };
  const results = await Promise.allSettled(
    [false, true, false, true, false].map((fails) => inTurn(work(fails))),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal(most, 2);
});

test('who comes when too many wait is refused at once', async () => {
  const inTurn = createTurns({ running: 1, waiting: 1, refuse: () => new Error('full') });
  const gate = Promise.withResolvers<void>();
  const first = inTurn(() => gate.promise);
  const second = inTurn(async () => 'second');
  await assert.rejects(
    inTurn(async () => 'third'),
    /full/,
  );
  gate.resolve();
  await first;
  assert.equal(await second, 'second');
});
