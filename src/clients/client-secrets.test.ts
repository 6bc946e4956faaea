import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import { anAuditEvent, aSecret } from '../../test/fixtures/storage-entries.ts';
import { auditOf } from '../../test/storage-suite/harness.ts';
import type { Face } from '../kernel/audit.ts';
import { secondsAfter } from '../kernel/clock.ts';
import type { RegistryError } from './errors.ts';
import { type Actor, operator } from './policy.ts';
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
  assert.equal(stored?.hint, secret.slice(0, 5));
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

test('a secret is added beside the others, and revoked alone by its fingerprint', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, secretKeeper, storage } = opened;
  const { client } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const { id } = client;
  const added = await registry.addSecret({ ...request, id });
  assert.ok(isGeneratedSecret(added.text));
  assert.match(added.fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(added.hint, added.text.slice(0, 5));
  const { secrets } = await registry.describe({ ...request, id });
  assert.equal(secrets.length, 2);
  assert.deepEqual(secrets.at(-1), { fingerprint: added.fingerprint, hint: added.hint });
  await registry.revokeSecret({ ...request, id, fingerprint: added.fingerprint });
  await assert.rejects(registry.revokeSecret({ ...request, id, fingerprint: added.fingerprint }), {
    code: 'secret_not_found',
  });
  const [left, ...others] = await secretsOf(opened, id);
  assert.deepEqual(others, []);
  assert.ok(left && !secretKeeper.matches(added.text, left.verifier));
  assert.equal((await registry.get({ ...request, id })).revision, 1);
  assert.deepEqual(
    (await auditOf(storage, id)).map(({ action }) => action),
    ['client.created', 'client.secret-created', 'client.secret-revoked'],
  );
});

test('of fifty parallel additions on two nodes ten succeed, and each of them is live', async (context) => {
  const opened = await openTestRegistry(context);
  const { client } = await opened.registry.create({ ...request, patch: () => ({}) });
  const nodes = [opened.registry, opened.openAnother()];
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      (nodes[index % 2] ?? opened.registry).addSecret({ ...request, id: client.id }),
    ),
  );
  const added = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(added.length, 10);
  const live = await secretsOf(opened, client.id);
  assert.equal(live.length, 10);
  for (const { text } of added) {
    assert.ok(live.some(({ verifier }) => opened.secretKeeper.matches(text, verifier)));
  }
});

test('an update sets a secret with the record, and reveals the newest one', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, storage } = opened;
  const { client, secret } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const { id } = client;
  const renamed = await registry.updateAndReveal({ ...request, id, patch: () => ({ name: 'Shop' }) });
  assert.equal(renamed.secret, secret);
  const both = await registry.updateAndReveal({
    ...request,
    id,
    patch: () => ({ name: 'Store' }),
    secret: { chosen },
  });
  assert.deepEqual([both.client.name, both.client.revision, both.secret], ['Store', 3, chosen]);
  assert.equal((await secretsOf(opened, id)).length, 1);
  const alone = { ...request, id, patch: () => ({}), secret: { chosen: `${chosen} again` } };
  assert.equal((await registry.updateAndReveal(alone)).client.revision, 3);
  assert.equal((await registry.updateAndReveal(alone)).secret, `${chosen} again`);
  assert.deepEqual(
    (await auditOf(storage, id)).map(({ action }) => action),
    [
      'client.created',
      'client.secret-read',
      'client.updated',
      'client.updated',
      'client.secret-regenerated',
      'client.secret-read',
    ],
  );
});

test('a refused update sets no secret, and names its fault with the others', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const { client, secret } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  const { id } = client;
  const patch = () => ({ redirectUris: ['javascript:alert(1)'] });
  await assert.rejects(registry.update({ ...request, id, patch, secret: { chosen } }), { code: 'invalid' });
  await assert.rejects(
    registry.update({ ...request, id, patch, secret: { chosen: 'short' } }),
    (error: RegistryError) => {
      assert.deepEqual(
        error.violations.map(({ field }) => field),
        ['redirectUris', 'secret'],
      );
      return true;
    },
  );
  assert.equal((await registry.readSecret({ ...request, id })).secret, secret);
});

test('revealing a client shows no secret where there is none, none is kept, or the client is internal', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const caller: Actor = { ...operator, operator: false };
  const { client: bare } = await registry.create({ ...request, patch: () => ({}) });
  assert.equal((await registry.reveal({ ...request, actor: caller, id: bare.id })).secret, null);
  const { client } = await registry.create({ ...request, patch: () => ({}), secret: 'generate' });
  assert.notEqual((await registry.reveal({ ...request, actor: caller, id: client.id })).secret, null);
  const hashed = opened.openAnother('hashed');
  assert.equal((await hashed.reveal({ ...request, actor: caller, id: client.id })).secret, null);
  const patch = () => ({ internal: true });
  const { client: internal } = await registry.create({ ...request, patch, secret: 'generate' });
  assert.equal((await registry.reveal({ ...request, actor: caller, id: internal.id })).secret, null);
});

test('a MAC algorithm needs a secret that is as long as its hash', async (context) => {
  const { registry } = await openTestRegistry(context);
  const mac = { idTokenSignatureAlg: 'HS512' } as const;
  await assert.rejects(registry.create({ ...request, patch: () => mac }), { code: 'invalid' });
  await assert.rejects(registry.create({ ...request, patch: () => mac, secret: { chosen } }), {
    code: 'invalid',
  });
  const { client } = await registry.create({ ...request, patch: () => mac, secret: 'generate' });
  assert.equal(client.idTokenSignatureAlg, 'HS512');
});
