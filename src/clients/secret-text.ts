import { crc32 } from 'node:zlib';
import { randomOctets } from '../kernel/random.ts';

/** What every generated secret begins with, so that people and scanners recognise one. */
const secretPrefix = 'cls_';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** As many as an HS512 key needs (RFC 7518 §3.2). */
const entropyOctets = 64;
const entropyLength = 86;
const checksumLength = 6;

/** The length of a generated secret, in characters and octets. */
export const generatedLength = secretPrefix.length + entropyLength + checksumLength;

/**
 * A new client secret: `cls_`, 64 random octets in base62, and their CRC-32 in base62. 96 characters; the checksum lets a
 * secret scanner tell a secret from a look-alike without asking the server.
 */
export function generateSecret(): string {
  const entropy = toBase62(BigInt(`0x${randomOctets(entropyOctets).toString('hex')}`), entropyLength);
  return `${secretPrefix}${entropy}${checksumOf(entropy)}`;
}

/** Whether `text` has the form and the checksum of a generated secret. */
export function isGeneratedSecret(text: string): boolean {
  if (!/^cls_[0-9A-Za-z]{92}$/.test(text)) return false;
  const entropy = text.slice(secretPrefix.length, -checksumLength);
  return text.slice(-checksumLength) === checksumOf(entropy);
}

/** What is wrong with `text` as a secret that a caller chooses. @see RFC 6749 Appendix A.2 */
export function chosenSecretFault(text: string): string | undefined {
  return /^[\x20-\x7e]{8,1024}$/.test(text) ? undefined : 'must be 8 to 1024 printable ASCII characters';
}

function checksumOf(entropy: string): string {
  return toBase62(BigInt(crc32(entropy)), checksumLength);
}

function toBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = alphabet.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}

/** What may be shown of a secret: its first five characters, and never more than a quarter of it. */
export function hintOf(secret: string): string {
  return secret.slice(0, Math.min(5, Math.floor(secret.length / 4)));
}
