import { hash, timingSafeEqual } from 'node:crypto';

/** Base64url without padding (RFC 4648 §5). */
export function toBase64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64url');
}

/** Reads base64url without padding; `undefined` when `text` is not its canonical form. */
export function fromBase64url(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64url');
  return octets.toString('base64url') === text ? octets : undefined;
}

/** SHA-256 of `input`, as base64url. */
export function sha256(input: string | Uint8Array): string {
  return hash('sha256', input, 'base64url');
}

/** Compares two octet strings in time that depends on their lengths alone. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/** A JSON value as `JSON.parse` makes it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
