import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import type { JsonObject } from '../kernel/encoding.ts';
import { publicJwkFault, publicKeyPemFault } from './public-key.ts';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const ec = (namedCurve: string): KeyPair => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number, publicExponent = 65_537): KeyPair =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent });

const fit: Readonly<Record<string, KeyPair>> = {
  'RSA 2048': rsa(2048),
  'P-256': ec('P-256'),
  'P-384': ec('P-384'),
  'P-521': ec('P-521'),
  Ed25519: generateKeyPairSync('ed25519'),
};

const unfit: Readonly<Record<string, KeyPair>> = {
  'RSA 1024': rsa(1024),
  'RSA 2040': rsa(2040),
  'RSA with exponent 3': rsa(2048, 3),
  secp256k1: ec('secp256k1'),
  X25519: generateKeyPairSync('x25519'),
  Ed448: generateKeyPairSync('ed448'),
};

function jwkOf(key: KeyObject): JsonObject {
  return key.export({ format: 'jwk' }) as JsonObject;
}

function pemOf({ publicKey }: KeyPair): string {
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

test('a public key of a usual kind and strength is accepted, as a JWK and as PEM', () => {
  for (const [name, pair] of Object.entries(fit)) {
    assert.equal(publicJwkFault({ ...jwkOf(pair.publicKey), kid: '1', use: 'sig' }), undefined, name);
    assert.equal(publicKeyPemFault(pemOf(pair)), undefined, name);
  }
});

test('a weak key, and one of another kind, is refused', () => {
  for (const [name, pair] of Object.entries(unfit)) {
    assert.notEqual(publicKeyPemFault(pemOf(pair)), undefined, name);
    if (pair.publicKey.asymmetricKeyType === 'ec' && name === 'secp256k1') {
      assert.notEqual(publicJwkFault({ ...jwkOf(pair.publicKey) }), undefined, name);
    }
  }
});

test('an RSA key for whose exponent anyone can sign, or nobody can verify in time, is refused', () => {
  const jwk = jwkOf(rsa(2048).publicKey);
  const longExponent = Buffer.alloc(64, 0xff).toString('base64url');
  for (const e of ['AQ', 'AA', 'Aw', 'AQAA', longExponent, '']) {
    assert.notEqual(publicJwkFault({ ...jwk, e }), undefined, e);
  }
});

test('a private or a shared key is refused, whichever of its members is sent', () => {
  for (const [name, { privateKey, publicKey }] of Object.entries(fit)) {
    assert.equal(publicJwkFault(jwkOf(privateKey)), 'must hold public keys only', name);
    assert.equal(publicJwkFault({ ...jwkOf(publicKey), d: null }), 'must hold public keys only', name);
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    assert.notEqual(publicKeyPemFault(pem), undefined, name);
    assert.notEqual(publicKeyPemFault(`${pemOf({ privateKey, publicKey })}${pem}`), undefined, name);
  }
  assert.equal(publicJwkFault({ kty: 'oct', k: 'c2VjcmV0' }), 'must hold public keys only');
});

test('a private key between two public ones is not overlooked', () => {
  const pair = ec('P-256');
  const hidden = pair.privateKey.export({ format: 'pem', type: 'pkcs8' });
  assert.notEqual(publicKeyPemFault(`${pemOf(pair)}${hidden}${pemOf(pair)}`), undefined);
});

test('junk is refused and never throws', () => {
  const point = jwkOf(ec('P-256').publicKey);
  const jwks: readonly JsonObject[] = [
    {},
    { kty: 'EC' },
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    { ...point, x: 7 },
    { ...point, crv: 'P-999' },
    { ...point, y: 'AA' },
    { kty: 'RSA', n: '', e: 'AQAB' },
    { kty: ['EC'] },
    { kty: 'OKP', crv: 'Ed25519', x: '' },
  ];
  for (const jwk of jwks) assert.notEqual(publicJwkFault(jwk), undefined, JSON.stringify(jwk));
  const block = (body: string) => `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`;
  for (const pem of ['', 'junk', block(''), block('AAAA'), block('ümlaut'), `x${pemOf(ec('P-256'))}`]) {
    assert.notEqual(publicKeyPemFault(pem), undefined, pem);
  }
});
