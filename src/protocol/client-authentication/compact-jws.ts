import { fromBase64url, type JsonObject } from '../../kernel/encoding.ts';
import { parseStrictJson } from '../../kernel/strict-json.ts';

/** The two parts of a JWS that say something. Nothing is verified. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a JWS in compact serialization (RFC 7515 §7.1); undefined when two readers could read it differently: base64url
 * that is not canonical, octets that are not UTF-8, a part that is no JSON object or repeats a member (§4).
 */
export function parseCompactJws(text: string): CompactJws | undefined {
  const parts = text.split('.');
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(fromBase64url);
  if (!header || !payload || !signature?.byteLength) return undefined;
  try {
    const [first, second] = [header, payload].map(parseObject);
    return first && second && { header: first, payload: second };
  } catch {
    return undefined;
  }
}

/** @throws StrictJsonError, TypeError */
function parseObject(octets: Uint8Array): JsonObject | undefined {
  const value = parseStrictJson(utf8.decode(octets));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}
