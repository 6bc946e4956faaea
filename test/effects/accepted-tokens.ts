import assert from 'node:assert/strict';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import type { SignatureAlg } from '../../src/clients/client.ts';
import { type EpochSeconds, type ManualClock, systemClock } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { metadataOf } from '../fixtures/discovery.ts';
import type { TestServer } from '../fixtures/running-server.ts';

/** What a relying party expects of a token. */
export interface Expected {
  readonly clientId: string;
  readonly alg: SignatureAlg;
  /** When it looks at the token. */
  readonly at: EpochSeconds;
}

/** Verifies a token under the JWK Set by jose; the same one knows again what it has fetched. */
export type JoseVerifier = (token: string, expected: Expected) => Promise<JWTPayload>;

/** A relying party that has never fetched the JWK Set. */
export async function createJoseVerifier(server: Pick<TestServer, 'issuer'>): Promise<JoseVerifier> {
  const { issuer, jwks_uri: uri = '' } = await metadataOf(server);
  // Without a pause between two fetches: it would be measured on the machine's clock.
  const keys = createRemoteJWKSet(new URL(uri), { cooldownDuration: 0 });
  return async (token, { clientId, alg, at }) => {
    const options = { issuer, audience: clientId, algorithms: [alg], currentDate: new Date(at * 1000) };
    return (await jwtVerify(token, keys, options)).payload;
  };
}

/** A client of the libraries, whose clock shows `clock`. */
function clientOf({ clientId, alg }: Omit<Expected, 'at'>, clock: ManualClock): oauth.Client {
  return {
    client_id: clientId,
    id_token_signed_response_alg: alg,
    userinfo_signed_response_alg: alg,
    [oauth.clockSkew]: clock.now() - systemClock.now(),
  };
}

/** What a token is issued with, and what a client wants to find in it. */
export interface Companions {
  readonly nonce: string;
  readonly code: string;
  readonly accessToken: string;
}

/** Fresh ones. */
export function companions(): Companions {
  return { nonce: randomUuid(), code: randomUuid(), accessToken: randomUuid() };
}

const insecure = { [oauth.allowInsecureRequests]: true };

/** oauth4webapi takes an ID token from the authorization endpoint: signature, nonce, `c_hash`, times, audience. */
export async function acceptFromFragment(
  server: Pick<TestServer, 'issuer'>,
  idToken: string,
  { nonce, code }: Companions,
  expected: Omit<Expected, 'at'> & { readonly clock: ManualClock },
): Promise<void> {
  const as = await metadataOf(server);
  const parameters = new URLSearchParams({ code, id_token: idToken });
  const client = clientOf(expected, expected.clock);
  await oauth.validateCodeIdTokenResponse(as, client, parameters, nonce, undefined, undefined, insecure);
}

/** openid-client takes an ID token from a token endpoint that is played here; the JWK Set is the server's. */
export async function acceptFromTokenEndpoint(
  server: Pick<TestServer, 'issuer'>,
  idToken: string,
  { nonce, accessToken }: Companions,
  expected: Omit<Expected, 'at'> & { readonly clock: ManualClock },
): Promise<void> {
  const as = await metadataOf(server);
  const metadata = clientOf(expected, expected.clock) as Partial<openid.ClientMetadata>;
  const configuration = new openid.Configuration(as, expected.clientId, metadata, openid.None());
  openid.allowInsecureRequests(configuration);
  openid.enableNonRepudiationChecks(configuration);
  configuration[openid.customFetch] = async (url, options) =>
    url === as.token_endpoint
      ? Response.json({ access_token: accessToken, token_type: 'bearer', id_token: idToken })
      : fetch(url, options as RequestInit);
  const tokens = await openid.authorizationCodeGrant(
    configuration,
    new URL(`https://client.example/callback?${new URLSearchParams({ code: 'a', iss: as.issuer })}`),
    { expectedNonce: nonce, idTokenExpected: true },
  );
  assert.equal(tokens.claims()?.aud, expected.clientId);
}

/** oauth4webapi takes a signed answer of a userinfo endpoint that is played here. */
export async function acceptUserinfo(
  server: Pick<TestServer, 'issuer'>,
  jwt: string,
  subject: string,
  expected: Omit<Expected, 'at'> & { readonly clock: ManualClock },
): Promise<void> {
  const as = await metadataOf(server);
  const answer = new Response(jwt, { headers: { 'content-type': 'application/jwt' } });
  await oauth.processUserInfoResponse(as, clientOf(expected, expected.clock), subject, answer);
  await oauth.validateApplicationLevelSignature(as, answer, insecure);
}
