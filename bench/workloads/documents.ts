import assert from 'node:assert/strict';
import { fetchJson } from '../fetch-json.ts';
import { writeRequest } from '../requests.ts';
import { originAt } from '../setting.ts';
import type { Paths } from '../sides.ts';
import type { Target, Workload } from '../workload.ts';

type Document = Readonly<Record<string, unknown>>;

/** Throws unless the document says what it must. */
type CheckDocument = (document: Document, origin: string) => void;

function readDocument(name: keyof Paths, check: CheckDocument): (target: Target) => Promise<Workload> {
  return async ({ port, paths }) => {
    const origin = originAt(port);
    const path = paths[name];
    const expected = (await fetchJson(origin + path)) as Document;
    check(expected, origin);
    const request = writeRequest({ port, method: 'GET', path });
    return {
      next: () => request,
      check: async ({ spread, last }) => {
        for (const body of [...spread, ...last]) assert.deepEqual(JSON.parse(body.toString()), expected);
      },
    };
  };
}

/** The server's metadata (OpenID Connect Discovery §4). */
export const readDiscovery = readDocument('discovery', ({ issuer, token_endpoint, jwks_uri }, origin) => {
  assert.equal(issuer, origin);
  for (const uri of [token_endpoint, jwks_uri]) assert.ok(String(uri).startsWith(origin));
});

/** The server's public keys: as many on every side. */
export const readJwks = readDocument('jwks', ({ keys }) => {
  assert.deepEqual((keys as readonly Document[]).map(({ kty }) => kty).sort(), ['EC', 'EC', 'RSA', 'RSA']);
});
