import { createHmac } from 'node:crypto';
import { equalInConstantTime } from '../kernel/encoding.ts';
import { createTurns } from '../kernel/turns.ts';
import { importedHashFault, matchesImportedHash } from './imported-hash.ts';
import type { KeySet, Pepper } from './key-set.ts';
import type { Vault } from './vault.ts';

/** A hash that another server has made of a secret. */
export interface ImportedVerifier {
  readonly algorithm: 'imported';
  readonly digest: string;
}

/** What recognises a secret: its HMAC-SHA-256 under a pepper. */
export interface KeyedVerifier {
  readonly algorithm: 'hmac-sha256';
  /** Id of the pepper. */
  readonly pepper: string;
  /** Base64url. */
  readonly digest: string;
}

/** What a sealed secret is bound to. */
export interface SealedSecretContext {
  readonly clientId: string;
  readonly secretId: string;
}

/** Makes and checks verifiers, seals and opens secrets: the port that `clients/secret.ts` declares. */
export interface KeyedSecretKeeper {
  readonly makeVerifier: (secret: string) => KeyedVerifier;
  /** In constant time; false for a pepper that is not known, and for an imported hash. */
  readonly matches: (secret: string, verifier: KeyedVerifier | ImportedVerifier) => boolean;
  /** Off the event loop, a few at a time; `busy` when too many wait already. */
  readonly matchImported: (
    secret: string,
    verifier: ImportedVerifier,
  ) => Promise<'match' | 'mismatch' | 'busy'>;
  /** What is wrong with a hash that is to be imported; undefined when it can be verified here. */
  readonly importFault: (digest: string) => string | undefined;
  /** Null when secrets are not kept. */
  readonly seal: (secret: string, context: SealedSecretContext) => string | null;
  /**
   * @throws VaultError when the text was altered or belongs to another context
   * @throws Error when secrets are not kept
   */
  readonly open: (sealed: string, context: SealedSecretContext) => string;
}

class HashesBusyError extends Error {}

/** Threads of the pool that file access needs too. */
const hashesAtOnce = 2;
const mostWaitingHashes = 64;
const mostChecksOfOneHash = 20;

/** `sealed`: secrets are kept under the master key. `hashed`: verifiers alone are kept. */
export type SecretStorage = 'sealed' | 'hashed';

/** Makes the secret keeper over the peppers of a keyring. */
export function createSecretKeeper(deps: {
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'currentPepper' | 'pepper'> };
  readonly vault: Vault;
  readonly secretStorage: SecretStorage;
}): KeyedSecretKeeper {
  const { keyring, vault, secretStorage } = deps;
  /** Checks that run or wait, by hash: wrong secrets for one client must not keep the others out. */
  const checks = new Map<string, number>();
  const refuse = () => new HashesBusyError();
  const inTurn = createTurns({ running: hashesAtOnce, waiting: mostWaitingHashes, refuse });
  return {
    makeVerifier(secret) {
      const pepper = keyring.keySet().currentPepper();
      return {
        algorithm: 'hmac-sha256',
        pepper: pepper.id,
        digest: digestOf(secret, pepper),
      };
    },
    matches(secret, verifier) {
      if (verifier.algorithm === 'imported') return false;
      const keySet = keyring.keySet();
      const pepper = keySet.pepper(verifier.pepper);
      // The digest is computed for an unknown pepper too, so that time does not tell which peppers are known.
      const digest = digestOf(secret, pepper ?? keySet.currentPepper());
      const equal = equalInConstantTime(Buffer.from(digest), Buffer.from(verifier.digest));
      return equal && pepper !== undefined;
    },
    async matchImported(secret, { digest }) {
      const ofThisHash = checks.get(digest) ?? 0;
      if (ofThisHash >= mostChecksOfOneHash) return 'busy';
      checks.set(digest, ofThisHash + 1);
      try {
        return (await inTurn(() => matchesImportedHash(secret, digest))) ? 'match' : 'mismatch';
      } catch (error) {
        if (error instanceof HashesBusyError) return 'busy';
        throw error;
      } finally {
        const left = (checks.get(digest) ?? 1) - 1;
        if (left > 0) checks.set(digest, left);
        else checks.delete(digest);
      }
    },
    importFault: importedHashFault,
    seal: (secret, context) =>
      secretStorage === 'sealed' ? vault.seal(Buffer.from(secret), sealingContext(context)) : null,
    open(sealed, context) {
      if (secretStorage === 'hashed') throw new Error('secrets are not kept: secretStorage is hashed');
      return vault.open(sealed, sealingContext(context)).toString();
    },
  };
}

function digestOf(secret: string, pepper: Pepper): string {
  return createHmac('sha256', pepper.key).update(secret).digest('base64url');
}

/** What the sealed form of a secret is bound to. */
export function sealingContext({ clientId, secretId }: SealedSecretContext): string {
  return `client-secret/${clientId}/${secretId}`;
}
