import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { callback, type SignInRequest } from '../fixtures/relying-party.ts';
import { alice, openSignInWorld, type SignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { type ResponseCase, responseCases, responseRows } from './responses.ts';

/** The left half of a SHA-256 hash (OpenID Connect Core §3.3.2.11). */
function halfHash(value: string | null): string {
  return createHash('sha256')
    .update(value ?? '')
    .digest()
    .subarray(0, 16)
    .toString('base64url');
}

/** Names of the parameters that a response has. */
function namesOf({ code, idToken, accessToken }: ResponseCase): readonly string[] {
  return [
    ...(code ? ['code'] : []),
    ...(idToken ? ['id_token'] : []),
    ...(accessToken ? ['access_token', 'expires_in', 'scope', 'token_type'] : []),
    'iss',
    'state',
  ].sort();
}

async function respond({ person, relyingParty }: SignInWorld, row: ResponseCase) {
  const request = relyingParty.authorize({
    response_type: row.responseType,
    response_mode: row.mode,
    scope: 'openid email',
  });
  const { client } = await signInAndAllow(person, request);
  assert.ok(client, 'the person has not come back to the client');
  return { request, answer: client };
}

/** Userinfo has what the scopes stand for, wherever the token came from. */
async function checkAccessToken({ relyingParty }: SignInWorld, parameters: URLSearchParams): Promise<void> {
  assert.equal(parameters.get('token_type'), 'Bearer');
  assert.equal(parameters.get('expires_in'), '3600');
  assert.equal(parameters.get('scope'), 'openid email');
  const { body } = await relyingParty.userinfo(parameters.get('access_token') ?? '');
  assert.deepEqual(body, { sub: alice.id, email: alice.email, email_verified: true });
}

async function checkIdToken(
  { relyingParty }: SignInWorld,
  parameters: URLSearchParams,
  nonce: string,
  row: ResponseCase,
): Promise<void> {
  const claims = await relyingParty.verifyIdToken(parameters.get('id_token') ?? '', nonce);
  assert.equal(claims.sub, alice.id);
  assert.equal(claims['c_hash'], row.code ? halfHash(parameters.get('code')) : undefined);
  assert.equal(claims['at_hash'], row.accessToken ? halfHash(parameters.get('access_token')) : undefined);
  // Where there is no access token to ask userinfo with, the ID token has what the scopes stand for (§5.4).
  assert.equal(claims['email'], row.code || row.accessToken ? undefined : alice.email);
}

async function checkCode(
  { relyingParty }: SignInWorld,
  parameters: URLSearchParams,
  request: SignInRequest,
): Promise<void> {
  const { status, body } = await relyingParty.exchange(parameters.get('code') ?? '', request);
  assert.equal(status, 200);
  const claims = await relyingParty.verifyIdToken(String(body['id_token']), request.nonce);
  assert.equal(claims.sub, alice.id);
  assert.equal(claims['at_hash'], halfHash(String(body['access_token'])));
}

// against: tokens/issuer
test('a response has what its type names, where its mode says, and nothing else', async (context) => {
  const world = await openSignInWorld(context);
  for (const row of responseCases) {
    await context.test(row.title, async () => {
      const { request, answer } = await respond(world, row);
      const { mode, redirectUri, parameters } = answer;
      assert.deepEqual([mode, redirectUri], [row.expectedMode, callback]);
      assert.deepEqual([...parameters.keys()].sort(), namesOf(row));
      assert.equal(parameters.get('state'), request.state);
      assert.equal(parameters.get('iss'), world.server.issuer);
      if (row.accessToken) await checkAccessToken(world, parameters);
      if (row.idToken) await checkIdToken(world, parameters, request.nonce, row);
      if (row.code) await checkCode(world, parameters, request);
    });
  }
});

// against: tokens/issuer, redirects/response-mode
test('what must never stand in a query is refused there, and the refusal comes in the fragment', async (context) => {
  const { server, person, relyingParty } = await openSignInWorld(context);
  for (const { responseType, refusedModes } of responseRows) {
    for (const mode of refusedModes) {
      const request = relyingParty.authorize({ response_type: responseType, response_mode: mode });
      const { client } = await person.open(request.url);
      assert.equal(client?.mode, 'fragment', responseType);
      assert.equal(client?.parameters.get('error'), 'invalid_request', responseType);
      assert.equal(client?.parameters.get('state'), request.state);
      assert.equal(client?.parameters.get('iss'), server.issuer);
    }
  }
});
