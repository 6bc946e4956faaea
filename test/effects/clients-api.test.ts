import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { SignatureAlg } from '../../src/clients/client.ts';
import { createManualClock } from '../../src/kernel/clock.ts';
import { dataOf, openOn, pathOf, type ShownClient } from '../clients-api/world.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { declaring } from '../connect/world.ts';
import {
  assertionType,
  goodClaims,
  makeAssertion,
  makeKeyPair,
  toPem,
} from '../fixtures/client-assertion.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import {
  actions,
  answerOutcome,
  billing,
  type Credentials,
  type Endpoint,
  everywhere,
  outcomes,
  scopes,
} from './world.ts';

const refused = '401 invalid_client';
const unauthorized = '400 unauthorized_client';
const usable = everywhere('ok');
const everyGrant = ['client_credentials', 'revoke', 'introspect'];

/** A server that is administered through the clients API alone. */
async function open(context: TestContext) {
  const clock = createManualClock();
  const env = declaring(context, { applications: [billing], scopes });
  const server = await startTestServer(context, { clock, env });
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  const { post, issue, introspect } = actions(server, service);
  const { create, change, ...api } = await openOn(server);
  /** Gives a client settings, and its credentials as they are then. */
  const set = async ({ id }: Pick<ShownClient, 'id'>, fields: object): Promise<Credentials> => {
    const { secret } = dataOf(await change(id, fields)) as ShownClient;
    return { id, secret };
  };
  const register = async (fields: object = {}): Promise<ShownClient> =>
    create({ supported_grant_types: everyGrant, confidential: true, ...fields });
  const ask = (credentials: Credentials) => outcomes({ post } as Parameters<typeof outcomes>[0], credentials);
  return { ...api, server, clock, post, issue, introspect, set, register, ask };
}

const credentialsOf = ({ id, secret }: ShownClient): Credentials => ({ id, secret });
const withoutSecret = ({ id = '' }: Credentials): Credentials => ({ id });
const wrong = ({ id = '' }: Credentials): Credentials => ({ id, secret: 'wrong' });
const posted = (client: Credentials): Credentials => ({ ...client, method: 'client_secret_post' });

test('each setting of the clients API holds at every endpoint that it concerns, from the next request on', async (context) => {
  const { register, set, ask } = await open(context);
  const basicAlone = { token_endpoint_auth_methods: ['client_secret_basic'] };
  const postAlone = { token_endpoint_auth_methods: ['client_secret_post'] };
  const rows: readonly (readonly [
    setting: object,
    use: (client: Credentials) => Credentials,
    expected: Record<Endpoint, string>,
  ])[] = [
    [{}, (client) => client, usable],
    [{ supported_grant_types: everyGrant.slice(1) }, (client) => client, { ...usable, token: unauthorized }],
    [
      { supported_grant_types: ['client_credentials', 'revoke'] },
      (client) => client,
      { ...usable, introspection: unauthorized },
    ],
    [
      { supported_grant_types: ['client_credentials', 'introspect'] },
      (client) => client,
      { ...usable, revocation: unauthorized },
    ],
    [{ supported_grant_types: [] }, (client) => client, everywhere(unauthorized)],
    [{ confidential: true }, withoutSecret, everywhere(refused)],
    [{ confidential: true }, wrong, everywhere(refused)],
    [{ confidential: false }, (client) => client, usable],
    [{ confidential: false }, withoutSecret, everywhere(refused)],
    [{ confidential: false }, wrong, everywhere(refused)],
    [{ public_revoke: true }, withoutSecret, { ...everywhere(refused), revocation: 'ok' }],
    [{ public_revoke: true }, wrong, everywhere(refused)],
    [{ public_revoke: true }, (client) => client, usable],
    [{ public_revoke: false }, withoutSecret, everywhere(refused)],
    [basicAlone, (client) => client, usable],
    [basicAlone, posted, everywhere(refused)],
    [postAlone, (client) => client, everywhere(refused)],
    [postAlone, posted, usable],
    [{ token_endpoint_auth_methods: ['private_key_jwt'] }, (client) => client, everywhere(refused)],
    [{ enforce_dpop: true }, (client) => client, { ...usable, token: '400 invalid_dpop_proof' }],
    [{ enforce_dpop: false }, (client) => client, usable],
  ];
  for (const [setting, use, expected] of rows) {
    const client = await register();
    const seen = await ask(use(await set(client, setting)));
    assert.deepEqual([setting, seen], [setting, expected]);
  }
});

test('secret: the old one is refused and the new one accepted from the next request on', async (context) => {
  const { register, set, ask, issue, introspect } = await open(context);
  const client = await register();
  const token = await issue(credentialsOf(client));
  const renewed = await set(client, { secret: 's'.repeat(64) });
  assert.deepEqual(await ask(credentialsOf(client)), everywhere(refused));
  assert.deepEqual(await ask(renewed), usable);
  assert.equal((await introspect(renewed, token))['active'], true);
});

test('authorize_scope and authorized_scopes: what may be asked for, and what tokens keep', async (context) => {
  const { register, set, issue, introspect, post } = await open(context);
  const client = await register({ authorized_scopes: [{ name: 'payroll' }] });
  const credentials = credentialsOf(client);
  const may = async (scope: string) => answerOutcome(await post('token', credentials, { scope }));
  assert.deepEqual([await may('reports'), await may('payroll')], ['ok', '400 invalid_scope']);

  await set(client, { authorize_scope: true });
  assert.deepEqual(
    [await may('reports'), await may('payroll'), await may('backend')],
    ['ok', 'ok', '400 invalid_scope'],
  );
  const token = await issue(credentials, { scope: 'reports payroll' });
  assert.equal((await introspect(credentials, token))['scope'], 'reports payroll');

  await set(client, { authorized_scopes: [{ name: 'backend' }] });
  assert.deepEqual([await may('payroll'), await may('backend')], ['400 invalid_scope', 'ok']);
  assert.equal((await introspect(credentials, token))['scope'], 'reports');

  await set(client, { authorize_scope: false });
  assert.deepEqual([await may('reports'), await may('backend')], ['ok', '400 invalid_scope']);
});

test('scopes that are registered, renamed, made private and deleted are so for every token request and every token', async (context) => {
  const { register, issue, introspect, post, createScope, call } = await open(context);
  const credentials = credentialsOf(await register());
  const { id } = await createScope({ name: 'fresh', public: true });
  const change = (scope: object) => call('PUT', `/api/scopes/${id}`, { scope });
  const may = async (scope: string) => answerOutcome(await post('token', credentials, { scope }));
  const token = await issue(credentials, { scope: 'fresh reports' });
  const scopeOf = async () => (await introspect(credentials, token))['scope'];
  assert.deepEqual([await may('fresh'), await scopeOf()], ['ok', 'fresh reports']);
  await change({ public: false });
  assert.deepEqual([await may('fresh'), await scopeOf()], ['400 invalid_scope', 'reports']);
  await change({ public: true, name: 'renamed' });
  assert.deepEqual(
    [await may('fresh'), await may('renamed'), await scopeOf()],
    ['400 invalid_scope', 'ok', 'reports'],
  );
  await call('DELETE', `/api/scopes/${id}`);
  assert.deepEqual([await may('renamed'), await scopeOf()], ['400 invalid_scope', 'reports']);
});

test('access_token_ttl: in expires_in, in the token, and refused when it is over', async (context) => {
  const { register, set, introspect, post, clock } = await open(context);
  const client = await register();
  for (const ttl of [1, 60, 86_400]) {
    const credentials = await set(client, { access_token_ttl: ttl });
    const { body } = await post('token', credentials);
    const token = String(body['access_token']);
    const { iat = 0, exp = 0 } = decodeJwt(token);
    assert.deepEqual([body['expires_in'], exp - iat], [ttl, ttl]);
    clock.advance(ttl - 1);
    assert.equal((await introspect(credentials, token))['active'], true);
    clock.advance(1);
    assert.deepEqual(await introspect(credentials, token), { active: false });
  }
});

test('token_endpoint_auth_methods, token_endpoint_jwt_auth_alg and jwt_public_key: what is registered is accepted, each other refused', async (context) => {
  const { server, clock, register, set, post } = await open(context);
  const client = await register();
  const rsa = makeKeyPair('RS256');
  const pairs: Partial<Record<SignatureAlg, ReturnType<typeof makeKeyPair>>> = {
    RS256: rsa,
    PS256: rsa,
    ES256: makeKeyPair('ES256'),
    EdDSA: makeKeyPair('EdDSA'),
  };
  const algs = [...Object.keys(pairs), 'HS256', 'HS512'] as SignatureAlg[];
  const answer = async (alg: SignatureAlg, endpoint: Endpoint): Promise<string> => {
    const claims = goodClaims({ issuer: server.issuer, clock }, client.id);
    const key = pairs[alg]?.privateKey ?? Buffer.from(client.secret);
    const client_assertion = makeAssertion({ header: { alg }, claims, alg, key });
    const extra = { client_assertion, client_assertion_type: assertionType };
    return answerOutcome(await post(endpoint, { id: client.id }, extra));
  };
  for (const registered of algs) {
    const pair = pairs[registered];
    const method = pair ? 'private_key_jwt' : 'client_secret_jwt';
    await set(client, {
      token_endpoint_auth_methods: [method],
      token_endpoint_jwt_auth_alg: registered,
      jwt_public_key: pair ? toPem(pair.publicKey) : null,
    });
    for (const alg of algs) {
      const expected = alg === registered ? 'ok' : refused;
      for (const endpoint of ['token', 'introspection', 'revocation'] as const) {
        assert.equal(await answer(alg, endpoint), expected, `${alg} for ${registered} at ${endpoint}`);
      }
    }
    await set(client, { token_endpoint_auth_methods: ['client_secret_basic'] });
    assert.equal(await answer(registered, 'token'), refused);
  }
  const last = { token_endpoint_auth_methods: ['private_key_jwt'], token_endpoint_jwt_auth_alg: 'RS256' };
  await set(client, { ...last, jwt_public_key: toPem(makeKeyPair('RS256').publicKey) });
  assert.equal(await answer('RS256', 'token'), refused);
  await set(client, { jwt_public_key: toPem(rsa.publicKey) });
  assert.equal(await answer('RS256', 'token'), 'ok');
});

test('a grant without a mechanism is refused, though the client has it', async (context) => {
  const { register, post } = await open(context);
  const grants = ['password', 'agent_code', 'implicit', 'agent_credentials'];
  const others = ['id_token', 'vp_token', 'preauthorized_code'];
  const client = await register({
    supported_grant_types: [...grants, ...others],
    redirect_uris: ['https://robot.example/callback'],
  });
  const names = [...grants, ...others, 'urn:ietf:params:oauth:grant-type:pre-authorized_code'];
  for (const grant_type of names) {
    const answer = await post('token', credentialsOf(client), { grant_type });
    assert.equal(answerOutcome(answer), '400 unsupported_grant_type', grant_type);
  }
});

test('DELETE: tokens end, and the client is unknown at every endpoint', async (context) => {
  const { register, call, ask, issue, introspect } = await open(context);
  const [client, reader] = [await register(), await register()];
  const token = await issue(credentialsOf(client));
  assert.equal((await introspect(credentialsOf(client), token))['active'], true);
  await call('DELETE', pathOf(client.id));
  assert.deepEqual(await introspect(credentialsOf(reader), token), { active: false });
  assert.deepEqual(await ask(credentialsOf(client)), everywhere(refused));
});
