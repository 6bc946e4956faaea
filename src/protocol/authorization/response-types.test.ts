import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import {
  type AuthorizationWorld,
  callback,
  codeRequest,
  errorOf,
  needOf,
  openAuthorizationWorld,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import type { Client, GrantType } from '../../clients/client.ts';
import { sidOf } from '../../sessions/session.ts';
import { opaqueTokenHash } from '../tokens/opaque-token.ts';
import { parseAuthorizationForm } from './authorization-form.ts';
import { locationOf } from './authorization-response.ts';
import { responseModes, responseTypes } from './response-type.ts';

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld();
});
after(() => world[Symbol.asyncDispose]());

/** Somebody who is signed in and has allowed the client everything. */
async function signedIn(changes: Partial<Client> = {}) {
  const client = await world.client(changes);
  const account = await world.account({ email: 'alice@example.com', claims: { name: 'Alice' } });
  const session = await world.session(account);
  await world.allow(client, account, ['openid', 'profile', 'email']);
  return { client, account, session };
}

const grantTypeSets: readonly (readonly GrantType[])[] = [
  ['authorization_code', 'implicit'],
  ['authorization_code'],
  ['implicit'],
  ['client_credentials'],
];

/** What each type needs. */
const needs: Readonly<Record<(typeof responseTypes)[number], readonly GrantType[]>> = {
  code: ['authorization_code'],
  id_token: ['implicit'],
  'code id_token': ['authorization_code', 'implicit'],
  'code token': ['authorization_code', 'implicit'],
  'id_token token': ['implicit'],
  'code id_token token': ['authorization_code', 'implicit'],
  token: ['implicit'],
  none: [],
};

const parametersOf: Readonly<Record<string, readonly string[]>> = {
  code: ['code'],
  id_token: ['id_token'],
  token: ['access_token', 'expires_in', 'scope', 'token_type'],
};

for (const responseType of responseTypes) {
  const words = responseType.split(' ');
  const defaultMode = words.some((word) => word.endsWith('token')) ? 'fragment' : 'query';

  for (const grantTypes of grantTypeSets) {
    const isAllowed =
      needs[responseType].every((grantType) => grantTypes.includes(grantType)) &&
      !grantTypes.includes('client_credentials');

    for (const mode of [undefined, ...responseModes]) {
      const isRefused = mode === 'query' && defaultMode === 'fragment';
      const fault = [!isAllowed && 'unauthorized_client', isRefused && 'invalid_request'].find(Boolean);
      const outcomeName = fault || 'answered';
      test(`${responseType} by ${mode ?? 'default'} with ${grantTypes}: ${outcomeName}`, async () => {
        const { client, session } = await signedIn({ grantTypes });
        const request = codeRequest(client, {
          response_type: words.toReversed().join(' '),
          nonce: 'n',
          ...(mode && { response_mode: mode }),
        });
        const outcome = await world.ask(request, { sessions: [session] });
        const { target, parameters } = responseOf(outcome);
        assert.equal(target.redirectUri, callback);
        assert.equal(target.mode, isRefused ? defaultMode : (mode ?? defaultMode));
        assert.equal(parameters['iss'], world.issuer);
        assert.equal(parameters['state'], 'the state');
        if (fault) return assert.equal(parameters['error'], fault);
        const expected = ['iss', 'state', ...words.flatMap((word) => parametersOf[word] ?? [])];
        return assert.deepEqual(Object.keys(parameters).sort(), expected.sort());
      });
    }
  }
}

test('everything in a response comes from one grant, and is bound together', async () => {
  const { client, account, session } = await signedIn();
  const request = codeRequest(client, { response_type: 'code id_token token', nonce: 'the nonce' });
  const { parameters } = responseOf(await world.ask(request, { sessions: [session] }));
  const { code = '', id_token = '', access_token = '' } = parameters;

  const stored = await world.stores.grants.findCode(opaqueTokenHash(code));
  assert.ok(stored);
  assert.equal(stored.grant.sessionId, session.id);
  assert.equal(stored.grant.accountId, account.id);
  const accessClaims = decodeJwt(access_token);
  assert.equal(accessClaims['grant_id'], stored.grant.id);
  assert.equal(accessClaims.sub, account.id);
  assert.equal(accessClaims['scope'], 'openid');
  assert.equal(parameters['scope'], 'openid');

  const halfHash = (text: string) =>
    createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
  const { exp, iat, ...claims } = decodeJwt(id_token);
  assert.ok(iat && exp && iat < exp);
  assert.deepEqual(claims, {
    iss: world.issuer,
    sub: account.id,
    aud: client.id,
    nonce: 'the nonce',
    auth_time: session.authTime,
    acr: 'urn:clientele:acr:1',
    amr: ['pwd'],
    sid: sidOf(session.id, client.id),
    at_hash: halfHash(access_token),
    c_hash: halfHash(code),
  });
});

test('an ID token that no access token goes with says what scopes ask for', async () => {
  const { client, session } = await signedIn();
  const ask = async (response_type: string) => {
    const request = codeRequest(client, { response_type, nonce: 'n', scope: 'openid profile email' });
    const { parameters } = responseOf(await world.ask(request, { sessions: [session] }));
    const { name, email } = decodeJwt(parameters['id_token'] ?? '');
    return { name, email };
  };
  assert.deepEqual(await ask('id_token'), { name: 'Alice', email: 'alice@example.com' });
  assert.deepEqual(await ask('id_token token'), { name: undefined, email: undefined });
  assert.deepEqual(await ask('code id_token'), { name: undefined, email: undefined });
});

test('none leaves nothing behind', async () => {
  const { client, session } = await signedIn();
  const insert = () => assert.fail('a grant was stored');
  const endpoint = world.over({ grants: { ...world.stores.grants, insert } });
  const form = new URLSearchParams(codeRequest(client, { response_type: 'none' }));
  const visitor = { sessions: [session], progress: world.progress() };
  const outcome = await endpoint.answer(parseAuthorizationForm(form.toString()), visitor);
  assert.deepEqual(responseOf(outcome).parameters, { iss: world.issuer, state: 'the state' });
});

for (const [responseType, mode] of [
  ['foo', 'query'],
  ['foo token', 'fragment'],
  ['id_token foo', 'fragment'],
] as const) {
  test(`an error about ${responseType} goes by ${mode}, and by what was asked for where that will do`, async () => {
    const client = await world.client();
    const ask = (changes: Readonly<Record<string, string>>) =>
      world.ask(codeRequest(client, { response_type: responseType, ...changes }));
    assert.equal(responseOf(await ask({})).target.mode, mode);
    assert.equal(responseOf(await ask({ response_mode: 'form_post' })).target.mode, 'form_post');
    assert.equal(responseOf(await ask({ response_mode: 'query' })).target.mode, mode);
    assert.equal(errorOf(await ask({})), 'unsupported_response_type');
  });
}

test('a response leaves what the redirect URI says itself as it is', () => {
  const at = (redirectUri: string, mode: 'query' | 'fragment' | 'form_post') =>
    locationOf({
      target: { redirectUri, mode, state: null },
      parameters: { code: 'a b&c', iss: world.issuer },
    });
  const encoded = 'code=a+b%26c&iss=https%3A%2F%2Fissuer.example';
  assert.equal(at('https://c.example/', 'query'), `https://c.example/?${encoded}`);
  assert.equal(at('https://c.example/?x=%20', 'query'), `https://c.example/?x=%20&${encoded}`);
  assert.equal(at('https://c.example/?x=1', 'fragment'), `https://c.example/?x=1#${encoded}`);
  assert.equal(at('https://c.example/?x=1', 'form_post'), 'https://c.example/?x=1');
});

test('a request without scope is for every public scope, and for none that reaches further than its response', async () => {
  const client = await world.client();
  const request = { client_id: client.id, response_type: 'code' };
  const { scopes, isOpenId } = needOf(await world.ask(request)).request;
  assert.equal(isOpenId, true);
  assert.ok(scopes.includes('reports') && !scopes.includes('offline_access') && !scopes.includes('admin'));
});
