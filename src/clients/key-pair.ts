import type { JsonObject } from '../kernel/encoding.ts';
import type { KeyPairType } from './client.ts';

/** A key pair that was made for a client, as it is stored. `keys/` makes it. */
export interface ClientKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly clientId: string;
  /** Public members alone. */
  readonly publicJwk: JsonObject;
  /** PEM (SubjectPublicKeyInfo). */
  readonly publicKey: string;
  /** `did:key` of the public key. */
  readonly did: string;
  /** The private key under the master key; null where a remote signer holds it. */
  readonly sealed: string | null;
  /** What the remote signer calls the key; null where the private key is here. */
  readonly remoteId: string | null;
}

/** Why no key was made: too many are being made, the remote signer does not do its work, or there is none. */
export type KeyRefusal = 'busy' | 'signer-unavailable' | 'no-signer';

/** The most former key pairs of a client that are published beside its present one, so that nobody can make the JWK Set huge. */
export const mostRetiredKeys = 20;

/** Makes key pairs, off the event loop. `keys/` implements it. */
export interface KeyMaker {
  readonly make: (clientId: string, type: KeyPairType) => Promise<ClientKey | KeyRefusal>;
  /** Ends a key that was made for nothing; one that is stored after all stays. Never rejects. */
  readonly discard: (key: ClientKey) => Promise<void>;
  /** The `did:key` of a public key in PEM. */
  readonly didOf: (publicKey: string) => string;
}

/** What a request renews beside the fields that it names: the key pair, or the DID of the present one. */
export type Renewal = 'key-pair' | 'did';
