import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AuthorizationWorld,
  callback,
  challenge,
  codeRequest,
  errorOf,
  needOf,
  openAuthorizationWorld,
  type Parameters,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import type { Client } from '../../clients/client.ts';
import { randomUuid } from '../../kernel/random.ts';
import type { OAuthErrorCode } from '../errors.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { UnprovenRequestError } from './unproven-request.ts';

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld();
});
after(() => world[Symbol.asyncDispose]());

/** The request as it stands when somebody has to sign in for it. */
async function requestOf(parameters: Parameters): Promise<AuthorizationRequest> {
  const need = needOf(await world.ask(parameters));
  assert.equal(need.prompt, 'login');
  return need.request;
}

const isUnproven = (title: string) => (error: unknown) =>
  error instanceof UnprovenRequestError && error.title === title;

for (const [what, parameters, changes] of [
  ['no client', { client_id: '' }, {}],
  ['a client that never was', { client_id: randomUuid() }, {}],
  ['what is no id', { client_id: 'client\u2028' }, {}],
  ['an id in capitals', { client_id: 'ABCDEFAB-CDEF-4ABC-8DEF-ABCDEFABCDEF' }, {}],
  ['an oversized id', { client_id: 'a'.repeat(60_000) }, {}],
  ['a disabled client', {}, { enabled: false }],
] as const) {
  // against: redirects/unproven
  test(`a request that names ${what} is answered nowhere`, async () => {
    const client = await world.client(changes);
    await assert.rejects(world.ask(codeRequest(client, parameters)), isUnproven('Invalid client_id'));
  });
}

for (const [what, parameters, changes] of [
  ['that is not registered', { redirect_uri: 'https://evil.example/callback' }, {}],
  ['that only begins like a registered one', { redirect_uri: `${callback}x` }, {}],
  ['that is missing from a request of OpenID Connect', { redirect_uri: '' }, {}],
  ['that nobody has registered', { redirect_uri: '', scope: '' }, { redirectUris: [] }],
  ['that is oversized', { redirect_uri: `${callback}?${'a'.repeat(60_000)}` }, {}],
] as const) {
  // against: redirects/unproven
  test(`a redirect URI ${what} is gone to by nobody`, async () => {
    const client = await world.client(changes);
    await assert.rejects(world.ask(codeRequest(client, parameters)), isUnproven('Invalid redirect_uri'));
  });
}

test('a request of plain OAuth that names no redirect URI gets the first, and the exchange need not repeat it', async () => {
  const client = await world.client({ redirectUris: ['https://first.example/', callback] });
  const { target, redirectUriGiven } = await requestOf({ client_id: client.id, response_type: 'code' });
  assert.equal(target.redirectUri, 'https://first.example/');
  assert.equal(redirectUriGiven, false);
  assert.equal((await requestOf(codeRequest(client))).redirectUriGiven, true);
});

interface Fault {
  readonly what: string;
  readonly parameters: Parameters;
  readonly code: OAuthErrorCode;
  readonly client?: Partial<Client>;
  readonly state?: null;
}

const implicit = { response_type: 'id_token', nonce: 'n' };
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };

const faults: readonly Fault[] = [
  { what: 'response_type is missing', parameters: { response_type: '' }, code: 'invalid_request' },
  ...['foo', 'Code', 'code code', 'none code', 'code  token', ' code', 'x'.repeat(5000)].map(
    (response_type): Fault => ({
      what: `response_type is ${JSON.stringify(response_type.slice(0, 20))}`,
      parameters: { response_type },
      code: 'unsupported_response_type',
    }),
  ),
  { what: 'response_mode is unknown', parameters: { response_mode: 'jwt' }, code: 'invalid_request' },
  {
    what: 'state is oversized',
    parameters: { state: 's'.repeat(4097) },
    code: 'invalid_request',
    state: null,
  },
  ...['a\nb', 'a\rb', 'a\0b', 'a\tb'].map(
    (state): Fault => ({
      what: `state is ${JSON.stringify(state)}, which no form gives back`,
      parameters: { state },
      code: 'invalid_request',
      state: null,
    }),
  ),
  { what: 'nonce is oversized', parameters: { nonce: 'n'.repeat(1025) }, code: 'invalid_request' },
  {
    what: 'an ID token is asked for without nonce',
    parameters: { ...implicit, nonce: '' },
    code: 'invalid_request',
  },
  {
    what: 'an ID token is asked for without openid',
    parameters: { ...implicit, scope: 'profile' },
    code: 'invalid_scope',
  },
  { what: 'scope is malformed', parameters: { scope: 'openid "' }, code: 'invalid_scope' },
  { what: 'scope is unknown', parameters: { scope: 'openid unknown' }, code: 'invalid_scope' },
  { what: 'scope is not the client’s', parameters: { scope: 'openid admin' }, code: 'invalid_scope' },
  {
    what: 'scope is oversized',
    parameters: { scope: `openid ${'x'.repeat(50_000)}` },
    code: 'invalid_scope',
  },
  {
    what: 'resource is not the client’s',
    parameters: { resource: 'https://other.example' },
    code: 'invalid_target',
  },
  {
    what: 'a method stands without challenge',
    parameters: { code_challenge_method: 'S256' },
    code: 'invalid_request',
  },
  {
    what: 'a challenge stands without method',
    parameters: { code_challenge: challenge },
    code: 'invalid_request',
  },
  {
    what: 'the method is plain',
    parameters: { ...pkce, code_challenge_method: 'plain' },
    code: 'invalid_request',
  },
  {
    what: 'the method is unknown',
    parameters: { ...pkce, code_challenge_method: 's256' },
    code: 'invalid_request',
  },
  ...[challenge.slice(1), `${challenge}A`, `${challenge.slice(1)}=`, `${challenge.slice(1)} `].map(
    (code_challenge): Fault => ({
      what: `the challenge is ${code_challenge.length} characters ending in ${code_challenge.at(-1)}`,
      parameters: { ...pkce, code_challenge },
      code: 'invalid_request',
    }),
  ),
  {
    what: 'a client that proves no secret sends no challenge',
    parameters: {},
    client: { tokenEndpointAuthMethods: ['none'] },
    code: 'invalid_request',
  },
  {
    what: 'a client whose secret is optional sends no challenge',
    parameters: {},
    client: { tokenEndpointAuthMethods: ['client_secret_basic', 'none'] },
    code: 'invalid_request',
  },
  {
    what: 'a client whose record needs PKCE sends no challenge',
    parameters: {},
    client: { pkceRequired: true },
    code: 'invalid_request',
  },
  {
    what: 'a hybrid request drops the challenge that its client needs',
    parameters: { response_type: 'code id_token', nonce: 'n' },
    client: { pkceRequired: true },
    code: 'invalid_request',
  },
  {
    what: 'prompt is none and something else',
    parameters: { prompt: 'none login' },
    code: 'invalid_request',
  },
  { what: 'prompt is none and unknown', parameters: { prompt: 'later none' }, code: 'invalid_request' },
  ...['-1', '1.5', '1e3', 'x', ' 1', '12345678901'].map(
    (max_age): Fault => ({
      what: `max_age is ${JSON.stringify(max_age)}`,
      parameters: { max_age },
      code: 'invalid_request',
    }),
  ),
  { what: 'login_hint is oversized', parameters: { login_hint: 'a'.repeat(1025) }, code: 'invalid_request' },
  { what: 'acr_values is oversized', parameters: { acr_values: 'a'.repeat(1025) }, code: 'invalid_request' },
  { what: 'acr_values has too many', parameters: { acr_values: 'a '.repeat(51) }, code: 'invalid_request' },
  { what: 'claims is no JSON', parameters: { claims: 'name' }, code: 'invalid_request' },
  {
    what: 'claims is oversized',
    parameters: { claims: `{"a":"${'x'.repeat(9000)}"}` },
    code: 'invalid_request',
  },
  { what: 'id_token_hint is no token', parameters: { id_token_hint: 'x.y.z' }, code: 'invalid_request' },
  {
    what: 'id_token_hint is oversized',
    parameters: { id_token_hint: 'x'.repeat(20_000) },
    code: 'invalid_request',
  },
  { what: 'request is there', parameters: { request: 'x' }, code: 'request_not_supported' },
  {
    what: 'request_uri is there',
    parameters: { request_uri: 'https://a.example' },
    code: 'request_uri_not_supported',
  },
  { what: 'registration is there', parameters: { registration: '{}' }, code: 'registration_not_supported' },
  {
    what: 'the client is held to pushed requests',
    parameters: {},
    client: { parRequired: true },
    code: 'invalid_request',
  },
  {
    what: 'the client is held to DPoP',
    parameters: {},
    client: { dpopRequired: true },
    code: 'invalid_dpop_proof',
  },
  {
    what: 'a client with managed buckets wants a token from the browser',
    parameters: { response_type: 'code token' },
    client: { usesManagedBuckets: true },
    code: 'unauthorized_client',
  },
  {
    what: 'the only class that would do is none of this server’s',
    parameters: { claims: '{"id_token":{"acr":{"essential":true,"value":"loa4"}}}' },
    code: 'unmet_authentication_requirements',
  },
];

for (const { what, parameters, code, client: changes = {}, state = 'the state' } of faults) {
  // against: pkce/downgrade, redirects/unproven
  test(`the client is told, and nobody is asked anything, when ${what}`, async () => {
    const client = await world.client(changes);
    const { target, parameters: told } = responseOf(await world.ask(codeRequest(client, parameters)));
    assert.equal(target.redirectUri, callback);
    const { error_description: description = '', ...rest } = told;
    assert.deepEqual(rest, {
      error: code,
      iss: world.issuer,
      ...(state !== null && { state }),
    });
    assert.match(description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });
}

for (const name of [
  'response_type',
  'scope',
  'state',
  'nonce',
  'prompt',
  'code_challenge',
  'foo',
  'response_mode',
]) {
  test(`a repeated ${name} is told at the redirect URI`, async () => {
    const client = await world.client();
    const query = new URLSearchParams(codeRequest(client));
    query.delete(name);
    const outcome = await world.ask(`${query}&${name}=a&${name}=a`);
    assert.equal(errorOf(outcome), 'invalid_request');
    assert.equal(responseOf(outcome).parameters['state'], name === 'state' ? undefined : 'the state');
  });

  test(`a ${name} that is wrongly encoded is told at the redirect URI`, async () => {
    const client = await world.client();
    const query = new URLSearchParams(codeRequest(client));
    query.delete(name);
    assert.equal(errorOf(await world.ask(`${query}&${name}=%ff`)), 'invalid_request');
  });
}

test('parameters that nobody knows are passed over, and so are values that are only wishes', async () => {
  const client = await world.client();
  const request = await requestOf(
    codeRequest(client, {
      foo: 'bar',
      display: 'hologram',
      ui_locales: 'xx de-CH',
      prompt: 'later',
      acr_values: 'loa9',
      claims: '{"id_token":{"acr":{"values":["loa9"]}}}',
    }),
  );
  assert.equal(request.display, 'page');
  assert.deepEqual(request.uiLocales, ['xx', 'de-CH']);
  assert.deepEqual([...request.prompts], []);
  assert.deepEqual(request.acrValues, ['loa9']);
});

test('a request is what its parameters say', async () => {
  const client = await world.client();
  const request = await requestOf(
    codeRequest(client, {
      ...pkce,
      scope: 'openid email',
      nonce: 'n',
      max_age: '60',
      login_hint: 'alice@example.com',
      display: 'popup',
      response_mode: 'form_post',
      claims: '{"userinfo":{"name":null}}',
    }),
  );
  assert.deepEqual(request, {
    client,
    target: { redirectUri: callback, mode: 'form_post', state: 'the state' },
    redirectUriGiven: true,
    responseType: new Set(['code']),
    isOpenId: true,
    scopes: ['openid', 'email'],
    audience: [world.issuer],
    codeChallenge: { challenge, method: 'S256' },
    nonce: 'n',
    prompts: new Set(),
    maxAge: 60,
    loginHint: 'alice@example.com',
    hintedSubject: null,
    acrValues: [],
    claims: { userinfo: { name: null }, id_token: {} },
    uiLocales: [],
    display: 'popup',
  });
});

test('the longest state and nonce are taken as they are', async () => {
  const client = await world.client();
  const [state, nonce] = ['ü'.repeat(4096), 'n'.repeat(1024)];
  const request = await requestOf(codeRequest(client, { state, nonce }));
  assert.equal(request.target.state, state);
  assert.equal(request.nonce, nonce);
});

for (const [what, parameters, changes, heard] of [
  ['and the person is asked', { prompt: 'consent' }, {}, true],
  ['and nobody is asked', {}, {}, false],
  ['for a client of the operator', {}, { internal: true }, true],
  ['for a client that is to have refresh tokens always', {}, { refreshTokenIssuance: 'always' }, true],
  ['without a code', { prompt: 'consent', response_type: 'id_token', nonce: 'n' }, {}, false],
  [
    'by a client without refresh tokens',
    { prompt: 'consent' },
    { grantTypes: ['authorization_code'] },
    false,
  ],
] as const) {
  test(`offline_access is ${heard ? 'heard' : 'passed over'} when it is asked for ${what}`, async () => {
    const client = await world.client(changes);
    const { scopes } = await requestOf(
      codeRequest(client, { scope: 'openid offline_access', ...parameters }),
    );
    assert.deepEqual(scopes, heard ? ['openid', 'offline_access'] : ['openid']);
  });
}

test('claims of a scope that the client may not have are asked for by no other way', async () => {
  const client = await world.client({ allowedScopes: ['openid'] });
  const claims = '{"id_token":{"email":{"essential":true},"auth_time":null}}';
  const request = await requestOf(codeRequest(client, { claims }));
  assert.deepEqual(request.claims, { userinfo: {}, id_token: { auth_time: null } });
});
