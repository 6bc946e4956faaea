import { createPublicKey, type KeyObject } from 'node:crypto';
import { type JsonObject, sha256 } from '../kernel/encoding.ts';
import type { JwsAlgorithm } from './jws-algorithm.ts';

/** A public key as it is published: `use` is `sig`, `kid` the thumbprint (RFC 7638). */
export type PublicJwk = JsonObject & { readonly kid: string };

/**
 * The public JWK (RFC 7517 §4) of a private or public key. It is derived from the key and never copied from what is
 * stored, so that it holds no private member whatever the database says.
 * @param algorithm its `alg`; absent where the key may sign with several
 */
export function publicJwkOf(key: KeyObject, algorithm?: JwsAlgorithm): PublicJwk {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  return { ...jwk, use: 'sig', ...(algorithm && { alg: algorithm }), kid: thumbprint(jwk) };
}

/** RFC 7638 §3: the public members alone, in lexicographic order. A bare public JWK has no others. */
function thumbprint(publicJwk: Readonly<Record<string, string>>): string {
  const members = Object.entries(publicJwk).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(Object.fromEntries(members)));
}
