import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import type { JsonObject } from '../kernel/encoding.ts';

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** What is wrong with `pem` as a client's public key (RFC 7468 §13); a private key is refused, never stored. */
export function publicKeyPemFault(pem: string): string | undefined {
  if (!/^\s*-----BEGIN PUBLIC KEY-----[\s\S]*-----END PUBLIC KEY-----\s*$/.test(pem)) {
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

/** RFC 7518 §3.3 asks for 2048 bits; beyond 8192 a verification is a burden that a caller could lay on us. */
function strengthFault(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return undefined;
  if (type === 'ec' && curves.has(details?.namedCurve ?? '')) return undefined;
  const bits = details?.modulusLength ?? 0;
  if (type === 'rsa' && bits >= 2048 && bits <= 8192) return undefined;
  return 'must be RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, or Ed25519';
}
