import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, verify, type webcrypto } from 'node:crypto';
import { fetchJson } from '../fetch-json.ts';
import { originAt } from '../setting.ts';
import type { Target } from '../workload.ts';

/** Public keys by their `kid`. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** The keys that a server publishes. */
export async function loadKeys({ port, paths }: Target): Promise<PublicKeys> {
  const { keys } = (await fetchJson(originAt(port) + paths.jwks)) as {
    readonly keys: readonly webcrypto.JsonWebKey[];
  };
  return new Map(
    keys.map((jwk) => [
      String((jwk as { readonly kid?: unknown }).kid),
      createPublicKey({ key: jwk, format: 'jwk' }),
    ]),
  );
}

/**
 * The claims of an ES256 access token (RFC 9068).
 * @throws AssertionError when it is none, or is not signed with a key of `keys`
 */
export function verifyJwt(token: string, keys: PublicKeys): Readonly<Record<string, unknown>> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, typ, kid } = decodePart(header);
  assert.deepEqual([alg, typ], ['ES256', 'at+jwt']);
  const key = keys.get(String(kid));
  assert.ok(key, `nobody publishes the key ${kid}`);
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(isSigned, 'a token is not signed with the key that it names');
  return decodePart(payload);
}

function decodePart(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
