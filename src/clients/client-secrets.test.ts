import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import { anAuditEvent, aSecret } from '../../test/fixtures/storage-entries.ts';
import { auditOf } from '../../test/storage-suite/harness.ts';
import type { Face } from '../kernel/audit.ts';
import { secondsAfter } from '../kernel/clock.ts';
import { operator } from './policy.ts';
import { isGeneratedSecret } from './secret-text.ts';

const request = { actor: operator, face: 'native' as Face, requestId: 'request-1' };
const publicClient = { tokenEndpointAuthMethods: ['none'] } as const;
const chosen = 'a secret that somebody chose';

async function secretsOf({ storage }: TestRegistry, id: string) {
  return (await storage.stores.clients.load(id))?.secrets ?? [];
}

test('a generated secret is shown once, kept sealed, and read back by an audited call', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, storage } = opened;
  const { client, secret } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  assert.ok(secret !== null && isGeneratedSecret(secret));
  assert.deepEqual(await registry.readSecret({ ...request, id: client.id }), { client, secret });
  const [stored] = await secretsOf(opened, client.id);
  assert.equal(stored?.hint, secret.slice(0, 4));
  assert.equal(stored?.createdBy, 'operator');
  const actions = (await auditOf(storage, client.id)).map(({ action }) => action);
  assert.deepEqual(actions, ['client.created', 'client.secret-read']);
});

test('replacing secrets leaves one, and does not touch the revision', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const { client, secret } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const { id } = client;
  const replaced = await registry.replaceSecrets({ ...request, id, secret: 'generate' });
  assert.notEqual(replaced.secret, secret);
  assert.deepEqual(await registry.get({ ...request, id }), client);
  assert.equal((await secretsOf(opened, id)).length, 1);
  assert.equal((await registry.readSecret({ ...request, id })).secret, replaced.secret);
});

test('of twenty parallel replacements on two nodes exactly one secret is left, and it was answered', async (context) => {
  const opened = await openTestRegistry(context);
  const { client } = await opened.registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const nodes = [opened.registry, opened.openAnother()];
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (nodes[index % 2] ?? opened.registry).replaceSecrets({ ...request, id: client.id, secret: 'generate' }),
    ),
  );
  assert.equal((await secretsOf(opened, client.id)).length, 1);
  const { secret } = await opened.registry.readSecret({ ...request, id: client.id });
  assert.ok(answers.some((answer) => answer.secret === secret));
});

test('a chosen secret that is live already changes nothing; another replaces it', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, storage } = opened;
  const { client } = await registry.create({ ...request, patch: () => ({}), secret: { chosen } });
  const { id } = client;
  const before = await secretsOf(opened, id);
  await registry.replaceSecrets({ ...request, id, secret: { chosen } });
  assert.deepEqual(await secretsOf(opened, id), before);
  await registry.replaceSecrets({ ...request, id, secret: { chosen: `${chosen}!` } });
  assert.equal((await registry.readSecret({ ...request, id })).secret, `${chosen}!`);
  const actions = (await auditOf(storage, id)).map(({ action }) => action);
  assert.deepEqual(actions, ['client.created', 'client.secret-regenerated', 'client.secret-read']);
});

test('a text that cannot be a secret is refused, and nothing is stored', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const { client } = await registry.create({ ...request, patch: () => ({}), secret: { chosen } });
  for (const text of ['', '1234567', 'x'.repeat(1025), 'geheimnis über alles', 'line\nbreak here']) {
    const secret = { chosen: text };
    await assert.rejects(registry.create({ ...request, patch: () => ({}), secret }), { code: 'invalid' });
    await assert.rejects(registry.replaceSecrets({ ...request, id: client.id, secret }), { code: 'invalid' });
  }
  assert.equal((await registry.list(request)).length, 1);
  assert.equal((await registry.readSecret({ ...request, id: client.id })).secret, chosen);
});

test('a public client has no secret to regenerate, but may be given a chosen one', async (context) => {
  const { registry } = await openTestRegistry(context);
  const { client } = await registry.create({ ...request, patch: () => publicClient });
  const { id } = client;
  assert.deepEqual(await registry.readSecret({ ...request, id }), { client, secret: null });
  await assert.rejects(registry.replaceSecrets({ ...request, id, secret: 'generate' }), {
    code: 'secret_not_required',
  });
  await registry.replaceSecrets({ ...request, id, secret: { chosen } });
  assert.equal((await registry.readSecret({ ...request, id })).secret, chosen);
  const { secret } = await registry.replaceSecrets({ ...request, id, secret: 'generate' });
  assert.ok(isGeneratedSecret(secret ?? ''));
});

test('a secret that has expired is neither read nor a reason to keep it', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, storage, clock } = opened;
  const { client } = await registry.create({ ...request, patch: () => ({}), secret: { chosen } });
  const { id } = client;
  const [live] = await secretsOf(opened, id);
  assert.ok(live);
  const expiring = { ...aSecret(live), expiresAt: secondsAfter(clock.now(), 60) };
  const swap = { clientId: id, revision: 1, revoke: [live.id], add: [expiring], limit: 10 };
  await storage.stores.clients.updateSecrets({ ...swap, audit: anAuditEvent(id) });
  clock.advance(59);
  assert.equal((await registry.readSecret({ ...request, id })).secret, chosen);
  clock.advance(1);
  assert.equal((await registry.readSecret({ ...request, id })).secret, null);
  await registry.replaceSecrets({ ...request, id, secret: { chosen } });
  const [renewed, ...others] = await secretsOf(opened, id);
  assert.notEqual(renewed?.id, live.id);
  assert.deepEqual([renewed?.expiresAt, others], [null, []]);
});

test('where verifiers alone are kept nothing is sealed, no secret is shown and no MAC can be asked for', async (context) => {
  const opened = await openTestRegistry(context, 'hashed');
  const { registry, storage } = opened;
  const { client } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const { id } = client;
  await registry.replaceSecrets({ ...request, id, secret: { chosen } });
  const stored = await secretsOf(opened, id);
  assert.deepEqual(
    stored.map(({ sealed }) => sealed),
    [null],
  );
  await assert.rejects(registry.readSecret({ ...request, id }), { code: 'secret_not_kept' });
  const actions = (await auditOf(storage, id)).map(({ action }) => action);
  assert.deepEqual(actions, ['client.created', 'client.secret-regenerated']);
  const patches = [
    { idTokenSignatureAlg: 'HS256' },
    { userinfoSignedResponseAlg: 'HS512' },
    { tokenEndpointAuthMethods: ['client_secret_jwt'], tokenEndpointJwtAuthAlg: 'HS384' },
  ] as const;
  for (const patch of patches) {
    await assert.rejects(registry.update({ ...request, id, patch: () => patch }), { code: 'invalid' });
  }
});

test('a secret that was sealed before the operator turned that off is not shown either', async (context) => {
  const opened = await openTestRegistry(context);
  const { client } = await opened.registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const hashed = opened.openAnother('hashed');
  await assert.rejects(hashed.readSecret({ ...request, id: client.id }), { code: 'secret_not_kept' });
});
