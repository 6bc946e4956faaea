import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AssertionParts,
  makeAssertion,
  makeKeyPair,
  toJwk,
  toPem,
} from '../../../test/fixtures/client-assertion.ts';
import { aClient, someTime } from '../../../test/fixtures/storage-entries.ts';
import type { Client, SignatureAlg } from '../../clients/client.ts';
import type { PublicKeyAlg } from './assertion.ts';
import { createPrivateKeyJwt } from './private-key-jwt.ts';

const { verify } = createPrivateKeyJwt();
const pairs = {
  RSA: makeKeyPair('RS256'),
  'P-256': makeKeyPair('ES256'),
  'P-384': makeKeyPair('ES384'),
  'P-521': makeKeyPair('ES512'),
  Ed25519: makeKeyPair('EdDSA'),
};
const other = makeKeyPair('ES256');
const pairOf: Readonly<Record<PublicKeyAlg, keyof typeof pairs>> = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
};
const algs = Object.keys(pairOf) as PublicKeyAlg[];
const p256 = pairs['P-256'];

/** Whether the method accepts an ES256 assertion, or one of other parts, for a client with `record`. */
function accepts(
  record: Partial<Client>,
  {
    alg = 'ES256',
    name = alg,
    kid,
    key = p256.privateKey,
  }: Partial<AssertionParts> & {
    readonly alg?: PublicKeyAlg;
    readonly name?: string;
    readonly kid?: string;
  } = {},
): Promise<boolean> {
  const jws = makeAssertion({ header: { alg: name, kid }, claims: {}, alg, key });
  const client = aClient({ tokenEndpointJwtAuthAlg: 'ES256', ...record });
  return verify({ jws, alg, kid, jti: 'a', exp: someTime }, client);
}

test('every algorithm verifies with a key of its kind, in PEM or as a JWK, for a client that has it', async () => {
  for (const alg of algs) {
    const { publicKey, privateKey } = pairs[pairOf[alg]];
    const record = { tokenEndpointJwtAuthAlg: alg };
    for (const keys of [{ jwtPublicKey: toPem(publicKey) }, { jwks: { keys: [toJwk(publicKey)] } }]) {
      assert.equal(await accepts({ ...record, ...keys }, { alg, key: privateKey }), true, alg);
    }
  }
});

test('no other algorithm is accepted, not one of the same family either', async () => {
  const keys = Object.values(pairs).map(({ publicKey }) => toJwk(publicKey));
  for (const registered of [...algs, 'HS256'] satisfies SignatureAlg[]) {
    for (const alg of algs) {
      const key = pairs[pairOf[alg]].privateKey;
      const record = { tokenEndpointJwtAuthAlg: registered, jwks: { keys } };
      assert.equal(await accepts(record, { alg, key }), alg === registered, `${alg} for ${registered}`);
    }
  }
});

test('both names of EdDSA are accepted, in the header and in a JWK', async () => {
  const { publicKey, privateKey: key } = pairs.Ed25519;
  for (const name of ['EdDSA', 'Ed25519']) {
    for (const alg of ['EdDSA', 'Ed25519']) {
      const record = {
        tokenEndpointJwtAuthAlg: 'EdDSA',
        jwks: { keys: [toJwk(publicKey, { alg })] },
      } as const;
      assert.equal(await accepts(record, { alg: 'EdDSA', name, key }), true);
    }
  }
});

test('a header whose algorithm is another than it was read with is not verified', async () => {
  const record = { jwtPublicKey: toPem(p256.publicKey) };
  for (const name of ['none', 'ES384', 'HS256', 'RS256'])
    assert.equal(await accepts(record, { name }), false);
});

test('a kid names a key of the set, and without one every key that fits is tried', async () => {
  const keys = [
    toJwk(pairs.RSA.publicKey, { kid: 'rsa' }),
    toJwk(other.publicKey, { kid: 'other' }),
    toJwk(p256.publicKey, { kid: 'mine' }),
  ];
  assert.equal(await accepts({ jwks: { keys } }, { kid: 'mine' }), true);
  assert.equal(await accepts({ jwks: { keys } }), true);
  for (const kid of ['other', 'rsa', 'unknown', '', 'Mine']) {
    assert.equal(await accepts({ jwks: { keys } }, { kid }), false, kid);
  }
  assert.equal(await accepts({ jwks: { keys: [toJwk(p256.publicKey)] } }, { kid: 'mine' }), false);
});

test('the key in PEM has no name, and stands beside the set', async () => {
  const jwks = { keys: [toJwk(other.publicKey, { kid: 'other' })] };
  const record = { jwks, jwtPublicKey: toPem(p256.publicKey) };
  for (const kid of [undefined, 'other', 'any']) {
    assert.equal(await accepts(record, kid === undefined ? {} : { kid }), true);
  }
  assert.equal(await accepts(record, { key: other.privateKey, kid: 'other' }), true);
  assert.equal(await accepts({ jwtPublicKey: toPem(other.publicKey) }), false);
});

test('what a JWK says it is for is binding', async () => {
  const accepted = [
    { use: 'sig' },
    { alg: 'ES256' },
    { key_ops: ['verify'] },
    { key_ops: ['sign', 'verify'] },
  ];
  const refused = [
    { use: 'enc' },
    { alg: 'ES384' },
    { alg: 'ECDH-ES' },
    { key_ops: ['sign'] },
    { key_ops: [] },
  ];
  for (const members of [...accepted, ...refused]) {
    const expected = accepted.includes(members as (typeof accepted)[number]);
    const keys = [toJwk(p256.publicKey, members as Record<string, string>)];
    assert.equal(await accepts({ jwks: { keys } }), expected, JSON.stringify(members));
  }
});

test('a client without a key, and no client at all, are refused by one verification', async (context) => {
  const { mock } = context.mock.method(crypto.subtle, 'verify');
  for (const alg of algs) {
    const { privateKey: key } = pairs[pairOf[alg]];
    const jws = makeAssertion({ header: { alg }, claims: {}, alg, key });
    const assertion = { jws, alg, kid: undefined, jti: 'a', exp: someTime };
    for (const client of [undefined, aClient({ tokenEndpointJwtAuthAlg: alg })]) {
      mock.resetCalls();
      assert.equal(await verify(assertion, client), false);
      assert.equal(mock.callCount(), 1, alg);
    }
  }
});

test('a key that is replaced in the record is not remembered as the client’s', async () => {
  assert.equal(await accepts({ jwtPublicKey: toPem(p256.publicKey) }), true);
  assert.equal(await accepts({ jwtPublicKey: toPem(other.publicKey) }), false);
  assert.equal(await accepts({ jwtPublicKey: toPem(p256.publicKey) }), true);
});
