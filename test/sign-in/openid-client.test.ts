import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as openid from 'openid-client';
import type { ClientAnswer, Person } from '../fixtures/person.ts';
import { callback, type RelyingParty, type SignInRequest, signedOut } from '../fixtures/relying-party.ts';
import { alice, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { clientKinds } from './client-kinds.ts';
import { addressOf, formPostOf, type ResponseCase, responseCases } from './responses.ts';

/** A configuration of the library, from discovery on, for a response type. */
async function discover(
  issuer: string,
  { client, secret }: RelyingParty,
  row: ResponseCase,
  authentication: (secret: string) => openid.ClientAuth = openid.ClientSecretBasic,
) {
  const configuration = await openid.discovery(
    new URL(issuer),
    client.id,
    undefined,
    authentication(secret ?? ''),
    { execute: [openid.allowInsecureRequests] },
  );
  if (row.idToken && row.code) openid.useCodeIdTokenResponseType(configuration);
  if (row.idToken && !row.code) openid.useIdTokenResponseType(configuration);
  return configuration;
}

/** A request that the library builds, with what it has to remember. */
async function buildRequest(configuration: openid.Configuration, row: ResponseCase): Promise<SignInRequest> {
  const [state, nonce, verifier] = [
    openid.randomState(),
    openid.randomNonce(),
    openid.randomPKCECodeVerifier(),
  ];
  const url = openid.buildAuthorizationUrl(configuration, {
    response_type: row.responseType,
    ...(row.mode && { response_mode: row.mode }),
    redirect_uri: callback,
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  return { url, state, nonce, verifier };
}

/** The response as the library takes it. It reads a code alone from a query only. */
function responseFor(answer: ClientAnswer, row: ResponseCase): URL | Request {
  if (answer.mode === 'form_post') return formPostOf(answer);
  return addressOf(answer, row.idToken ? 'fragment' : 'query');
}

const rows = responseCases.filter(({ code, idToken }) => code || idToken);

/** A sign-in from the request to the refreshed tokens, each answer as the library takes it. */
async function signIn(configuration: openid.Configuration, person: Person, row: ResponseCase): Promise<void> {
  const { url, state, nonce, verifier } = await buildRequest(configuration, row);
  const { client } = await signInAndAllow(person, { url });
  assert.equal(client?.mode, row.expectedMode);
  const response = responseFor(client, row);
  if (!row.code) {
    const expected = { expectedState: state };
    const claims = await openid.implicitAuthentication(configuration, response, nonce, expected);
    assert.equal(claims.sub, alice.id);
    return;
  }
  const tokens = await openid.authorizationCodeGrant(configuration, response, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const { sub } = tokens.claims() ?? assert.fail('there is no ID token');
  assert.equal(sub, alice.id);
  const { email } = await openid.fetchUserInfo(configuration, tokens.access_token, sub);
  assert.equal(email, alice.email);
  const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
  assert.equal(refreshed.claims()?.sub, alice.id);
  await openid.fetchUserInfo(configuration, refreshed.access_token, sub);
}

test('openid-client signs a person in by every response type that it knows, in every mode, for every kind of client', async (context) => {
  const { server, person, register } = await openSignInWorld(context);
  for (const { title, patch, forOpenidClient } of clientKinds) {
    const relyingParty = await register({ refreshTokenIssuance: 'always', ...patch });
    for (const row of rows) {
      await context.test(`${row.title}, ${title}`, async () =>
        signIn(await discover(server.issuer, relyingParty, row, forOpenidClient), person, row),
      );
    }
  }
});

test('openid-client tells what a denial is, and ends a session', async (context) => {
  const { server, person, relyingParty } = await openSignInWorld(context);
  const [row = assert.fail()] = rows;
  const configuration = await discover(server.issuer, relyingParty, row);
  const denied = await buildRequest(configuration, row);
  await person.open(denied.url);
  await person.signIn(alice);
  const { client: denial } = await person.deny();
  assert.ok(denial);
  await assert.rejects(
    openid.authorizationCodeGrant(configuration, responseFor(denial, row), {
      expectedState: denied.state,
      expectedNonce: denied.nonce,
      pkceCodeVerifier: denied.verifier,
    }),
    { error: 'access_denied' },
  );

  const allowed = await buildRequest(configuration, row);
  const { client: answer } = await signInAndAllow(person, allowed);
  assert.ok(answer);
  const { id_token: hint } = await openid.authorizationCodeGrant(configuration, responseFor(answer, row), {
    expectedState: allowed.state,
    expectedNonce: allowed.nonce,
    pkceCodeVerifier: allowed.verifier,
  });
  const logout = openid.buildEndSessionUrl(configuration, {
    id_token_hint: hint ?? assert.fail('there is no ID token'),
    post_logout_redirect_uri: signedOut,
    state: 'over',
  });
  const { client: end } = await person.open(logout);
  assert.equal(end?.redirectUri, signedOut);
  assert.equal(end?.parameters.get('state'), 'over');
});
