import type { KeyObject } from 'node:crypto';
import { type KeyKind, keyKindOf } from './key-kind.ts';

/** How a kind of key stands in a `did:key`: its multicodec, and its octets. */
interface DidKeyForm {
  readonly codec: number;
  readonly octets: (publicKey: KeyObject) => Buffer;
}

const forms: Readonly<Record<KeyKind, DidKeyForm>> = {
  RSA: { codec: 0x1205, octets: (key) => key.export({ format: 'der', type: 'pkcs1' }) },
  'P-256': { codec: 0x1200, octets: compressedPoint },
  'P-384': { codec: 0x1201, octets: compressedPoint },
  'P-521': { codec: 0x1202, octets: compressedPoint },
  Ed25519: { codec: 0xed, octets: (key) => coordinate(key, 'x') },
};

/**
 * The `did:key` of a public key: multicodec and key in base58btc (multibase `z`).
 * @see https://w3c-ccg.github.io/did-key-spec/#format
 */
export function didKeyOf(publicKey: KeyObject): string {
  const { codec, octets } = forms[keyKindOf(publicKey)];
  return `did:key:z${toBase58(Buffer.concat([varint(codec), octets(publicKey)]))}`;
}

/** SEC 1 §2.3.3: the sign of y, then x. */
function compressedPoint(publicKey: KeyObject): Buffer {
  const y = coordinate(publicKey, 'y');
  return Buffer.concat([Buffer.from([2 + ((y.at(-1) ?? 0) & 1)]), coordinate(publicKey, 'x')]);
}

/** As long as the field (RFC 7518 §6.2.1.2). */
function coordinate(publicKey: KeyObject, name: 'x' | 'y'): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' })[name] ?? '', 'base64url');
}

/** An unsigned varint of a number below 2^14, as every codec here takes two octets. */
function varint(value: number): Buffer {
  return Buffer.from([(value & 0x7f) | 0x80, value >> 7]);
}

const base58Alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Base58 in the alphabet of Bitcoin. `octets` do not begin with zero, which base58 writes in a way of its own. */
function toBase58(octets: Buffer): string {
  let rest = BigInt(`0x${octets.toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 58n) text = base58Alphabet.charAt(Number(rest % 58n)) + text;
  return text;
}
