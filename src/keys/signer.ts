import { type KeyObject, sign } from 'node:crypto';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** Signs with one key. The internal signer holds the key in this process; a remote one would answer with a promise. */
export interface Signer {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string;
  /** A JWS signature of `data` (RFC 7518 §3). */
  readonly sign: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

type InternalSign = (privateKey: KeyObject) => Signer['sign'];

const internalSign: Readonly<Record<SigningAlgorithm, InternalSign>> = {
  ES256(privateKey) {
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return (data) => sign('sha256', data, key);
  },
  // An RSA signature takes twenty times as long: it is made off the event loop.
  RS256: (privateKey) => (data) =>
    new Promise((resolve, reject) => {
      sign('sha256', data, privateKey, (error, signature) => (error ? reject(error) : resolve(signature)));
    }),
};

/** Makes a signer that holds `privateKey` in this process. */
export function createInternalSigner(key: {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
}): Signer {
  return { algorithm: key.algorithm, kid: key.kid, sign: internalSign[key.algorithm](key.privateKey) };
}
