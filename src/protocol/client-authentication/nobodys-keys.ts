import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { randomOctets } from '../../kernel/random.ts';
import type { PublicKeyAlg } from './assertion.ts';

/** Makes a key for each algorithm that no client has: to verify with where there is none, so that time does not tell. */
export function makeNobodysKeys(): Readonly<Record<PublicKeyAlg, KeyObject>> {
  const rsa = makeRsaKey();
  return {
    RS256: rsa,
    RS384: rsa,
    RS512: rsa,
    PS256: rsa,
    PS384: rsa,
    PS512: rsa,
    ES256: makeEcKey('P-256'),
    ES384: makeEcKey('P-384'),
    ES512: makeEcKey('P-521'),
    EdDSA: generateKeyPairSync('ed25519').publicKey,
  };
}

function makeEcKey(namedCurve: string): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).publicKey;
}

/** An odd number is all that verifying needs; to find two primes would be a good part of a server's start. */
function makeRsaKey(): KeyObject {
  const modulus = randomOctets(256);
  modulus.writeUInt8(modulus.readUInt8(0) | 0x80, 0);
  modulus.writeUInt8(modulus.readUInt8(255) | 1, 255);
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' };
  return createPublicKey({ key: jwk, format: 'jwk' });
}
