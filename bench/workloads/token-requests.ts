import assert from 'node:assert/strict';
import { fetchJson } from '../fetch-json.ts';
import { basic, type ClientCredentials, writeForm } from '../requests.ts';
import { originAt, scope, tokenTtl } from '../setting.ts';
import type { Target } from '../workload.ts';

/** What a client asks for a token with. */
export function tokenRequest({ port, paths }: Target, client: ClientCredentials): Buffer {
  return writeForm({ port, path: paths.token }, client, { grant_type: 'client_credentials', scope });
}

/** The token in an answer. */
export function readToken(body: Buffer): string {
  const answer = JSON.parse(body.toString());
  assert.equal(answer.token_type, 'Bearer');
  assert.equal(answer.expires_in, tokenTtl);
  assert.equal(answer.scope, scope);
  return answer.access_token;
}

/** An answer about a token (RFC 7662 §2.2). */
export interface Introspection {
  readonly active: boolean;
  readonly client_id?: string;
  readonly scope?: string;
}

/** Asks about one token. */
export async function introspect(
  { port, paths }: Target,
  client: ClientCredentials,
  token: string,
): Promise<Introspection> {
  return (await fetchJson(originAt(port) + paths.introspection, {
    method: 'POST',
    headers: { authorization: basic(client) },
    body: new URLSearchParams({ token }),
  })) as Introspection;
}
