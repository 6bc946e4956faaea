import type { KeyObject } from 'node:crypto';
import { type KeyKind, keyKindOf } from './key-kind.ts';

/** JWS algorithms with a key pair (RFC 7518 §3.1, RFC 8037 §3.1). Those with a shared secret are in `mac-signer.ts`. */
export type JwsAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA';

const algorithmsOf: Readonly<Record<KeyKind, readonly JwsAlgorithm[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA'],
};

/** The algorithms that a public or private key fits. @throws Error for a key of a kind that there is no use for */
export function jwsAlgorithmsOf(key: KeyObject): readonly JwsAlgorithm[] {
  return algorithmsOf[keyKindOf(key)];
}

/** @throws Error when `key` does not fit `algorithm`, so that nothing is signed or verified with it */
export function checkFits(key: KeyObject, algorithm: JwsAlgorithm): void {
  if (!jwsAlgorithmsOf(key).includes(algorithm)) {
    throw new Error(`${algorithm} does not fit a key of the kind ${keyKindOf(key)}`);
  }
}
