import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import { startRemoteSigner } from '../../test/fixtures/remote-signer.ts';
import { aClientKey } from '../../test/fixtures/storage-entries.ts';
import { createOperatorService } from '../egress/operator-service.ts';
import type { JsonValue } from '../kernel/encoding.ts';
import { createRemoteSigner, type PostJson } from '../keys/remote-signer.ts';
import { createKeyHands } from './key-in-hand.ts';
import type { KeyMaker } from './key-pair.ts';
import type { ClientPatch } from './patch.ts';
import { operator } from './policy.ts';
import type { ClientStore, ClientUpdate } from './store.ts';

const request = { actor: operator, face: 'native', requestId: 'request-1' } as const;
const renewal = { ...request, patch: () => ({}), renew: 'key-pair' } as const;
const p256 = { keyPairType: { type: 'ec', curve: 'P-256' }, idTokenSignatureAlg: 'ES256' } as const;
const universal = {
  keyPairType: { type: 'universal' },
  signaturesAdapter: 'remote',
  idTokenSignatureAlg: 'EdDSA',
} as const;

/** A registry with a remote signer, which answers its first key for ever once it is told to. */
async function open(context: TestContext) {
  const signer = await startRemoteSigner(context);
  const options = { ...signer, allowLoopback: true, certificateAuthorities: signer.ca };
  const toSigner = createOperatorService(options);
  let isRepeating = false;
  let first: JsonValue | undefined;
  const post: PostJson = async (path, body) => {
    if (path !== '/v1/generate-key') return toSigner(path, body);
    if (!isRepeating || first === undefined) first = await toSigner(path, body);
    return first;
  };
  const opened = await openTestRegistry(context, 'sealed', createRemoteSigner({ post }));
  const create = async (patch: ClientPatch) =>
    (await opened.registry.create({ ...request, patch: () => patch })).client;
  return {
    ...opened,
    create,
    signer,
    /** How many keys the signer was asked for. */
    asked: () => signer.requests.filter((path) => path === '/v1/generate-key').length,
    repeat: () => {
      isRepeating = true;
    },
  };
}

/** A registry over a store whose updates are `update`'s. */
function over(
  { storage, openOver }: TestRegistry,
  update: (entry: ClientUpdate, real: ClientStore) => ReturnType<ClientStore['update']>,
) {
  const real = storage.stores.clients;
  return openOver({ ...real, update: (entry) => update(entry, real) });
}

test('an id that is taken is refused before a key is made for it, together with what else is wrong', async (context) => {
  const { registry, create, asked } = await open(context);
  const { id } = await create(universal);
  const { id: gone } = await create(p256);
  await registry.remove({ ...request, id: gone });
  const taken = { rule: 'id-was-never-used', field: 'id', message: 'has already been taken' };
  for (const known of [id, gone]) {
    const creation = registry.create({ ...request, id: known, patch: () => universal });
    await assert.rejects(creation, { code: 'invalid', violations: [taken] });
  }
  const patch = () => ({ ...universal, accessTokenTtl: 0 });
  await assert.rejects(registry.create({ ...request, id, patch }), (error) => {
    assert.ok(error instanceof Error && 'violations' in error);
    assert.deepEqual(
      (error.violations as readonly { readonly field: string }[]).map(({ field }) => field),
      ['id', 'accessTokenTtl'],
    );
    return true;
  });
  assert.equal(asked(), 1);
});

test('a key is made once for a request, however often another write comes first', async (context) => {
  const opened = await open(context);
  for (const fields of [p256, universal]) {
    const { id } = await opened.create(fields);
    const kids: (string | undefined)[] = [];
    const registry = over(opened, (entry, real) => {
      kids.push(entry.key?.kid);
      return kids.length < 4 ? Promise.resolve('conflict') : real.update(entry);
    });
    await registry.update({ ...renewal, id });
    assert.equal(kids.length, 4);
    assert.equal(new Set(kids).size, 1);
    assert.equal((await opened.storage.stores.clientKeys.current(id))?.kid, kids[0]);
  }
  assert.deepEqual([opened.asked(), opened.signer.keys.size], [2, 2]);
});

test('a key of a type that another write has changed meanwhile is discarded', async (context) => {
  const opened = await open(context);
  const local = { ...p256, signaturesAdapter: 'internal' } as const;
  const none = { keyPairType: null, signaturesAdapter: 'internal', idTokenSignatureAlg: 'RS256' } as const;
  for (const [other, type] of [
    [local, 'EC'],
    [none, undefined],
  ] as const) {
    const { id } = await opened.create(universal);
    const before = new Set(opened.signer.keys.keys());
    let isFirst = true;
    const registry = over(opened, async (entry, real) => {
      if (isFirst) await opened.openAnother().update({ ...request, id, patch: () => other });
      isFirst = false;
      return real.update(entry);
    });
    const renewed = registry.update({ ...renewal, id });
    await (type === undefined ? assert.rejects(renewed, { code: 'invalid' }) : renewed);
    const current = await opened.storage.stores.clientKeys.current(id);
    assert.equal(current?.publicJwk['kty'], type);
    assert.deepEqual(new Set(opened.signer.keys.keys()), before);
  }
  assert.equal(opened.asked(), 4);
});

test('a key that another write has made superfluous is discarded, though the request succeeds', async (context) => {
  const opened = await open(context);
  const { id } = await opened.create(p256);
  let isFirst = true;
  const registry = over(opened, async (entry, real) => {
    if (isFirst) await opened.openAnother().update({ ...request, id, patch: () => universal });
    isFirst = false;
    return real.update(entry);
  });
  await registry.update({ ...request, id, patch: () => ({ ...universal, name: 'Shop' }) });
  const current = await opened.storage.stores.clientKeys.current(id);
  assert.deepEqual([...opened.signer.keys.keys()], [current?.remoteId]);
  assert.equal(opened.asked(), 2);
});

test('what is in hand is discarded when another type is taken, and never once it is stored', async () => {
  const discarded: string[] = [];
  const keyMaker: Pick<KeyMaker, 'make' | 'discard'> = {
    make: async (clientId, { type }) => aClientKey(type, clientId),
    discard: async ({ kid }) => {
      discarded.push(kid);
    },
  };
  const withKeyInHand = createKeyHands(keyMaker);
  await withKeyInHand(async ({ take, letGo }) => {
    await take('client', p256.keyPairType);
    await take('client', universal.keyPairType);
    letGo();
  });
  assert.deepEqual(discarded, ['ec']);
});

test('a key whose write failed is discarded, unless it was stored all the same', async (context) => {
  const opened = await open(context);
  const { signer, storage } = opened;
  const { id } = await opened.create(universal);
  const held = new Set(signer.keys.keys());
  const lost = over(opened, () => Promise.reject(new Error('connection lost')));
  await assert.rejects(lost.update({ ...renewal, id }), { message: 'connection lost' });
  assert.deepEqual(new Set(signer.keys.keys()), held);

  const unsure = over(opened, async (entry, real) => {
    await real.update(entry);
    throw new Error('connection lost');
  });
  await assert.rejects(unsure.update({ ...renewal, id }), { message: 'connection lost' });
  const current = await storage.stores.clientKeys.current(id);
  assert.ok(signer.keys.has(current?.remoteId ?? ''));
  assert.equal(signer.keys.size, 2);
});

test('a creation that another one comes before discards its key', async (context) => {
  const opened = await open(context);
  const { storage, signer } = opened;
  const real = storage.stores.clients;
  for (const outcome of ['conflict', 'taken'] as const) {
    const registry = opened.openOver({ ...real, insert: async () => outcome });
    const code = outcome === 'taken' ? 'invalid' : 'contended';
    await assert.rejects(registry.create({ ...request, patch: () => universal }), { code });
    assert.equal(signer.keys.size, 0);
  }
  assert.equal(opened.asked(), 2);
});

test('a signer that is gone when a key is discarded changes nothing about the refusal', async (context) => {
  const opened = await open(context);
  const real = opened.storage.stores.clients;
  const registry = opened.openOver({
    ...real,
    insert: async () => {
      await opened.signer.stop();
      return 'taken';
    },
  });
  await assert.rejects(registry.create({ ...request, patch: () => universal }), { code: 'invalid' });
});

test('a signer that answers the same key twice gives nobody a key, and its owner keeps it', async (context) => {
  const opened = await open(context);
  const { registry, signer, clientKeys } = opened;
  const owner = await opened.create(universal);
  const { id: other } = await opened.create({ ...p256, signaturesAdapter: 'internal' });
  opened.repeat();
  const unavailable = { code: 'signer_unavailable' };
  await assert.rejects(opened.create(universal), unavailable);
  await assert.rejects(registry.update({ ...request, id: other, patch: () => universal }), unavailable);
  await assert.rejects(registry.update({ ...renewal, id: owner.id }), unavailable);
  assert.deepEqual(await registry.get({ ...request, id: owner.id }), owner);
  assert.equal((await registry.get({ ...request, id: other })).revision, 1);
  assert.equal((await registry.list(request)).length, 2);
  assert.equal(signer.keys.size, 1);
  const { sign } = await clientKeys.signerOf(owner.id, 'EdDSA');
  assert.equal((await sign(Buffer.from('data'))).byteLength, 64);
});

test('a client whose keys were renewed as often as they may be waits until former ones have expired', async (context) => {
  const opened = await open(context);
  const { registry, clock, clientKeys, signer } = opened;
  const { id } = await opened.create(universal);
  for (let times = 0; times < 20; times++) await registry.update({ ...renewal, id });
  const before = await registry.get({ ...request, id });
  await assert.rejects(registry.update({ ...renewal, id }), { code: 'keys_full' });
  const patch = () => ({ ...p256, signaturesAdapter: 'internal' }) as const;
  await assert.rejects(registry.update({ ...request, id, patch }), { code: 'keys_full' });
  assert.deepEqual(await registry.get({ ...request, id }), before);
  assert.equal((await clientKeys.published()).length, 21);
  assert.equal(signer.keys.size, 21);
  clock.advance(86_461);
  await clientKeys.removeExpired();
  await registry.update({ ...request, id, patch });
  assert.equal((await clientKeys.published()).length, 2);
});
