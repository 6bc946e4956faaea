import type { IncomingMessage } from 'node:http';
import type { JsonValue } from '../kernel/encoding.ts';
import { EgressError } from './errors.ts';
import { mediaTypeOf, readOctets } from './exchange.ts';

const jsonTypes: readonly string[] = ['application/json', 'application/jwk-set+json'];

/** Whether an answer says that it is JSON. */
export function isJson(response: IncomingMessage): boolean {
  return jsonTypes.includes(mediaTypeOf(response));
}

/**
 * Reads the JSON of a 200.
 * @throws EgressError `status`, `not-json`, `too-large`
 */
export async function readJson(response: IncomingMessage, url: URL): Promise<JsonValue> {
  const { statusCode } = response;
  if (statusCode !== 200) {
    response.destroy();
    throw new EgressError('status', `${url.host} answered ${statusCode}`);
  }
  if (!isJson(response)) {
    response.destroy();
    throw new EgressError('not-json', `${url.host} answered something else than JSON`);
  }
  return parseJson(await readOctets(response, url), url);
}

/**
 * Reads the JSON of an answer whose status says it all; null where it has none that can be read.
 * @throws EgressError `too-large`
 */
export async function readAnyJson(response: IncomingMessage, url: URL): Promise<JsonValue | null> {
  if (!isJson(response)) {
    response.destroy();
    return null;
  }
  const octets = await readOctets(response, url);
  try {
    return parseJson(octets, url);
  } catch {
    return null;
  }
}

function parseJson(octets: Uint8Array, url: URL): JsonValue {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch {
    // The parser's own message repeats a part of the text.
    throw new EgressError('not-json', `${url.host} answered malformed JSON`);
  }
}
