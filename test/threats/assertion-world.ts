import assert from 'node:assert/strict';
import type { SignatureAlg } from '../../src/clients/client.ts';
import {
  type AssertionParts,
  assertionType,
  goodClaims,
  makeAssertion,
  makeKeyPair,
  registerKept,
  toJwk,
} from '../fixtures/client-assertion.ts';
import { type Answer, type RegisteredClient, startProtocolServer } from '../fixtures/protocol-server.ts';
import { formRoutes } from './attack.ts';

/** The key pair of the client `signer`. */
export const rsa = makeKeyPair('RS256');

/** Another key pair that `signer` has registered, and that its algorithm does not fit. */
export const ec = makeKeyPair('ES256');

/** A key pair that no client of the world has. */
export const strangers = makeKeyPair('RS256');

/** Parameters of a form. */
export type Form = Readonly<Record<string, string>>;

/** What a good assertion is changed to. Of an object, undefined leaves a member out; text stands as it is. */
export interface Changes {
  readonly header?: object | string;
  readonly claims?: object | string;
  readonly alg?: SignatureAlg;
  readonly key?: AssertionParts['key'];
}

/** Only the header is changed. */
export const headerOf = (header: object): Changes => ({ header });

/** Only the claims are changed. */
export const claimsOf = (claims: object): Changes => ({ claims });

/** The one refusal, whatever was wrong. */
export function assertRefused({ status, body, headers }: Answer, what: string): void {
  const expected = { error: 'invalid_client', error_description: 'Client authentication failed.' };
  assert.deepEqual([status, body], [401, expected], what);
  assert.match(headers.get('www-authenticate') ?? '', /^Basic /);
}

/** A server with two clients that authenticate by assertions. */
export async function openAssertionWorld() {
  const server = await startProtocolServer();
  /** Signs with RS256; its key has the name `mine`. It has a secret that is kept, and may not use it. */
  const signer = await registerKept(server, {
    tokenEndpointAuthMethods: ['private_key_jwt'],
    tokenEndpointJwtAuthAlg: 'RS256',
    jwks: { keys: [toJwk(rsa.publicKey, { kid: 'mine' }), toJwk(ec.publicKey, { kid: 'ec' })] },
  });
  /** Uses HS256 with its secret. */
  const macClient = await registerKept(server, {
    tokenEndpointAuthMethods: ['client_secret_jwt'],
    tokenEndpointJwtAuthAlg: 'HS256',
  });

  const present = (
    path: string,
    assertion: string,
    extra: Form = {},
    headers: Form = {},
  ): Promise<Answer> => {
    const authentication = { client_assertion_type: assertionType, client_assertion: assertion };
    const form = { grant_type: 'client_credentials', token: 'x', ...authentication, ...extra };
    return server.post(path, form, { headers });
  };

  return {
    server,
    signer,
    macClient,
    present,
    /** The time on the server. */
    now: (): number => server.clock.now(),
    /** An assertion of one of the clients, or of one with `rsa`, good but for `changes`. */
    assertionOf({ client, secret }: RegisteredClient, changes: Changes = {}): string {
      const { header = {}, claims = {}, alg = client.tokenEndpointJwtAuthAlg } = changes;
      const ownKey = client.tokenEndpointJwtAuthAlg === 'HS256' ? Buffer.from(secret) : rsa.privateKey;
      return makeAssertion({
        header: typeof header === 'string' ? header : { alg, ...header },
        claims: typeof claims === 'string' ? claims : goodClaims(server, client.id, claims),
        alg,
        key: changes.key ?? ownKey,
      });
    },
    /** Makes an assertion for each endpoint, which must refuse it. */
    async assertRefusedEverywhere(make: () => string, extra: Form = {}): Promise<void> {
      for (const path of formRoutes) {
        const assertion = make();
        assertRefused(await present(path, assertion, extra), `${path} ${assertion}`);
      }
    },
    /** Makes an assertion for each endpoint, which must accept it. */
    async assertAcceptedEverywhere(make: () => string, extra: Form = {}): Promise<void> {
      for (const path of formRoutes) {
        const { status, body } = await present(path, make(), extra);
        assert.equal(status, 200, `${path} ${JSON.stringify(body)}`);
      }
    },
  };
}
