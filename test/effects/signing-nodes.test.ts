import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { SignatureAlg } from '../../src/clients/client.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { randomOctets } from '../../src/kernel/random.ts';
import { createClientKeys } from '../../src/keys/client-keys.ts';
import { openKeyring } from '../../src/keys/keyring.ts';
import { createSecretKeeper } from '../../src/keys/secret-keeper.ts';
import { createVault, type Vault } from '../../src/keys/vault.ts';
import { createClientTokens } from '../../src/protocol/tokens/client-tokens.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { aClient, anAuditEvent, changed } from '../fixtures/storage-entries.ts';
import { openTestStorage } from '../fixtures/test-storage.ts';
import { kidOf } from './signing-world.ts';

const issuer = 'https://issuer.example';

interface Shared {
  readonly stores: Stores;
  readonly vault: Vault;
  readonly clock: ManualClock;
}

/** What signs and publishes on one node, over storage that it shares with others. */
async function openNode({ stores, vault, clock }: Shared) {
  const shared = { vault, clock, logger: silentLogger, longestTokenLifetimeSeconds: 86_400 };
  const keyring = await openKeyring({ ...shared, store: stores.keys, algorithms: ['ES256', 'RS256'] });
  const clientKeys = createClientKeys({ ...shared, store: stores.clientKeys, remoteSigner: null });
  const secretKeeper = createSecretKeeper({ keyring, vault, secretStorage: 'sealed' });
  const means = { keyring, clientKeys, secretKeeper, clock, secretsKept: true, remoteSigner: false };
  const { idTokens } = createClientTokens({ ...means, issuer });
  return {
    keyring,
    clientKeys,
    issue: async (id: string) => {
      const stored = await stores.clients.load(id);
      assert.ok(stored);
      return idTokens.issue({ stored, claims: { sub: 'alice' } });
    },
    verify: async (token: string, audience: string, alg: SignatureAlg) => {
      const keys = [...keyring.keySet().publicJwks, ...(await clientKeys.published())];
      const set = createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
      const currentDate = new Date(clock.now() * 1000);
      await jwtVerify(token, set, { issuer, audience, algorithms: [alg], currentDate });
    },
  };
}

async function openNodes(context: Parameters<typeof openTestStorage>[0]) {
  const { stores } = await openTestStorage(context);
  const shared = { stores, vault: createVault(randomOctets(32)), clock: createManualClock() };
  return { ...shared, one: await openNode(shared), two: await openNode(shared) };
}

test('after a client’s key changed on one node the others sign with it and publish both at once', async (context) => {
  const { stores, clock, one, two } = await openNodes(context);
  const makeKey = async (id: string) => {
    const key = await one.clientKeys.make(id, { type: 'ec', curve: 'P-256' });
    return typeof key === 'string' ? assert.fail(key) : key;
  };
  const blank = aClient({ keyPairType: { type: 'ec', curve: 'P-256' }, idTokenSignatureAlg: 'ES256' });
  const { id } = blank;
  const created = anAuditEvent(id, 'client.created');
  await stores.clients.insert({ client: blank, secrets: [], key: await makeKey(id), audit: created });
  const before = await two.issue(id);
  for (const node of [one, two]) await node.verify(before, id, 'ES256');

  const key = await makeKey(id);
  const audit = { ...anAuditEvent(id), at: clock.now() };
  const client = changed(blank, { updatedAt: clock.now() });
  assert.equal(await stores.clients.update({ client, key, audit }), 'updated');
  const after = await Promise.all([one.issue(id), two.issue(id)]);
  assert.deepEqual(after.map(kidOf), [key.kid, key.kid]);
  for (const token of [before, ...after]) {
    for (const node of [one, two]) await node.verify(token, id, 'ES256');
  }

  clock.advance(86_400 + 61);
  assert.equal(await one.clientKeys.removeExpired(), 1);
  assert.deepEqual(
    (await two.clientKeys.published()).map(({ kid }) => kid),
    [key.kid],
  );
  assert.equal(kidOf(await two.issue(id)), key.kid);

  const deletion = anAuditEvent(id, 'client.deleted');
  assert.equal(await stores.clients.remove({ id, revision: client.revision, audit: deletion }), 'removed');
  assert.deepEqual(await two.clientKeys.published(), []);
});

test('after the server’s key changed on one node what any node signs verifies on every other', async (context) => {
  const { stores, one, two } = await openNodes(context);
  const client = aClient({ idTokenSignatureAlg: 'ES256' });
  const { id } = client;
  await stores.clients.insert({ client, secrets: [], audit: anAuditEvent(id, 'client.created') });
  const before = await two.issue(id);
  assert.equal(await one.keyring.rotate('ES256'), 'rotated');
  const tokens = [before, await one.issue(id), await two.issue(id)];
  assert.deepEqual(
    tokens.map((token) => kidOf(token) === kidOf(before)),
    [true, false, true],
  );
  await two.keyring.reload();
  tokens.push(await two.issue(id));
  assert.equal(kidOf(tokens[3] ?? ''), kidOf(tokens[1] ?? ''));
  for (const token of tokens) for (const node of [one, two]) await node.verify(token, id, 'ES256');
});
