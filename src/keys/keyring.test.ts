import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { createEnding } from '../../test/fixtures/teardown.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { createManualClock } from '../kernel/clock.ts';
import { randomOctets } from '../kernel/random.ts';
import { MasterKeyError } from './key-set.ts';
import { type Keyring, type KeyringDeps, openKeyring } from './keyring.ts';
import { createSecretKeeper } from './secret-keeper.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';
import type { KeyStore } from './store.ts';
import { createVault, type Vault, VaultError } from './vault.ts';

async function openFixture() {
  const ending = createEnding();
  const storage = await openTestStorage(ending);
  const clock = createManualClock();
  const vault = createVault(randomOctets(32));
  const store = storage.stores.keys;
  return {
    clock,
    vault,
    store,
    open: (changes: Partial<KeyringDeps> = {}) =>
      openKeyring({
        store,
        vault,
        clock,
        algorithms: ['ES256', 'RS256'],
        longestTokenLifetimeSeconds: 600,
        ...changes,
      }),
    [Symbol.asyncDispose]: () => ending[Symbol.asyncDispose](),
  };
}

const jwksOf = (keyring: Keyring) => ({ keys: keyring.keySet().publicJwks }) as unknown as JSONWebKeySet;
const states = async (store: KeyStore) =>
  (await store.loadAll()).map(({ algorithm, state }) => `${algorithm} ${state}`).sort();

async function sign(keyring: Keyring, algorithm: SigningAlgorithm): Promise<string> {
  const { kid, sign: make } = keyring.keySet().signer(algorithm);
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const input = `${encode(JSON.stringify({ alg: algorithm, kid }))}.${encode('payload')}`;
  return `${input}.${Buffer.from(await make(Buffer.from(input))).toString('base64url')}`;
}
const verify = (token: string, keyring: Keyring) => compactVerify(token, createLocalJWKSet(jwksOf(keyring)));

test('the first start makes a current and a next key per algorithm and a pepper, later ones none', async () => {
  await using fixture = await openFixture();
  const first = await fixture.open();
  const expected = ['ES256 current', 'ES256 next', 'HS256 current', 'RS256 current', 'RS256 next'];
  assert.deepEqual(await states(fixture.store), expected);
  const second = await fixture.open();
  assert.deepEqual(second.keySet().publicJwks, first.keySet().publicJwks);
  assert.deepEqual(await states(fixture.store), expected);
});

test('an algorithm that is added later gets its keys at the next start', async () => {
  await using fixture = await openFixture();
  await fixture.open({ algorithms: ['ES256'] });
  const jwks = (await fixture.open()).keySet().publicJwks;
  assert.deepEqual(new Set(jwks.map(({ alg }) => alg)), new Set(['ES256', 'RS256']));
});

test('nodes that start together end up with the same keys', async () => {
  await using fixture = await openFixture();
  const keyrings = await Promise.all([fixture.open(), fixture.open(), fixture.open()]);
  assert.equal(new Set(keyrings.map((keyring) => JSON.stringify(keyring.keySet().publicJwks))).size, 1);
  assert.equal((await fixture.store.loadAll()).length, 5);
});

test('the published keys hold public members alone, and each is named by its thumbprint', async () => {
  await using fixture = await openFixture();
  const { keys } = jwksOf(await fixture.open());
  assert.equal(keys.length, 4);
  for (const key of keys) {
    assert.equal(key.kid, await calculateJwkThumbprint(key));
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) assert.equal(member in key, false);
  }
});

for (const algorithm of ['ES256', 'RS256'] as const) {
  // against: tokens/rotation
  test(`what ${algorithm} signed before two rotations verifies until it must have expired`, async () => {
    await using fixture = await openFixture();
    const keyring = await fixture.open();
    const announced = jwksOf(keyring).keys.map(({ kid }) => kid);
    const token = await sign(keyring, algorithm);

    assert.equal(await keyring.rotate(algorithm), 'rotated');
    assert.ok(
      announced.includes(keyring.keySet().signer(algorithm).kid),
      'the next key was published before',
    );
    fixture.clock.advance(600);
    assert.equal(await keyring.rotate(algorithm), 'rotated');
    await verify(token, keyring);
    await verify(await sign(keyring, algorithm), keyring);

    fixture.clock.advance(4200);
    assert.equal(await keyring.removeRetired(), 0);
    fixture.clock.advance(1);
    assert.equal(await keyring.removeRetired(), 2);
    await assert.rejects(verify(token, keyring), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });
}

test('another node signs with the new key once it has reloaded, and knew it before', async () => {
  await using fixture = await openFixture();
  const [one, two] = [await fixture.open(), await fixture.open()];
  await one.rotate('ES256');
  const { kid } = one.keySet().signer('ES256');
  assert.notEqual(two.keySet().signer('ES256').kid, kid);
  assert.ok(two.keySet().verificationKey(kid));
  await two.reload();
  assert.equal(two.keySet().signer('ES256').kid, kid);
});

test('of two nodes that rotate at once, one does, and both sign with the same key afterwards', async () => {
  await using fixture = await openFixture();
  const [one, two] = [await fixture.open(), await fixture.open()];
  const both = createBarrier(2);
  const meeting = (store: KeyStore): KeyStore => ({
    ...store,
    change: async (entry) => {
      await both();
      return store.change(entry);
    },
  });
  const racing = await Promise.all([
    fixture.open({ store: meeting(fixture.store) }),
    fixture.open({ store: meeting(fixture.store) }),
  ]);
  const outcomes = await Promise.all(racing.map((keyring) => keyring.rotate('ES256')));
  assert.deepEqual(outcomes.toSorted(), ['conflict', 'rotated']);
  await Promise.all([one.reload(), two.reload()]);
  assert.equal(new Set([one, two, ...racing].map((keyring) => keyring.keySet().signer('ES256').kid)).size, 1);
});

test('another master key is a clear error and changes nothing', async () => {
  await using fixture = await openFixture();
  await fixture.open();
  const before = await fixture.store.loadAll();
  const algorithms = ['ES256', 'RS256'] as const;
  await assert.rejects(fixture.open({ vault: createVault(randomOctets(32)), algorithms }), (error) => {
    assert.ok(error instanceof MasterKeyError);
    assert.match(error.message, /master key/);
    return true;
  });
  assert.deepEqual(await fixture.store.loadAll(), before);
});

test('a sealed key that was altered or moved to another row does not open', async () => {
  await using fixture = await openFixture();
  await fixture.open();
  const rows = await fixture.store.loadAll();
  const [first, second] = rows;
  assert.ok(first && second);
  for (const sealed of [second.sealed, `${first.sealed.slice(0, -4)}AAAA`]) {
    const store = {
      ...fixture.store,
      loadAll: async () => rows.map((row) => (row === first ? { ...row, sealed } : row)),
    };
    await assert.rejects(fixture.open({ store }), VaultError);
  }
});

test('verifiers match the secret that they were made of, and nothing else', async () => {
  await using fixture = await openFixture();
  const keeper = createSecretKeeper({
    keyring: await fixture.open(),
    vault: fixture.vault,
    secretStorage: 'sealed',
  });
  const verifier = keeper.makeVerifier('right');
  assert.equal(keeper.matches('right', verifier), true);
  assert.equal(keeper.matches('wrong', verifier), false);
  assert.equal(keeper.matches('right', { ...verifier, pepper: 'unknown' }), false);
  assert.equal(keeper.matches('right', { ...verifier, digest: '' }), false);
});

test('a kept secret opens for its own client alone, and not at all where secrets are not kept', async () => {
  await using fixture = await openFixture();
  const keyring = await fixture.open();
  const keep = (vault: Vault, secretStorage: 'sealed' | 'hashed') =>
    createSecretKeeper({ keyring, vault, secretStorage });
  const context = { clientId: 'a', secretId: 'b' };
  const sealed = keep(fixture.vault, 'sealed').seal('secret', context) ?? '';
  assert.equal(keep(fixture.vault, 'sealed').open(sealed, context), 'secret');
  assert.throws(() => keep(fixture.vault, 'sealed').open(sealed, { ...context, clientId: 'c' }), VaultError);
  assert.equal(keep(fixture.vault, 'hashed').seal('secret', context), null);
  assert.throws(() => keep(fixture.vault, 'hashed').open(sealed, context), /not kept/);
});

/** Resolves once it was called `count` times. */
function createBarrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  return () => {
    waiting += 1;
    if (waiting === count) resolve();
    return promise;
  };
}
