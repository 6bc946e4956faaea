import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProtocolServer } from '../../../test/fixtures/protocol-server.ts';

async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, unknown>;
}

test('the metadata names what exists, under both well-known names', async () => {
  await using server = await startProtocolServer();
  const metadata = await getJson(`${server.issuer}/.well-known/openid-configuration`);
  assert.deepEqual(await getJson(`${server.issuer}/.well-known/oauth-authorization-server`), metadata);
  assert.equal(metadata['issuer'], server.issuer);
  const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'];
  assert.deepEqual(metadata['grant_types_supported'], grantTypes);
  const proving = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
  assert.deepEqual(metadata['introspection_endpoint_auth_methods_supported'], proving);
  for (const endpoint of ['token', 'revocation']) {
    assert.deepEqual(metadata[`${endpoint}_endpoint_auth_methods_supported`], [...proving, 'none']);
  }
  const scopes = metadata['scopes_supported'] as readonly string[];
  assert.deepEqual([scopes.includes('openid'), scopes.includes('admin')], [true, false]);
  for (const endpoint of ['token', 'introspection', 'revocation']) {
    const response = await fetch(String(metadata[`${endpoint}_endpoint`]), { method: 'POST' });
    assert.equal(response.status, 401, endpoint);
  }
});

test('the metadata names the algorithms of client assertions wherever clients authenticate', async () => {
  await using server = await startProtocolServer();
  const metadata = await getJson(`${server.issuer}/.well-known/openid-configuration`);
  for (const endpoint of ['token', 'introspection', 'revocation']) {
    const algs = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`] as readonly string[];
    assert.ok(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519', 'HS256'].every((alg) => algs.includes(alg)));
    assert.ok(!algs.includes('none'));
  }
});

test('where no secret is kept, the metadata names no authentication that needs one', async () => {
  await using server = await startProtocolServer({ secretStorage: 'hashed' });
  const metadata = await getJson(`${server.issuer}/.well-known/openid-configuration`);
  const proving = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
  assert.deepEqual(metadata['introspection_endpoint_auth_methods_supported'], proving);
  for (const endpoint of ['token', 'revocation']) {
    assert.deepEqual(metadata[`${endpoint}_endpoint_auth_methods_supported`], [...proving, 'none']);
  }
  for (const endpoint of ['token', 'introspection', 'revocation']) {
    const algs = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`] as readonly string[];
    assert.deepEqual([algs.includes('RS256'), algs.some((alg) => alg.startsWith('HS'))], [true, false]);
  }
});

test('the metadata lists the algorithms that clients can be set to, and RS256 is one of them', async () => {
  await using server = await startProtocolServer();
  const metadata = await getJson(`${server.issuer}/.well-known/openid-configuration`);
  const algs = metadata['id_token_signing_alg_values_supported'] as readonly string[];
  // OpenID Connect Discovery §3: RS256 must be included. Nobody holds an Ed25519 key for this server.
  assert.deepEqual(
    [algs.includes('RS256'), algs.includes('EdDSA'), algs.includes('none')],
    [true, false, false],
  );
  assert.deepEqual(metadata['userinfo_signing_alg_values_supported'], algs);
});

test('the metadata says what requests at the authorization endpoint can say', async () => {
  await using server = await startProtocolServer();
  const metadata = await getJson(`${server.issuer}/.well-known/openid-configuration`);
  const { issuer } = server;
  const expected = {
    authorization_endpoint: `${issuer}/oauth/authorize`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    end_session_endpoint: `${issuer}/oauth/end-session`,
    response_types_supported: [
      'code',
      'id_token',
      'code id_token',
      'code token',
      'id_token token',
      'code id_token token',
      'token',
      'none',
    ],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    // Nobody may sign up here.
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    acr_values_supported: ['urn:clientele:acr:1', 'urn:clientele:acr:2'],
    display_values_supported: ['page', 'popup', 'touch'],
    ui_locales_supported: ['en'],
    claim_types_supported: ['normal'],
    claims_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
  };
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(metadata[name], value, name);
  const claims = metadata['claims_supported'] as readonly string[];
  assert.deepEqual([claims.length, new Set(claims).size], [24, 24]);
  for (const claim of ['sub', 'auth_time', 'acr', 'sid', 'name', 'email', 'address', 'phone_number']) {
    assert.ok(claims.includes(claim), claim);
  }
});

test('an issuer with a path is found in the forms of both specifications', async () => {
  await using server = await startProtocolServer({ path: '/tenant' });
  const { origin } = new URL(server.issuer);
  const metadata = await getJson(`${server.issuer}/.well-known/openid-configuration`);
  assert.equal(metadata['issuer'], `${origin}/tenant`);
  assert.deepEqual(await getJson(`${origin}/.well-known/oauth-authorization-server/tenant`), metadata);
  assert.ok((await getJson(String(metadata['jwks_uri'])))['keys']);
});

// against: tokens/private-keys, tokens/rotation
test('the key set shows public members alone and follows a rotation', async () => {
  await using server = await startProtocolServer();
  const url = `${server.issuer}/oauth/jwks`;
  const before = (await getJson(url))['keys'] as readonly Record<string, unknown>[];
  await server.keyring.rotate('ES256');
  const keys = (await getJson(url))['keys'] as readonly Record<string, unknown>[];
  assert.deepEqual([before.length, keys.length], [4, 5]);
  for (const key of keys) {
    const members = key['kty'] === 'EC' ? ['crv', 'kty', 'x', 'y'] : ['e', 'kty', 'n'];
    assert.deepEqual(Object.keys(key).sort(), [...members, 'alg', 'kid', 'use'].sort());
  }
});

test('a document that a cache has is not sent again', async () => {
  await using server = await startProtocolServer();
  for (const [path, cacheControl] of [
    ['/oauth/jwks', 'public, no-cache'],
    ['/.well-known/openid-configuration', 'public, max-age=300'],
  ]) {
    const first = await fetch(server.issuer + path);
    const etag = first.headers.get('etag') ?? '';
    assert.equal(first.headers.get('cache-control'), cacheControl);
    const send = (tag: string) => fetch(server.issuer + path, { headers: { 'if-none-match': tag } });
    assert.equal((await send(etag)).status, 304);
    assert.equal((await send(`"x", W/${etag}`)).status, 304);
    assert.equal((await send('"x"')).status, 200);
    const post = await fetch(server.issuer + path, { method: 'POST' });
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  }
});
