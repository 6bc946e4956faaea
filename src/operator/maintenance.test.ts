import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { someTime } from '../../test/fixtures/storage-entries.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { defaultDeclarations } from '../config/declarations.ts';
import { createManualClock, secondsAfter } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { doChores, type MaintenanceDependencies, startMaintenance } from './maintenance.ts';

const hour = 3600;
const noKeys = {
  reload: async () => {},
  rotateAged: async () => [],
  removeRetired: async () => 0,
  removeExpired: async () => 0,
};
const configuration = { declarations: defaultDeclarations() };

/** Maintenance that is done when the test says so, on tombstones that expire at a time. */
async function open(context: TestContext) {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { stores } = await openTestStorage(context);
  const clock = createManualClock();
  const deps = { configuration, stores, clock, keyring: noKeys, clientKeys: noKeys, logger: silentLogger };
  const stop = startMaintenance(deps);
  return {
    clock,
    /** Uses a value once, or finds that it was used. */
    claim: (key: string, expiresInSeconds: number) =>
      stores.singleUse.claim({ kind: 'test', key, expiresAt: secondsAfter(clock.now(), expiresInSeconds) }),
    doChores: () => {
      context.mock.timers.tick(60_000);
      return stop();
    },
  };
}

test('what has expired for more than an hour is purged, and nothing else', async (context) => {
  const { claim, doChores } = await open(context);
  const expirations = { long: -hour - 1, just: -hour, later: hour };
  for (const [key, seconds] of Object.entries(expirations)) await claim(key, seconds);
  await doChores();
  assert.equal(await claim('long', 0), 'claimed');
  assert.equal(await claim('just', 0), 'replayed');
  assert.equal(await claim('later', 0), 'replayed');
});

test('nothing is purged by a clock that was put ahead, so that nothing is good again when it returns', async (context) => {
  const { clock, claim, doChores } = await open(context);
  await claim('used', 60);
  clock.advance(24 * hour);
  await doChores();
  clock.advance(-24 * hour);
  assert.equal(await claim('used', 60), 'replayed');
});

/** Chores that note what they are asked for. */
function createChores(
  server: { readonly rotationDays?: number | null; readonly auditRetentionDays?: number } = {},
  changes: Partial<MaintenanceDependencies> = {},
) {
  const calls: string[] = [];
  const rows = [500, 500, 3];
  const note = async <Answer>(call: string, answer: Answer): Promise<Answer> => {
    calls.push(call);
    return answer;
  };
  const declarations = defaultDeclarations();
  const { rotationDays = 90, auditRetentionDays = null } = server;
  const deps: MaintenanceDependencies = {
    configuration: {
      declarations: {
        ...declarations,
        server: { ...declarations.server, auditRetentionDays, keys: { rotationDays } },
      },
    },
    keyring: {
      reload: () => note('reload', undefined),
      rotateAged: (seconds) => note(`rotate after ${seconds}`, []),
      removeRetired: () => note('remove retired', 0),
    },
    clientKeys: { removeExpired: () => note('client keys', 0) },
    stores: {
      expiry: {
        purge: (before, limit) => note(`purge ${before - someTime} ${limit}`, rows.shift() ?? 0),
        purgeAudit: (before, limit) => note(`audit ${before - someTime} ${limit}`, 0),
      },
    },
    clock: createManualClock(someTime),
    logger: silentLogger,
    ...changes,
  };
  return { calls, deps };
}

const right = { isAhead: () => false };

test('keys rotate before retired ones are removed, and a purge goes on in bounded writes until little is left', async () => {
  const { calls, deps } = createChores();
  await doChores(deps, right);
  assert.deepEqual(calls, [
    'rotate after 7776000',
    'remove retired',
    'purge -3600 500',
    'purge -3600 500',
    'purge -3600 500',
    'client keys',
  ]);
});

test('without a rotation time keys are read and removed all the same, and audit entries go where they have a time', async () => {
  const { calls, deps } = createChores({ rotationDays: null, auditRetentionDays: 2 });
  await doChores(deps, right);
  assert.deepEqual(
    [calls[0], calls.find((call) => call.startsWith('audit'))],
    ['remove retired', 'audit -172800 500'],
  );
  assert.ok(!calls.some((call) => call.startsWith('rotate')));
});

test('by a clock that was put ahead keys are read, and neither rotated nor removed', async () => {
  const { calls, deps } = createChores();
  await doChores(deps, { isAhead: () => true });
  assert.deepEqual(calls, ['reload']);
});

test('a chore that fails is logged by its name and keeps none of the others from being done', async () => {
  const failures: object[] = [];
  const { calls, deps } = createChores(
    {},
    {
      keyring: { ...noKeys, rotateAged: () => Promise.reject(new Error('no disk')) },
      logger: { ...silentLogger, error: (facts) => failures.push(facts) },
    },
  );
  await doChores(deps, right);
  assert.deepEqual(
    failures.map((facts) => ('chore' in facts ? facts.chore : undefined)),
    ['rotation of keys'],
  );
  assert.ok(calls.includes('client keys'));
});

test('the chores are done soon after the start and then once a minute, until they are stopped', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { calls, deps } = createChores();
  const runs = () => calls.filter((call) => call === 'client keys').length;
  const stop = startMaintenance(deps);
  assert.equal(runs(), 0);
  context.mock.timers.tick(5_000);
  await settled();
  assert.equal(runs(), 1);
  context.mock.timers.tick(60_000);
  await settled();
  assert.equal(runs(), 2);
  await stop();
  context.mock.timers.tick(600_000);
  await settled();
  assert.equal(runs(), 2);
});

/** Everything that waits for nothing but promises has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
