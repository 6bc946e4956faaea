import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SignJWT } from 'jose';
import {
  exchange,
  refresh,
  registerForPeople,
  registerPublic,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import {
  type Answer,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';

const api = {
  id: 'api',
  name: 'API',
  audience: 'https://api.example',
  scopes: [],
  administrators: [],
  configSchema: null,
  slug: null,
  websiteUri: null,
} as const;

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer({ applications: [api] });
});
after(() => server[Symbol.asyncDispose]());

async function tokenOf({ basic }: RegisteredClient): Promise<string> {
  const headers = { authorization: basic };
  const { body } = await server.post('/oauth/token', { grant_type: 'client_credentials' }, { headers });
  return String(body['access_token']);
}

const introspect = (
  { basic }: RegisteredClient,
  token: string,
  form: Record<string, string> = {},
): Promise<Answer> =>
  server.post('/oauth/introspect', { token, ...form }, { headers: { authorization: basic } });
const isActive = async (caller: RegisteredClient, token: string) =>
  (await introspect(caller, token)).body['active'];

for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
  test(`a client sees what its own ${accessTokenFormat} token is worth`, async () => {
    const registered = await server.register({ accessTokenFormat });
    const answer = await introspect(registered, await tokenOf(registered), { token_type_hint: 'nonsense' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { active, token_type, client_id, sub, iss, aud, scope } = answer.body;
    const { id } = registered.client;
    assert.deepEqual(
      { active, token_type, client_id, sub, iss, aud, scope },
      {
        active: true,
        token_type: 'Bearer',
        client_id: id,
        sub: id,
        iss: server.issuer,
        aud: server.issuer,
        scope: 'reports exports',
      },
    );
  });

  test(`a ${accessTokenFormat} token is inactive once it expired, or its client is disabled or deleted`, async () => {
    const watcher = await server.register({ applicationId: 'api' });
    const applicationBindings = [{ applicationId: 'api', config: null }];
    const [expired, disabled, deleted, heldToMore] = await Promise.all(
      [1, 2, 3, 4].map(() =>
        server.register({ accessTokenFormat, accessTokenTtl: 100, applicationBindings }),
      ),
    );
    assert.ok(expired && disabled && deleted && heldToMore);
    const tokens = await Promise.all([expired, disabled, deleted, heldToMore].map(tokenOf));
    const active = () => Promise.all(tokens.map((token) => isActive(watcher, token)));
    assert.deepEqual(await active(), [true, true, true, true]);

    await server.change(disabled, { enabled: false });
    await server.remove(deleted);
    await server.change(heldToMore, { dpopRequired: true });
    assert.deepEqual(await active(), [true, false, false, false]);
    server.clock.advance(100);
    assert.deepEqual(await active(), [false, false, false, false]);
  });
}

// against: tokens/introspection
test('an application sees tokens that are for it, and another client sees none', async () => {
  const owner = await server.register({ applicationBindings: [{ applicationId: 'api', config: null }] });
  const token = await tokenOf(owner);
  assert.equal(await isActive(await server.register({ applicationId: 'api' }), token), true);
  const stranger = await introspect(await server.register(), token);
  assert.deepEqual([stranger.status, stranger.body], [200, { active: false }]);
});

test('what is no token of this server is inactive and nothing else', async () => {
  const caller = await server.register();
  const token = await tokenOf(caller);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forged = await new SignJWT({ client_id: caller.client.id, aud: server.issuer, sub: 'x', jti: 'x' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(server.issuer)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(Buffer.from(JSON.stringify({ keys: server.keyring.keySet().publicJwks })));
  for (const bad of [
    'x',
    'a.b.c',
    'cla_unknown',
    forged,
    `${header}.${payload}.`,
    `${header}.${payload}.${signature.slice(2)}AA`,
    `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
    'x'.repeat(20_000),
  ]) {
    const answer = await introspect(caller, bad);
    assert.deepEqual([answer.status, answer.body], [200, { active: false }]);
  }
});

// against: tokens/introspection
test('a caller needs the grant, a secret, and a token to ask about', async () => {
  const without = await server.register({ grantTypes: ['client_credentials'] });
  assert.equal((await introspect(without, 'x')).body['error'], 'unauthorized_client');
  const open = await server.register({ tokenEndpointAuthMethods: ['client_secret_basic', 'none'] });
  const anonymous = await server.post('/oauth/introspect', { token: 'x', client_id: open.client.id });
  assert.deepEqual([anonymous.status, anonymous.body['error']], [401, 'invalid_client']);
  assert.equal((await introspect(open, '')).body['error'], 'invalid_request');
});

// against: tokens/introspection
test('a client sees what its own refresh token is worth, and nobody else sees anything', async () => {
  const registered = await registerForPeople(server, { refreshTokenTtl: 500 });
  const { account, ...person } = await signInAt(server, registered, {
    request: { scopes: ['openid', 'offline_access', 'reports'] },
  });
  const { body } = await exchange(server, { account, ...person });
  const token = String(body['refresh_token']);
  const now = server.clock.now();
  const { status, body: facts } = await introspect(registered, token, { token_type_hint: 'access_token' });
  assert.deepEqual(
    [status, facts],
    [
      200,
      {
        active: true,
        iss: server.issuer,
        sub: account.id,
        client_id: registered.client.id,
        iat: now,
        exp: now + 500,
        scope: 'openid offline_access reports',
      },
    ],
  );
  assert.equal(await isActive(await server.register({ applicationId: 'api' }), token), false);
  assert.equal(await isActive(await server.register(), token), false);
  await server.change(registered, { allowedScopes: ['openid', 'offline_access'] });
  assert.equal((await introspect(registered, token)).body['scope'], 'openid offline_access');
  await server.stores.accounts.replace({ ...account, disabled: true });
  assert.equal(await isActive(registered, token), false);
});

test('a refresh token that was rotated, has expired, or is no use to its client is inactive', async () => {
  const open = { tokenEndpointAuthMethods: ['client_secret_basic', 'none'] } as const;
  const registered = await registerPublic(server, { ...open, refreshTokenTtl: 500 });
  const { body } = await exchange(server, await signInAt(server, registered));
  const rotated = await refresh(server, registered, body['refresh_token']);
  const token = String(rotated.body['refresh_token']);
  assert.equal(await isActive(registered, String(body['refresh_token'])), false);
  assert.equal(await isActive(registered, token), true);
  const without = await server.change(registered, { grantTypes: ['authorization_code', 'introspect'] });
  assert.equal(await isActive(registered, token), false);
  await server.change(without, { grantTypes: registered.client.grantTypes });
  assert.equal(await isActive(registered, token), true);
  server.clock.advance(500);
  assert.equal(await isActive(registered, token), false);
  assert.equal(await isActive(registered, 'clr_unknown'), false);
});
