import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import type { Face } from '../kernel/audit.ts';
import { secondsAfter } from '../kernel/clock.ts';
import type { ClientPatch } from './patch.ts';
import { operator } from './policy.ts';

const request = { actor: operator, face: 'native' as Face, requestId: 'request-1' };
const p256 = { keyPairType: { type: 'ec', curve: 'P-256' }, idTokenSignatureAlg: 'ES256' } as const;
const p384 = { keyPairType: { type: 'ec', curve: 'P-384' }, idTokenSignatureAlg: 'ES384' } as const;

async function createWith({ registry }: TestRegistry, patch: ClientPatch) {
  return (await registry.create({ ...request, patch: () => patch })).client;
}

const publishedBy = async ({ storage }: TestRegistry) =>
  (await storage.stores.clientKeys.published()).map(({ crv, kid }) => ({ crv, kid }));

const blank = { rule: 'has-a-key-pair', field: 'keyPairType', message: "can't be blank" };

const curveOf = (pem: string | null) => createPublicKey(pem ?? '').asymmetricKeyDetails?.namedCurve;

test('a client with a key pair type has a key of that type, and no DID until it is asked for', async (context) => {
  const opened = await openTestRegistry(context);
  const client = await createWith(opened, p256);
  assert.equal(curveOf(client.publicKey), 'prime256v1');
  assert.equal(client.did, null);
  assert.equal((await publishedBy(opened)).length, 1);
  const without = await createWith(opened, {});
  assert.deepEqual([without.publicKey, without.did], [null, null]);
});

test('a change that leaves the type alone leaves the key alone', async (context) => {
  const opened = await openTestRegistry(context);
  const client = await createWith(opened, p256);
  const patch = { name: 'Shop', keyPairType: { type: 'ec', curve: 'P-256' } } as const;
  const renamed = await opened.registry.update({ ...request, id: client.id, patch: () => patch });
  assert.equal(renamed.publicKey, client.publicKey);
  assert.equal((await publishedBy(opened)).length, 1);
});

test('a change of the type makes a new key, and the former one stays published', async (context) => {
  const opened = await openTestRegistry(context);
  const client = await createWith(opened, p256);
  const changed = await opened.registry.update({ ...request, id: client.id, patch: () => p384 });
  assert.equal(curveOf(changed.publicKey), 'secp384r1');
  assert.deepEqual(new Set((await publishedBy(opened)).map(({ crv }) => crv)), new Set(['P-256', 'P-384']));
  const { id } = client;
  const plain = { keyPairType: null, idTokenSignatureAlg: 'RS256' } as const;
  const cleared = await opened.registry.update({ ...request, id, patch: () => plain });
  assert.equal(cleared.publicKey, null);
  assert.equal(await opened.storage.stores.clientKeys.current(id), undefined);
  assert.equal((await publishedBy(opened)).length, 2);
});

test('a renewed key is another one, at the next revision', async (context) => {
  const opened = await openTestRegistry(context);
  const client = await createWith(opened, p256);
  const renewal = { ...request, id: client.id, patch: () => ({}), renew: 'key-pair' } as const;
  const renewed = await opened.registry.update(renewal);
  assert.notEqual(renewed.publicKey, client.publicKey);
  assert.equal(renewed.revision, 2);
  assert.equal((await publishedBy(opened)).length, 2);
});

test('a DID that was asked for is that of the present key, and stays so', async (context) => {
  const opened = await openTestRegistry(context);
  const { id } = await createWith(opened, p256);
  const renewDid = { ...request, id, patch: () => ({}), renew: 'did' } as const;
  const { did, revision } = await opened.registry.update(renewDid);
  assert.match(did ?? '', /^did:key:zDn/);
  assert.equal((await opened.registry.update(renewDid)).revision, revision);
  const changed = await opened.registry.update({ ...request, id, patch: () => p384 });
  assert.match(changed.did ?? '', /^did:key:z82/);
});

test('a client without a key pair has nothing to renew, and a universal key needs a signer', async (context) => {
  const opened = await openTestRegistry(context);
  const { id, revision } = await createWith(opened, {});
  for (const renew of ['key-pair', 'did'] as const) {
    const renewal = opened.registry.update({ ...request, id, patch: () => ({}), renew });
    await assert.rejects(renewal, { code: 'invalid', violations: [blank] });
  }
  const universal = {
    keyPairType: { type: 'universal' },
    signaturesAdapter: 'remote',
    idTokenSignatureAlg: 'EdDSA',
  } as const;
  await assert.rejects(opened.registry.update({ ...request, id, patch: () => universal }), {
    code: 'invalid',
  });
  assert.equal((await opened.registry.get({ ...request, id })).revision, revision);
});

test('a refused change makes no key', async (context) => {
  const opened = await openTestRegistry(context);
  const client = await createWith(opened, p256);
  const patch = { ...p384, redirectUris: ['javascript:alert(1)'] };
  await assert.rejects(opened.registry.update({ ...request, id: client.id, patch: () => patch }));
  assert.deepEqual(await opened.registry.get({ ...request, id: client.id }), client);
  assert.equal((await publishedBy(opened)).length, 1);
});

test('of parallel renewals on two nodes each is one revision, and the record names the key that signs', async (context) => {
  const opened = await openTestRegistry(context);
  const { id } = await createWith(opened, p256);
  const nodes = [opened.registry, opened.openAnother()];
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      (nodes[index % 2] ?? opened.registry).update({ ...request, id, patch: () => ({}), renew: 'key-pair' }),
    ),
  );
  const client = await opened.registry.get({ ...request, id });
  assert.equal(client.revision, 11);
  assert.equal((await publishedBy(opened)).length, 11);
  const current = await opened.storage.stores.clientKeys.current(id);
  const jwk = createPublicKey(client.publicKey ?? '').export({ format: 'jwk' });
  assert.deepEqual([current?.publicJwk['x'], current?.publicJwk['y']], [jwk.x, jwk.y]);
});

test('a retired key goes once nothing valid is signed with it, and a deleted client takes its keys along', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, clock, clientKeys } = opened;
  const { id } = await createWith(opened, p256);
  await registry.update({ ...request, id, patch: () => ({}), renew: 'key-pair' });
  assert.equal(await clientKeys.removeExpired(), 0);
  clock.advance(secondsAfter(clock.now(), 86_400) - clock.now());
  assert.equal(await clientKeys.removeExpired(), 0);
  clock.advance(61);
  assert.equal(await clientKeys.removeExpired(), 1);
  assert.equal((await clientKeys.published()).length, 1);
  await registry.remove({ ...request, id });
  assert.deepEqual(await clientKeys.published(), []);
  assert.equal(await clientKeys.removeExpired(), 1);
});
