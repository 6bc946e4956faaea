import { type CipherKey, createCipheriv, createDecipheriv } from 'node:crypto';
import { randomOctets } from '../kernel/random.ts';

const nonceLength = 12;
const tagLength = 16;
const method = ['aes-256-gcm', { authTagLength: tagLength }] as const;

/** The fewest octets that `encrypt` makes. */
export const shortestEncrypted = nonceLength + tagLength;

/** Encrypts with AES-256-GCM (NIST SP 800-38D); answers nonce, ciphertext and tag. `context` is authenticated with them. */
export function encrypt(key: CipherKey, plaintext: Uint8Array, context: string): Buffer {
  // Random nonces are safe for 2^32 texts under one key (SP 800-38D §8.3), far above what is ever sealed here.
  const nonce = randomOctets(nonceLength);
  const cipher = createCipheriv(method[0], key, nonce, method[1]).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts what `encrypt` has made under the same key and context.
 * @throws Error when it was altered or moved
 */
export function decrypt(key: CipherKey, octets: Buffer, context: string): Buffer {
  const tagStart = octets.length - tagLength;
  const decipher = createDecipheriv(method[0], key, octets.subarray(0, nonceLength), method[1])
    .setAAD(Buffer.from(context))
    .setAuthTag(octets.subarray(tagStart));
  return Buffer.concat([decipher.update(octets.subarray(nonceLength, tagStart)), decipher.final()]);
}
