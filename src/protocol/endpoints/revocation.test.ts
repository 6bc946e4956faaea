import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  exchange,
  opensUserinfo,
  refresh,
  registerForPeople,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import {
  type Answer,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { makeOpaqueToken } from '../tokens/opaque-token.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

async function tokenOf({ basic }: RegisteredClient, from = server): Promise<string> {
  const headers = { authorization: basic };
  const { body } = await from.post('/oauth/token', { grant_type: 'client_credentials' }, { headers });
  return String(body['access_token']);
}
const revoke = (
  { basic }: RegisteredClient,
  token: string,
  form: Record<string, string> = {},
): Promise<Answer> => server.post('/oauth/revoke', { token, ...form }, { headers: { authorization: basic } });
const isInForce = async (token: string) => (await server.verifier.verify(token)) !== undefined;

for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
  test(`a revoked ${accessTokenFormat} token is out of force at once, and the others stay`, async () => {
    const registered = await server.register({ accessTokenFormat });
    const [revoked, kept] = [await tokenOf(registered), await tokenOf(registered)];
    const answer = await revoke(registered, revoked, { token_type_hint: 'refresh_token' });
    assert.deepEqual([answer.status, answer.body], [200, {}]);
    assert.deepEqual([await isInForce(revoked), await isInForce(kept)], [false, true]);
    assert.equal((await revoke(registered, revoked)).status, 200);
  });

  // against: tokens/revocation
  test(`a ${accessTokenFormat} token of another client is left alone`, async () => {
    const token = await tokenOf(await server.register({ accessTokenFormat }));
    assert.equal((await revoke(await server.register(), token)).status, 200);
    assert.equal(await isInForce(token), true);
  });
}

test('a token that is out of force for now is revoked for good', async () => {
  const registered = await server.register();
  const token = await tokenOf(registered);
  const held = await server.change(registered, { dpopRequired: true });
  assert.equal((await revoke(registered, token)).status, 200);
  await server.change(held, { dpopRequired: false });
  assert.equal(await isInForce(token), false);
});

test('an unknown token is no error', async () => {
  assert.equal((await revoke(await server.register(), 'cla_unknown')).status, 200);
});

test('whether a secret is needed is what publicRevoke says', async () => {
  const withoutSecret = (registered: RegisteredClient, token: string) =>
    server.post('/oauth/revoke', { token, client_id: registered.client.id });

  const secretOptional = await server.register({ tokenEndpointAuthMethods: ['client_secret_basic', 'none'] });
  const kept = await tokenOf(secretOptional);
  assert.equal((await withoutSecret(secretOptional, kept)).status, 401);
  assert.equal(await isInForce(kept), true);

  const confidential = await server.register({ publicRevoke: true });
  const revoked = await tokenOf(confidential);
  assert.equal((await withoutSecret(confidential, revoked)).status, 200);
  assert.equal(await isInForce(revoked), false);
  const wrong = { ...confidential, basic: confidential.basic.slice(0, -4) };
  assert.equal((await revoke(wrong, revoked)).status, 401);
});

test('a client without the grant is refused and its token stays', async () => {
  const registered = await server.register({ grantTypes: ['client_credentials'] });
  const token = await tokenOf(registered);
  assert.deepEqual((await revoke(registered, token)).body['error'], 'unauthorized_client');
  assert.equal(await isInForce(token), true);
});

// against: tokens/revocation
test('a revocation that was not stored is a server error', async () => {
  const fail = () => Promise.reject(new Error('disk full'));
  await using broken = await startProtocolServer({
    engineStores: (stores) => ({
      ...stores,
      accessTokens: { ...stores.accessTokens, deny: fail, revoke: fail },
    }),
  });
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    const registered = await broken.register({ accessTokenFormat });
    const token = await tokenOf(registered, broken);
    const headers = { authorization: registered.basic };
    assert.equal((await broken.post('/oauth/revoke', { token }, { headers })).status, 500);
  }
});

// against: tokens/revocation
test('with a refresh token every token of the sign-in ends, and no other sign-in', async () => {
  const registered = await registerForPeople(server);
  const signIn = async () => (await exchange(server, await signInAt(server, registered))).body;
  const [ended, kept] = [await signIn(), await signIn()];
  const stranger = await registerForPeople(server);
  assert.equal((await revoke(stranger, String(ended['refresh_token']))).status, 200);
  assert.equal(await opensUserinfo(server, ended['access_token']), true);
  const hint = { token_type_hint: 'access_token' };
  assert.equal((await revoke(registered, String(ended['refresh_token']), hint)).status, 200);
  assert.equal(await opensUserinfo(server, ended['access_token']), false);
  assert.equal((await refresh(server, registered, ended['refresh_token'])).body['error'], 'invalid_grant');
  assert.equal(await opensUserinfo(server, kept['access_token']), true);
  assert.equal((await refresh(server, registered, kept['refresh_token'])).status, 200);
  assert.equal((await revoke(registered, String(ended['refresh_token']))).status, 200);
});

// against: tokens/revocation
test('with a refresh token that was forgotten the sign-in ends too, at its own client alone', async () => {
  const registered = await registerForPeople(server);
  const { body } = await exchange(server, await signInAt(server, registered));
  const forgotten = String(body['refresh_token']).replace(/^clr_.{59}/, makeOpaqueToken('refreshToken'));
  await revoke(await registerForPeople(server), forgotten);
  await revoke(registered, forgotten.replace(/.{22}$/, 'A'.repeat(22)));
  assert.equal(await opensUserinfo(server, body['access_token']), true);
  assert.equal((await revoke(registered, forgotten)).status, 200);
  assert.equal(await opensUserinfo(server, body['access_token']), false);
});

test('with an access token that alone ends, and its refresh token gives another', async () => {
  const registered = await registerForPeople(server);
  const { body } = await exchange(server, await signInAt(server, registered));
  await revoke(registered, String(body['access_token']));
  assert.equal(await opensUserinfo(server, body['access_token']), false);
  const answer = await refresh(server, registered, body['refresh_token']);
  assert.equal(await opensUserinfo(server, answer.body['access_token']), true);
});
