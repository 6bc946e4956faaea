import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { auditOf } from '../../test/storage-suite/harness.ts';
import { managementScopes } from '../applications/scope.ts';
import { operator } from '../clients/policy.ts';
import { generateSecret, isGeneratedSecret } from '../clients/secret-text.ts';
import { randomUuid } from '../kernel/random.ts';
import { createAppliedDeclarations } from './applied-declarations.ts';
import { type BootstrapClient, ensureBootstrapClient, rotateBootstrapSecret } from './bootstrap-client.ts';

const request = { actor: operator, face: 'cli', requestId: 'test' } as const;
const nothing = { id: null, secret: null };

async function open(context: Parameters<typeof openTestRegistry>[0]) {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const { settings } = opened.storage.stores;
  const applied = createAppliedDeclarations({ settings, secretKeeper: opened.secretKeeper });
  const deps = { registry, settings, applied };
  const announced: BootstrapClient[] = [];
  const ensure = (chosen: Partial<typeof nothing | { id: string; secret: string }>) =>
    ensureBootstrapClient(deps, { ...nothing, ...chosen }, generateSecret, async (client) => {
      announced.push(client);
    });
  const secretOf = async (id: string) => (await registry.readSecret({ ...request, id })).secret;
  return { ...opened, deps, announced, ensure, secretOf };
}

test('the bootstrap client is made once, internal, with every management scope and a generated secret', async (context) => {
  const { ensure, announced, registry, secretOf, storage } = await open(context);
  const made = await ensure({});
  assert.ok(isGeneratedSecret(made.secret ?? ''));
  assert.deepEqual(announced, [made]);
  assert.equal(await secretOf(made.id), made.secret);
  const client = await registry.get({ ...request, id: made.id });
  assert.deepEqual([client.internal, client.ownerId, client.revision], [true, null, 1]);
  assert.deepEqual(client.allowedScopes, managementScopes);
  assert.deepEqual(await ensure({}), { id: made.id, secret: null });
  assert.deepEqual(await registry.list(request), [client]);
  assert.equal(announced.length, 1);
  assert.deepEqual(
    (await auditOf(storage, made.id)).map(({ action }) => action),
    ['client.created', 'client.secret-read'],
  );
});

test('a generated secret is announced before anything is stored', async (context) => {
  const { deps, registry } = await open(context);
  const interrupted = ensureBootstrapClient(deps, nothing, generateSecret, async () => {
    assert.deepEqual(await registry.list(request), []);
    throw new Error('the disk is full');
  });
  await assert.rejects(interrupted, /the disk is full/);
  assert.deepEqual(await registry.list(request), []);
});

test('a chosen id and secret are not announced, and choosing them again changes nothing', async (context) => {
  const { ensure, announced, registry, secretOf, storage } = await open(context);
  const chosen = { id: randomUuid(), secret: 'chosen by the operator' };
  for (let start = 0; start < 3; start++) {
    assert.deepEqual(await ensure(chosen), { id: chosen.id, secret: null });
  }
  assert.equal(await secretOf(chosen.id), chosen.secret);
  assert.equal((await registry.get({ ...request, id: chosen.id })).revision, 1);
  assert.deepEqual(announced, []);
  assert.equal((await auditOf(storage, chosen.id)).length, 2);
});

test('a chosen secret replaces the generated one, and another chosen one that', async (context) => {
  const { ensure, secretOf, storage } = await open(context);
  const { id, secret } = await ensure({});
  assert.notEqual(secret, null);
  for (const chosen of ['chosen by the operator', 'chosen by another']) {
    assert.deepEqual(await ensure({ secret: chosen }), { id, secret: null });
    assert.equal(await secretOf(id), chosen);
    assert.equal((await storage.stores.clients.load(id))?.secrets.length, 1);
  }
});

test('a chosen id replaces the old client, which is deleted with its secret', async (context) => {
  const { ensure, registry, announced, secretOf } = await open(context);
  const first = await ensure({});
  const id = randomUuid();
  const second = await ensure({ id });
  assert.deepEqual([second.id, announced.at(-1)], [id, second]);
  assert.equal(await secretOf(id), second.secret);
  assert.notEqual(second.secret, first.secret);
  await assert.rejects(registry.get({ ...request, id: first.id }), { code: 'not_found' });
  assert.deepEqual(
    (await registry.list(request)).map((client) => client.id),
    [id],
  );
  assert.deepEqual(await ensure({}), { id, secret: null });
});

test('a start that ended between the new client and the end of the old one is completed by the next', async (context) => {
  const { ensure, deps, registry } = await open(context);
  const first = await ensure({});
  const id = randomUuid();
  const interrupted = {
    ...deps,
    registry: { ...registry, remove: () => Promise.reject(new Error('the power is gone')) },
  };
  const chosen = { id, secret: 'chosen by the operator' };
  await assert.rejects(
    ensureBootstrapClient(interrupted, chosen, generateSecret, async () => {}),
    /the power is gone/,
  );
  assert.equal((await registry.list(request)).length, 2);
  await ensure(chosen);
  assert.deepEqual(
    (await registry.list(request)).map((client) => client.id),
    [id],
  );
  await assert.rejects(registry.get({ ...request, id: first.id }), { code: 'not_found' });
});

test('the id of another client, or of a deleted one, is refused and nothing is changed', async (context) => {
  const { ensure, registry } = await open(context);
  const first = await ensure({});
  const { client: foreign } = await registry.create({ ...request, patch: () => ({ name: 'Shop' }) });
  await assert.rejects(ensure({ id: foreign.id }), /another client's/);
  assert.deepEqual(await registry.get({ ...request, id: foreign.id }), foreign);
  await registry.remove({ ...request, id: foreign.id });
  await assert.rejects(ensure({ id: foreign.id }), new RegExp(`bootstrap client ${foreign.id}: .*taken`));
  assert.deepEqual(
    (await registry.list(request)).map(({ id }) => id),
    [first.id],
  );
});

test('what somebody changed of the bootstrap client is put right at the next start', async (context) => {
  const { ensure, registry } = await open(context);
  const { id } = await ensure({});
  const made = await registry.get({ ...request, id });
  await registry.update({ ...request, id, patch: () => ({ allowedScopes: [], grantTypes: [] }) });
  await ensure({});
  const { allowedScopes, grantTypes, revision } = await registry.get({ ...request, id });
  assert.deepEqual([allowedScopes, grantTypes, revision], [made.allowedScopes, made.grantTypes, 3]);
});

test('a rotation replaces the secret, and needs a bootstrap client', async (context) => {
  const { ensure, deps, secretOf } = await open(context);
  const answer = async (client: BootstrapClient) => client;
  await assert.rejects(rotateBootstrapSecret(deps, generateSecret(), answer), /start the server once/);
  const { id } = await ensure({});
  const secret = generateSecret();
  assert.deepEqual(await rotateBootstrapSecret(deps, secret, answer), { id, secret });
  assert.equal(await secretOf(id), secret);
  const full = rotateBootstrapSecret(deps, generateSecret(), async () => {
    throw new Error('the disk is full');
  });
  await assert.rejects(full, /the disk is full/);
  assert.equal(await secretOf(id), secret);
});

test('a rotated secret stays though an older one is still chosen, until another is', async (context) => {
  const { ensure, deps, secretOf } = await open(context);
  const { id } = await ensure({ secret: 'chosen at first' });
  const rotated = generateSecret();
  await rotateBootstrapSecret(deps, rotated, async () => {});
  await ensure({ secret: 'chosen at first' });
  assert.equal(await secretOf(id), rotated);
  await ensure({ secret: 'chosen later' });
  assert.equal(await secretOf(id), 'chosen later');
});
