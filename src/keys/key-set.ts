import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../kernel/encoding.ts';
import { StartError } from '../kernel/start-error.ts';
import { publicJwkOf } from './public-jwk.ts';
import { createInternalSigner, type Signer } from './signer.ts';
import { isSigningAlgorithm, type SigningAlgorithm } from './signing-algorithm.ts';
import type { StoredKey } from './store.ts';
import { type Vault, VaultError } from './vault.ts';

/** A published key, to verify what the server has signed. */
export interface VerificationKey {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string;
  readonly publicKey: KeyObject;
}

/** A key of secret verifiers. */
export interface Pepper {
  readonly id: string;
  readonly key: KeyObject;
}

/** All keys as they stood when they were read: it never changes, so what is derived from it may be kept with it. */
export interface KeySet {
  /** The signer with the current key. @throws Error when there is none for `algorithm` */
  readonly signer: (algorithm: SigningAlgorithm) => Signer;
  readonly verificationKey: (kid: string) => VerificationKey | undefined;
  /** What the JWK Set (RFC 7517 §5) shows of it: the public members of every next, current and retired key. */
  readonly publicJwks: readonly JsonObject[];
  /** The pepper of new verifiers. @throws Error when there is none */
  readonly currentPepper: () => Pepper;
  readonly pepper: (id: string) => Pepper | undefined;
}

/** The stored keys do not open with the master key that the server was started with. */
export class MasterKeyError extends StartError {
  override readonly name = 'MasterKeyError';
}

/** What the sealed form of a key is bound to. */
export function sealingContext(key: Pick<StoredKey, 'purpose' | 'id'>): string {
  return `${key.purpose}/${key.id}`;
}

interface SigningKey {
  readonly signer: Signer;
  readonly verification: VerificationKey;
  readonly jwk: JsonObject;
  readonly isCurrent: boolean;
}

/**
 * Opens stored keys. Key objects are made once, here.
 * @throws MasterKeyError when they were sealed under another master key
 * @throws VaultError when a sealed key was altered
 */
export function openKeySet(rows: readonly StoredKey[], vault: Vault): KeySet {
  const signingKeys = new Map<string, SigningKey>();
  const peppers = new Map<string, Pepper>();
  const signers = new Map<SigningAlgorithm, Signer>();
  let currentPepper: Pepper | undefined;

  for (const row of rows) {
    const octets = openKey(row, vault);
    if (row.purpose === 'pepper') {
      const pepper = { id: row.id, key: createSecretKey(octets) };
      peppers.set(row.id, pepper);
      if (row.state === 'current') currentPepper = pepper;
    } else {
      const key = importSigningKey(row, octets);
      signingKeys.set(row.id, key);
      if (key.isCurrent) signers.set(key.verification.algorithm, key.signer);
    }
  }

  return {
    signer: (algorithm) => signers.get(algorithm) ?? missing(`current ${algorithm} key`),
    verificationKey: (kid) => signingKeys.get(kid)?.verification,
    publicJwks: [...signingKeys.values()].map(({ jwk }) => jwk),
    currentPepper: () => currentPepper ?? missing('current pepper'),
    pepper: (id) => peppers.get(id),
  };
}

function openKey(row: StoredKey, vault: Vault): Buffer {
  try {
    return vault.open(row.sealed, sealingContext(row));
  } catch (cause) {
    if (cause instanceof VaultError && cause.fault === 'other-key') {
      throw new MasterKeyError(
        `The stored keys do not open: ${cause.message}. Start with the master key that this data was made with.`,
        { cause },
      );
    }
    throw cause;
  }
}

function importSigningKey(row: StoredKey, pkcs8: Buffer): SigningKey {
  const { algorithm } = row;
  if (!isSigningAlgorithm(algorithm))
    throw new Error(`key ${row.id} is for the unknown algorithm ${algorithm}`);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const jwk = publicJwkOf(privateKey, algorithm);
  if (jwk.kid !== row.id) throw new Error(`key ${row.id} is not the key that its id names`);
  return {
    signer: createInternalSigner({ algorithm, kid: row.id, privateKey }),
    verification: { algorithm, kid: row.id, publicKey: createPublicKey(privateKey) },
    jwk,
    isCurrent: row.state === 'current',
  };
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}
