import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import type { ClientAnswer, Person } from '../fixtures/person.ts';
import { callback, type RelyingParty, type SignInRequest } from '../fixtures/relying-party.ts';
import { alice, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { clientKinds } from './client-kinds.ts';
import { addressOf, formPostOf, type ResponseCase, responseCases } from './responses.ts';

const insecure = { [oauth.allowInsecureRequests]: true };

interface Library {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
}

async function discover(
  address: string,
  { client, secret }: RelyingParty,
  authentication: (secret: string) => oauth.ClientAuth = oauth.ClientSecretBasic,
): Promise<Library> {
  const issuer = new URL(address);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  return { as, client: { client_id: client.id }, authentication: authentication(secret ?? '') };
}

/** What the library takes for a good response. It knows no name for the tokens that come beside a code. */
async function validate(
  { as, client }: Library,
  answer: ClientAnswer,
  request: Pick<SignInRequest, 'state' | 'nonce'>,
  row: ResponseCase,
): Promise<URLSearchParams> {
  if (row.idToken && row.code) {
    const response = answer.mode === 'form_post' ? formPostOf(answer) : addressOf(answer, 'fragment');
    const options = { ...insecure };
    return oauth.validateCodeIdTokenResponse(
      as,
      client,
      response,
      request.nonce,
      request.state,
      undefined,
      options,
    );
  }
  const withoutIdToken = new URLSearchParams(answer.parameters);
  withoutIdToken.delete('id_token');
  return oauth.validateAuthResponse(as, client, withoutIdToken, request.state);
}

async function fetchUserInfo({ as, client }: Library, accessToken: string): Promise<oauth.UserInfoResponse> {
  const response = await oauth.userInfoRequest(as, client, accessToken, insecure);
  return oauth.processUserInfoResponse(as, client, alice.id, response);
}

async function exchangeAndRefresh(
  { as, client, authentication }: Library,
  parameters: URLSearchParams,
  { nonce, verifier }: Pick<SignInRequest, 'nonce' | 'verifier'>,
): Promise<readonly string[]> {
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    authentication,
    parameters,
    callback,
    verifier,
    insecure,
  );
  const granted = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  const refreshToken = granted.refresh_token ?? assert.fail('there is no refresh token');
  const again = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, insecure);
  const refreshed = await oauth.processRefreshTokenResponse(as, client, again);
  return [granted.access_token, refreshed.access_token];
}

/** A sign-in from the request to the refreshed tokens, each answer as the library takes it. */
async function signIn(
  library: Library,
  person: Person,
  relyingParty: RelyingParty,
  row: ResponseCase,
): Promise<void> {
  const request = relyingParty.authorize({
    response_type: row.responseType,
    response_mode: row.mode,
    scope: 'openid email',
  });
  const { client: answer } = await signInAndAllow(person, request);
  assert.equal(answer?.mode, row.expectedMode);
  const parameters = await validate(library, answer, request, row);
  const front = row.accessToken ? [answer.parameters.get('access_token') ?? ''] : [];
  const back = row.code ? await exchangeAndRefresh(library, parameters, request) : [];
  for (const accessToken of [...front, ...back]) {
    assert.equal((await fetchUserInfo(library, accessToken)).email, alice.email);
  }
}

test('oauth4webapi signs a person in by every response type, in every mode, for every kind of client', async (context) => {
  const { server, person, register } = await openSignInWorld(context);
  for (const { title, patch, forOauth4webapi } of clientKinds) {
    const relyingParty = await register({ refreshTokenIssuance: 'always', ...patch });
    const library = await discover(server.issuer, relyingParty, forOauth4webapi);
    for (const row of responseCases) {
      await context.test(`${row.title}, ${title}`, () => signIn(library, person, relyingParty, row));
    }
  }
});

test('oauth4webapi refuses a response of another issuer, and one to another request', async (context) => {
  const { server, person, relyingParty } = await openSignInWorld(context);
  const library = await discover(server.issuer, relyingParty);
  const [row = assert.fail()] = responseCases;
  const request = relyingParty.authorize();
  const { client: answer } = await signInAndAllow(person, request);
  assert.ok(answer);
  const elsewhere = { ...library, as: { ...library.as, issuer: 'https://elsewhere.example' } };
  await assert.rejects(validate(elsewhere, answer, request, row), /"iss" \(issuer\)/);
  await assert.rejects(validate(library, answer, { ...request, state: 'other' }, row), /"state"/);
  await validate(library, answer, request, row);
});
