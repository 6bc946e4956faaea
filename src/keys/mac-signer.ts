import { createHmac, createSecretKey } from 'node:crypto';
import { ClientKeyError } from './client-key.ts';

/** JWS algorithms with a shared secret (RFC 7518 §3.2). */
export type MacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** Signs with a client's secret. There is no `kid`: the client knows which secret it has. */
export interface MacSigner {
  readonly algorithm: MacAlgorithm;
  readonly sign: (data: Uint8Array) => Uint8Array;
}

/** The hash, and its length in octets. */
const hashes: Readonly<Record<MacAlgorithm, readonly [name: string, length: number]>> = {
  HS256: ['sha256', 32],
  HS384: ['sha384', 48],
  HS512: ['sha512', 64],
};

/** Whether `name` is an algorithm with a shared secret. */
export function isMacAlgorithm(name: string): name is MacAlgorithm {
  return Object.hasOwn(hashes, name);
}

/**
 * Makes a signer with the UTF-8 octets of `secret` (OpenID Connect Core §10.1).
 * @throws ClientKeyError `no-signer` when the secret is shorter than the hash (RFC 7518 §3.2)
 */
export function createMacSigner(secret: string, algorithm: MacAlgorithm): MacSigner {
  const [hash, length] = hashes[algorithm];
  const octets = Buffer.from(secret);
  if (octets.length < length) {
    throw new ClientKeyError('no-signer', `a secret for ${algorithm} has at least ${length} octets`);
  }
  const key = createSecretKey(octets);
  return { algorithm, sign: (data) => createHmac(hash, key).update(data).digest() };
}
