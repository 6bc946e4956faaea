import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadiness } from '../../src/http/readiness.ts';

const storageOf = async ({ report }: ReturnType<typeof createReadiness>) =>
  (await report()).checks['storage'];

/** A check that is answered when the test says so. */
function slowCheck() {
  const begun: PromiseWithResolvers<boolean>[] = [];
  return {
    begun,
    check: () => {
      const answer = Promise.withResolvers<boolean>();
      begun.push(answer);
      return answer.promise;
    },
  };
}

test('those who ask together share one check', async () => {
  const { begun, check } = slowCheck();
  const readiness = createReadiness({ storage: check }, { keptFor: 0 });
  const reports = [storageOf(readiness), storageOf(readiness), storageOf(readiness)];
  begun[0]?.resolve(true);
  assert.deepEqual(await Promise.all(reports), ['ok', 'ok', 'ok']);
  assert.equal(begun.length, 1);
  const next = storageOf(readiness);
  assert.equal(begun.length, 2);
  begun[1]?.resolve(false);
  assert.equal(await next, 'failing');
});

test('a result is told again for a while without a check', async () => {
  let checks = 0;
  const check = async () => {
    checks += 1;
    return true;
  };
  const readiness = createReadiness({ storage: check }, { keptFor: 60_000 });
  for (let asked = 0; asked < 5; asked += 1) assert.equal(await storageOf(readiness), 'ok');
  assert.equal(checks, 1);
});

test('draining shows at once, though the result of a check is told again', async () => {
  const readiness = createReadiness({ storage: async () => true }, { keptFor: 60_000 });
  readiness.serve();
  assert.equal((await readiness.report()).ready, true);
  readiness.drain();
  assert.equal((await readiness.report()).ready, false);
});

test('a check that hangs has failed in time, and none is begun beside it until it has ended', async () => {
  const { begun, check } = slowCheck();
  const readiness = createReadiness({ storage: check }, { timeLimit: 5, keptFor: 0 });
  assert.equal(await storageOf(readiness), 'failing');
  assert.equal(await storageOf(readiness), 'failing');
  assert.equal(begun.length, 1);
  begun[0]?.resolve(true);
  await begun[0]?.promise;
  const next = storageOf(readiness);
  begun[1]?.resolve(true);
  assert.equal(await next, 'ok');
  assert.equal(begun.length, 2);
});
