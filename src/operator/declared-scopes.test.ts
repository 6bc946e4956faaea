import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { createPeopleRows } from '../../test/fixtures/people-rows.ts';
import { aClient, anAuditEvent, aScope } from '../../test/fixtures/storage-entries.ts';
import { insertClient } from '../../test/storage-suite/harness.ts';
import { builtInScopes, type Scope } from '../applications/scope.ts';
import { createScopes } from '../applications/scopes.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createAppliedDeclarations } from './applied-declarations.ts';
import { declareScopes } from './declared-scopes.ts';
import { startRequest } from './start-request.ts';

const declared = (name: string): Scope => ({
  name,
  label: name,
  public: false,
  kind: 'general',
  applicationId: null,
});

async function open(context: TestContext) {
  const opened = await openTestRegistry(context);
  const { storage, registry } = opened;
  const { settings, scopes: store } = storage.stores;
  const applied = createAppliedDeclarations({ ...opened, settings });
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (facts: object) => warnings.push(facts) };
  /** A start with a file that declares `names`, and clients of which nothing but their ids matters. */
  const start = (names: readonly string[], clientIds: readonly string[] = []) => {
    const scopes = createScopes({ store, fixed: [...builtInScopes, ...names.map(declared)] });
    const clients = clientIds.map((id) => ({ id, secret: null, secretHash: null, fields: {} }));
    return declareScopes({ scopes, registry, settings, applied, logger }, clients);
  };
  const hold = async (...names: readonly string[]): Promise<string> => {
    const client = aClient({ allowedScopes: ['openid', ...names], authorizedScopes: names });
    await insertClient(storage, client);
    return client.id;
  };
  const held = async (id: string): Promise<readonly unknown[]> => {
    const { allowedScopes, authorizedScopes } = await registry.get({ ...startRequest, id });
    return [allowedScopes, authorizedScopes];
  };
  return { ...opened, applied, settings, store, warnings, start, hold, held };
}

const all = [
  ['openid', 'pay', 'ship'],
  ['pay', 'ship'],
];
const withoutPay = [['openid', 'ship'], ['ship']];

test('a scope that is declared is nobody’s from before, whatever had its name', async (context) => {
  const { start, hold, held } = await open(context);
  await start(['ship']);
  const id = await hold('pay', 'ship');
  await start(['ship', 'pay']);
  assert.deepEqual(await held(id), withoutPay);
});

test('what somebody allowed under the name of a declared scope before is not that scope', async (context) => {
  const { storage, start } = await open(context);
  await start(['ship']);
  const rows = createPeopleRows(storage);
  const [account, client] = [await rows.account(), await rows.client()];
  const consentId = await rows.consent(account, client, ['openid', 'pay', 'ship']);
  const sessionId = await rows.session(account);
  const record = JSON.stringify({ scopes: ['openid', 'pay', 'ship'] });
  const grantId = await rows.grant({ consentId, sessionId }, account, client, { record });
  const said = async () => [
    (await storage.stores.consents.load(consentId))?.allowed.scopes,
    (await storage.stores.grants.load(grantId))?.grant.record.scopes,
  ];
  await start(['ship']);
  assert.deepEqual(await said(), Array(2).fill(['openid', 'pay', 'ship']));
  await start(['ship', 'pay']);
  assert.deepEqual(await said(), Array(2).fill(['openid', 'ship']));
});

test('a declared scope stays with its clients at every start', async (context) => {
  const { registry, start, hold, held } = await open(context);
  await start(['ship', 'pay']);
  const id = await hold('pay', 'ship');
  await start(['pay', 'ship']);
  assert.deepEqual(await held(id), all);
  assert.equal((await registry.get({ ...startRequest, id })).revision, 1);
});

test('a scope that is taken out of the file stays in the records until it comes back, which gives it to nobody', async (context) => {
  const { start, hold, held } = await open(context);
  await start(['ship', 'pay']);
  const id = await hold('pay', 'ship');
  await start(['ship']);
  assert.deepEqual(await held(id), all);
  await start(['ship', 'pay']);
  assert.deepEqual(await held(id), withoutPay);
});

test('a registered scope is not in force while one is declared, which is told, and is nobody’s when it is again', async (context) => {
  const { store, start, hold, held, warnings } = await open(context);
  await start([]);
  const scope = aScope('pay');
  await store.insert(scope, anAuditEvent(scope.id));
  await start(['pay']);
  assert.deepEqual(warnings, [{ id: scope.id, name: 'pay' }]);
  const id = await hold('pay', 'ship');
  await start([]);
  assert.deepEqual(await held(id), withoutPay);
  assert.equal(warnings.length, 1);
});

test('where no start is remembered nothing is taken, and from then on it is', async (context) => {
  const { start, hold, held } = await open(context);
  const id = await hold('pay', 'ship');
  await start(['ship', 'pay']);
  assert.deepEqual(await held(id), all);
  await start(['ship']);
  await start(['ship', 'pay']);
  assert.deepEqual(await held(id), withoutPay);
});

test('what a declared client is given is applied again where it was taken with the scope', async (context) => {
  const { applied, start, hold, held } = await open(context);
  await start(['ship']);
  const id = await hold('pay');
  const fields = { name: 'Shop', allowedScopes: ['openid', 'pay'], authorizedScopes: null };
  await applied.write(id, { fields, secret: 'a secret that somebody chose' });
  const before = await applied.read(id);
  await start(['ship', 'pay'], [id, 'never applied']);
  assert.deepEqual(await held(id), [['openid'], []]);
  assert.deepEqual(await applied.read(id), { ...before, fields: { ...fields, allowedScopes: ['openid'] } });
  assert.equal(await applied.read('never applied'), undefined);
});

test('a start is refused, and the next one too, while the rules keep a record from losing the scope', async (context) => {
  const { registry, storage, start, hold, held } = await open(context);
  await start([]);
  const free = await hold('pay', 'ship');
  // What the rules of a later version refuse.
  const stuck = aClient({ authorizedScopes: ['pay'], tokenEndpointAuthMethods: [] });
  await insertClient(storage, stuck);
  for (let starts = 0; starts < 2; starts++) {
    await assert.rejects(start(['pay']), {
      faults: [
        {
          where: 'scope pay',
          message: `cannot be taken from ${stuck.id}: tokenEndpointAuthMethods: must have at least one entry`,
        },
      ],
    });
  }
  assert.deepEqual(await held(free), withoutPay);
  const patch = () => ({ tokenEndpointAuthMethods: ['client_secret_basic'] }) as const;
  await registry.update({ ...startRequest, face: 'cli', id: stuck.id, patch });
  await start(['pay']);
  assert.deepEqual(await held(stuck.id), [null, []]);
});
