import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import type { JsonObject } from '../kernel/encoding.ts';

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** What is wrong with `pem` as a client's public key (RFC 7468 §13); a private key is refused, never stored. */
export function publicKeyPemFault(pem: string): string | undefined {
  if (!/^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem)) {
    return 'must be one PEM block "PUBLIC KEY"';
  }
  return keyFault(() => createPublicKey(pem));
}

/** What is wrong with `jwk` as a client's public key (RFC 7517 §4). */
export function publicJwkFault(jwk: JsonObject): string | undefined {
  if (privateMembers.some((member) => member in jwk)) return 'must hold public keys only';
  return keyFault(() => createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' }));
}

function keyFault(read: () => KeyObject): string | undefined {
  try {
    return strengthFault(read());
  } catch {
    return 'holds a key that cannot be read';
  }
}

/**
 * RFC 7518 §3.3 asks for 2048 bits, FIPS 186-5 §A.1.1 for an odd exponent between 2^16 and 2^256: anyone can sign for an
 * exponent of 1. Beyond 8192 bits a verification is a burden that a caller could lay on us.
 */
function strengthFault(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return undefined;
  if (type === 'ec' && curves.has(details?.namedCurve ?? '')) return undefined;
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details ?? {};
  const isStrong = bits >= 2048 && bits <= 8192 && exponent > 2n ** 16n && exponent < 2n ** 256n;
  if (type === 'rsa' && isStrong && exponent % 2n === 1n) return undefined;
  return 'must be RSA of 2048 to 8192 bits with a usual exponent, EC on P-256, P-384 or P-521, or Ed25519';
}
