import type { KeyObject } from 'node:crypto';
import type { StoredClientKey } from './client-key-store.ts';
import { didKeyOf } from './did-key.ts';
import { jwsAlgorithmsOf } from './jws-algorithm.ts';
import { publicJwkOf } from './public-jwk.ts';

/** A kind of key pair that a client may have. `universal` is Ed25519, held by the remote signer. */
export type ClientKeyType =
  | { readonly type: 'rsa'; readonly modulusLength: number; readonly publicExponent: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly type: 'universal' };

/** A key pair that was made for a client. */
export interface ClientKey extends StoredClientKey {
  /** PEM (SubjectPublicKeyInfo). */
  readonly publicKey: string;
  /** `did:key` of the public key. */
  readonly did: string;
}

/**
 * Why there is no key or no signature: too many keys are being made (`busy`), the remote signer does not do its work
 * (`signer-unavailable`), or nothing here can sign for the client (`no-signer`).
 */
export type ClientKeyFault = 'busy' | 'signer-unavailable' | 'no-signer';

/** The same, or the client has another kind of key than when its record was read (`key-changed`). */
export type ClientKeyErrorCode = ClientKeyFault | 'key-changed';

/** Nothing was made or signed. The message is for the log. */
export class ClientKeyError extends Error {
  override readonly name = 'ClientKeyError';
  readonly code: ClientKeyErrorCode;

  constructor(code: ClientKeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a key's sealed form is bound to, so that it cannot be moved to another client. */
export function sealingContext({ clientId, kid }: Pick<ClientKey, 'clientId' | 'kid'>): string {
  return `client-key/${clientId}/${kid}`;
}

/** All that is public of a client's key: `alg` is named where the key has one algorithm alone. */
export function describePublicKey(
  publicKey: KeyObject,
): Pick<ClientKey, 'kid' | 'publicJwk' | 'publicKey' | 'did'> {
  const [algorithm, ...others] = jwsAlgorithmsOf(publicKey);
  const publicJwk = publicJwkOf(publicKey, others.length === 0 ? algorithm : undefined);
  return {
    kid: publicJwk.kid,
    publicJwk,
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    did: didKeyOf(publicKey),
  };
}
