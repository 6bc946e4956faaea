import { hkdfSync } from 'node:crypto';
import { fromBase64url, toBase64url } from '../kernel/encoding.ts';
import { decrypt, encrypt, shortestEncrypted } from './authenticated-encryption.ts';

/** Why a sealed text did not open. `altered` also stands for a text that was moved to another context. */
export type VaultFault = 'malformed' | 'other-key' | 'altered';

/** A sealed text that did not open. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly fault: VaultFault;

  constructor(fault: VaultFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** Keeps short secrets in the database such that the database alone does not reveal them. */
export interface Vault {
  /** Names the key without telling anything about it. */
  readonly keyId: string;
  /** Encrypts `plaintext`, bound to `context`. */
  readonly seal: (plaintext: Uint8Array, context: string) => string;
  /**
   * Decrypts what was sealed under the same context.
   * @throws VaultError
   */
  readonly open: (sealed: string, context: string) => Buffer;
}

const keyLength = 32;
const sealedText = /^v1\.([\w-]+)\.([\w-]+)$/;

/**
 * Makes a vault that seals with AES-256-GCM (NIST SP 800-38D) under a key derived from `rootKey`: the data key, or the
 * master key for the data key itself.
 *
 * The text form is `v1.<key id>.<base64url of nonce, ciphertext and tag>`; all that stands before the last dot, and the
 * context, are authenticated with it.
 * @throws RangeError when `rootKey` does not have 32 bytes
 */
export function createVault(rootKey: Uint8Array): Vault {
  if (rootKey.byteLength !== keyLength) {
    throw new RangeError(`the key of a vault must have ${keyLength} bytes, not ${rootKey.byteLength}`);
  }
  const key = derive(rootKey, 'clientele vault v1: encryption', 32);
  const keyId = toBase64url(derive(rootKey, 'clientele vault v1: key id', 6));
  const whole = (context: string) => `v1.${keyId}.${context}`;

  return {
    keyId,
    seal: (plaintext, context) => `v1.${keyId}.${toBase64url(encrypt(key, plaintext, whole(context)))}`,
    open(sealed, context) {
      const octets = parseSealed(sealed, keyId);
      try {
        return decrypt(key, octets, whole(context));
      } catch (cause) {
        throw new VaultError('altered', 'a sealed text was altered or moved', { cause });
      }
    },
  };
}

function parseSealed(sealed: string, keyId: string): Buffer {
  const [, sealedUnder, text] = sealedText.exec(sealed) ?? [];
  const octets = text === undefined ? undefined : fromBase64url(text);
  if (octets === undefined || octets.length < shortestEncrypted) {
    throw new VaultError('malformed', 'a sealed text is malformed');
  }
  if (sealedUnder !== keyId) {
    throw new VaultError('other-key', `sealed under the key ${sealedUnder}, not under ${keyId}`);
  }
  return octets;
}

function derive(rootKey: Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', rootKey, new Uint8Array(), purpose, length));
}
