import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import type { SignatureAlg } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import type { StoredClient } from '../../src/clients/store.ts';
import { createManualClock } from '../../src/kernel/clock.ts';
import { OAuthError, type OAuthErrorCode } from '../../src/protocol/errors.ts';
import type { IdTokenRequest } from '../../src/protocol/tokens/id-token.ts';
import { builtIn, dataOf, pathOf, type ShownClient } from '../clients-api/world.ts';
import { asOperator } from '../connect/world.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { startRemoteSigner } from '../fixtures/remote-signer.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

const internal = 'Elixir.Boruta.Internal.Signatures';
const remote = 'Elixir.Boruta.Universal.Signatures';
const rsa = (bits: string) => ({ type: 'rsa', modulus_size: bits, exponent_size: '65537' });
const ec = (curve: string) => ({ type: 'ec', curve });

/** What the clients API is told, so that a client has a key of a kind. */
const keyed = (key_pair_type: object, id_token_signature_alg: SignatureAlg) => ({
  key_pair_type,
  id_token_signature_alg,
  signatures_adapter: 'type' in key_pair_type && key_pair_type.type === 'universal' ? remote : internal,
});

/** Every kind of key that a client may have. */
export const kinds = {
  'RSA of 2048 bits': keyed(rsa('2048'), 'RS256'),
  'RSA of 3072 bits': keyed(rsa('3072'), 'RS256'),
  'P-256': keyed(ec('P-256'), 'ES256'),
  'P-384': keyed(ec('P-384'), 'ES384'),
  'P-521': keyed(ec('P-521'), 'ES512'),
  universal: keyed({ type: 'universal' }, 'EdDSA'),
} as const;

/** One of `kinds`. */
export type Kind = keyof typeof kinds;

const ofRsa = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;

/** The algorithms with a public key that fit each kind. */
export const fitting: Readonly<Record<Kind, readonly SignatureAlg[]>> = {
  'RSA of 2048 bits': ofRsa,
  'RSA of 3072 bits': ofRsa,
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  universal: ['EdDSA'],
};

/** A server with a remote signer on a clock that stands still. */
export async function openSigning(context: TestContext) {
  const signer = await startRemoteSigner(context);
  const clock = createManualClock();
  const env = signer.configure(temporaryDirectory(context));
  const server = await startTestServer(context, { clock, env });
  return {
    server,
    signer,
    clock,
    ...administration(await openDocumented(server), server),
    ...signing(server),
  };
}

/** The clients API, as an administrator uses it whose token is always fresh. */
function administration(send: Awaited<ReturnType<typeof openDocumented>>, server: TestServer) {
  const call = async (method: string, path: string, client?: object) => {
    const token = await server.bootstrapToken('clients:manage:all');
    return send(method, path, { token, ...(client && { body: { client } }) });
  };
  return {
    create: async (fields: object): Promise<ShownClient> =>
      dataOf(
        await call('POST', '/api/clients', { identity_provider: builtIn, ...fields }),
        201,
      ) as ShownClient,
    /** The answer, whatever it is. */
    put: (id: string, fields: object) => call('PUT', pathOf(id), fields),
    change: async (id: string, fields: object) => dataOf(await call('PUT', pathOf(id), fields)),
    regenerateKeyPair: async (id: string) => dataOf(await call('POST', pathOf(id, 'regenerate_key_pair'))),
    regenerateDid: async (id: string) => dataOf(await call('POST', pathOf(id, 'regenerate_did'))),
    remove: async (id: string) => assert.equal((await call('DELETE', pathOf(id))).status, 204),
  };
}

/** What a server signs for its clients, and clients that the clients API cannot make: the server's key signs for them. */
export function signing({ registry, clientTokens, loadClient }: TestServer) {
  const load = async (id: string): Promise<StoredClient> =>
    (await loadClient(id)) ?? assert.fail(`the client ${id} is gone`);
  const issueFor = (stored: StoredClient, request: Partial<IdTokenRequest> = {}): Promise<string> =>
    clientTokens.idTokens.issue({ stored, claims: { sub: 'alice' }, ...request });
  return {
    load,
    issueFor,
    /** By the record as it is. */
    issue: async (id: string, request: Partial<IdTokenRequest> = {}) => issueFor(await load(id), request),
    signUserinfo: async (id: string): Promise<string> =>
      (await clientTokens.userinfoJwts.sign(await load(id), { sub: 'alice' })) ?? assert.fail('not signed'),
    register: async (patch: ClientPatch): Promise<{ readonly id: string; readonly secret: string }> => {
      const fields = { identityProviderId: builtIn.id, ...patch };
      const options = { ...asOperator, patch: () => fields, secret: 'generate' } as const;
      const { client, secret } = await registry.create(options);
      return { id: client.id, secret: secret ?? assert.fail('there is no secret') };
    },
    useServerKey: (id: string) =>
      registry.update({ ...asOperator, id, patch: () => ({ keyPairType: null }) }),
  };
}

/** The world of these tests. */
export type SigningWorld = Awaited<ReturnType<typeof openSigning>>;

/** The key that a token names. */
export function kidOf(token: string): string {
  return decodeProtectedHeader(token).kid ?? assert.fail('the token names no key');
}

/** An attempt is refused with `code`, and the caller is not told why. */
export async function assertRefused(
  attempt: Promise<unknown>,
  code: OAuthErrorCode,
  what = '',
): Promise<void> {
  await assert.rejects(
    attempt,
    (error) => {
      assert.ok(error instanceof OAuthError, `${what}: ${error}`);
      assert.equal(error.code, code, what);
      assert.match(error.description, /^The server cannot sign/);
      return true;
    },
    what,
  );
}
