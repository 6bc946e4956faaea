import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import { startRemoteSigner } from '../../test/fixtures/remote-signer.ts';
import { createOperatorService } from '../egress/operator-service.ts';
import { silentLogger } from '../kernel/logger.ts';
import { randomOctets, randomUuid } from '../kernel/random.ts';
import { type ClientKey, type ClientKeyFault, type ClientKeyType, sealingContext } from './client-key.ts';
import { createClientKeyMaker } from './client-key-maker.ts';
import { createRemoteSigner } from './remote-signer.ts';
import { createVault } from './vault.ts';

const vault = createVault(randomOctets(32));
const clientId = randomUuid();
const withoutSigner = { vault, remoteSigner: null, logger: silentLogger };
const rsa = (modulusLength: number): ClientKeyType => ({
  type: 'rsa',
  modulusLength,
  publicExponent: 65_537,
});
const ec = (curve: 'P-256' | 'P-384' | 'P-521'): ClientKeyType => ({ type: 'ec', curve });

function asKey(made: ClientKey | ClientKeyFault): ClientKey {
  assert.ok(typeof made !== 'string', String(made));
  return made;
}

const types: readonly (readonly [ClientKeyType, jwk: object, did: RegExp])[] = [
  [rsa(2048), { kty: 'RSA', e: 'AQAB' }, /^did:key:z4MX/],
  [rsa(2049), { kty: 'RSA', e: 'AQAB' }, /^did:key:z/],
  [ec('P-256'), { kty: 'EC', crv: 'P-256', alg: 'ES256' }, /^did:key:zDn/],
  [ec('P-384'), { kty: 'EC', crv: 'P-384', alg: 'ES384' }, /^did:key:z82/],
  [ec('P-521'), { kty: 'EC', crv: 'P-521', alg: 'ES512' }, /^did:key:z2J9/],
];

for (const [type, members, did] of types) {
  test(`a key is made as its type says, and sealed for its client: ${JSON.stringify(type)}`, async () => {
    const key = asKey(await createClientKeyMaker(withoutSigner).make(clientId, type));
    const { kid, use, alg, ...bare } = key.publicJwk;
    assert.equal(kid, key.kid);
    assert.equal(kid, await calculateJwkThumbprint(bare));
    assert.equal(use, 'sig');
    assert.deepEqual({ ...bare, ...(alg !== undefined && { alg }) }, { ...bare, ...members });
    assert.deepEqual(
      Object.keys(bare).filter((name) => !['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name)),
      [],
    );
    assert.match(key.did, did);
    assert.match(key.publicKey, /^-----BEGIN PUBLIC KEY-----\n/);
    assert.ok(createPublicKey(key.publicKey).equals(createPublicKey({ key: bare, format: 'jwk' })));
    assert.equal(key.clientId, clientId);
    assert.equal(key.remoteId, null);
    const pkcs8 = vault.open(String(key.sealed), sealingContext(key));
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    assert.ok(createPublicKey(privateKey).equals(createPublicKey(key.publicKey)));
  });
}

test('a modulus has the length that was asked for', async () => {
  const key = asKey(await createClientKeyMaker(withoutSigner).make(clientId, rsa(3072)));
  assert.equal(createPublicKey(key.publicKey).asymmetricKeyDetails?.modulusLength, 3072);
});

test('every key is another', async () => {
  const { make } = createClientKeyMaker(withoutSigner);
  const [one, other] = await Promise.all([make(clientId, ec('P-256')), make(clientId, ec('P-256'))]);
  assert.notEqual(asKey(one).kid, asKey(other).kid);
});

test('an RSA key that would be weak or costly is not made, whoever asks', async () => {
  const { make } = createClientKeyMaker(withoutSigner);
  for (const modulusLength of [0, 1024, 2047, 2048.5, 4097, 16_384, Number.NaN]) {
    await assert.rejects(make(clientId, rsa(modulusLength)), RangeError);
  }
  for (const publicExponent of [1, 3, 65_536]) {
    await assert.rejects(make(clientId, { type: 'rsa', modulusLength: 2048, publicExponent }), RangeError);
  }
});

test('the event loop turns while a key of 4096 bits is made', async () => {
  let turns = 0;
  let isMade = false;
  const making = createClientKeyMaker(withoutSigner)
    .make(clientId, rsa(4096))
    .finally(() => {
      isMade = true;
    });
  while (!isMade) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  assert.equal(createPublicKey(asKey(await making).publicKey).asymmetricKeyDetails?.modulusLength, 4096);
  assert.ok(turns > 20, `${turns} turns`);
});

test('who asks for an RSA key while too many are being made is told so at once, and the others get theirs', async () => {
  const { make } = createClientKeyMaker(withoutSigner);
  const asked = Array.from({ length: 11 }, () => make(clientId, rsa(2048)));
  assert.equal(await Promise.race(asked), 'busy');
  const made = await Promise.all(asked);
  assert.deepEqual(
    made.map((key) => typeof key === 'string'),
    [...Array(10).fill(false), true],
  );
  asKey(await make(clientId, rsa(2048)));
});

test('a key of a curve waits behind no RSA key, and as many are made as are asked for', async () => {
  const { make } = createClientKeyMaker(withoutSigner);
  const ended: string[] = [];
  const note = async (kind: string, making: ReturnType<typeof make>) => {
    asKey(await making);
    ended.push(kind);
  };
  const costly = Array.from({ length: 10 }, () => note('RSA', make(clientId, rsa(3072))));
  const cheap = Array.from({ length: 100 }, () => note('EC', make(clientId, ec('P-256'))));
  await Promise.all(cheap);
  assert.ok(ended.filter((kind) => kind === 'RSA').length < 10);
  await Promise.all(costly);
});

test('a universal key is made by the remote signer and never held here', async (context) => {
  const signer = await startRemoteSigner(context);
  const post = createOperatorService({ ...signer, allowLoopback: true, certificateAuthorities: signer.ca });
  const { make } = createClientKeyMaker({ ...withoutSigner, remoteSigner: createRemoteSigner({ post }) });
  const key = asKey(await make(clientId, { type: 'universal' }));
  const [[remoteId, held] = []] = signer.keys;
  assert.equal(key.sealed, null);
  assert.equal(key.remoteId, remoteId);
  assert.equal(held?.clientId, clientId);
  assert.ok(held && createPublicKey(held.privateKey).equals(createPublicKey(key.publicKey)));
  assert.equal(key.publicJwk['alg'], 'EdDSA');
  assert.match(key.did, /^did:key:z6Mk/);
});

test('without a remote signer, or with one that fails, there is no universal key', async (context) => {
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (facts: object) => warnings.push(facts) };
  const universal: ClientKeyType = { type: 'universal' };
  const { make } = createClientKeyMaker({ vault, remoteSigner: null, logger });
  assert.equal(await make(clientId, universal), 'no-signer');

  const signer = await startRemoteSigner(context);
  const post = createOperatorService({ ...signer, allowLoopback: true, certificateAuthorities: signer.ca });
  const failing = createClientKeyMaker({ vault, remoteSigner: createRemoteSigner({ post }), logger });
  signer.behave('server-error');
  assert.equal(await failing.make(clientId, universal), 'signer-unavailable');
  assert.equal(warnings.length, 2);
});
