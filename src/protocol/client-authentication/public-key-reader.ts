import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import type { JsonObject } from '../../kernel/encoding.ts';

/** Reads a public key: PEM (SubjectPublicKeyInfo) or JWK. */
export type PublicKeyReader = (source: string | JsonObject) => KeyObject;

/** How many keys are kept. */
const mostKeys = 1000;

/** Makes a reader that keeps the keys it read: with a key that is read anew, a verification takes up to twice as long. */
export function createPublicKeyReader(): PublicKeyReader {
  const kept = new Map<string, KeyObject>();
  return (source) => {
    const text = typeof source === 'string' ? source : JSON.stringify(source);
    const known = kept.get(text);
    if (known !== undefined) return known;
    const key = readPublicKey(source);
    if (kept.size >= mostKeys) kept.clear();
    kept.set(text, key);
    return key;
  };
}

function readPublicKey(source: string | JsonObject): KeyObject {
  return typeof source === 'string'
    ? createPublicKey(source)
    : createPublicKey({ key: source as webcrypto.JsonWebKey, format: 'jwk' });
}
