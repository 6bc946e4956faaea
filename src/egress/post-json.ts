import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import { exchange, type OutgoingRequest } from './exchange.ts';
import { readJson } from './json-answer.ts';

/** One request for JSON. */
export interface JsonRequest extends Pick<OutgoingRequest, 'url' | 'headers' | 'agent' | 'signal'> {
  readonly body: JsonObject;
}

/**
 * Posts JSON and answers the JSON of a 200. It may send the request twice: see `exchange`.
 * @throws EgressError
 */
export function postJson({ body, headers, ...entry }: JsonRequest): Promise<JsonValue> {
  const octets = Buffer.from(JSON.stringify(body));
  const described = { ...headers, accept: 'application/json', 'content-type': 'application/json' };
  return exchange({ ...entry, method: 'POST', headers: described, body: octets }, (response) =>
    readJson(response, entry.url),
  );
}
