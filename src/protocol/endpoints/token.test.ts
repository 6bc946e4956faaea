import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  type Answer,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { anAccount } from '../../../test/fixtures/storage-entries.ts';
import { silentLogger } from '../../kernel/logger.ts';

const orders = {
  id: 'orders',
  name: 'Orders',
  audience: 'https://orders.example',
  scopes: [
    { name: 'orders:read', label: 'Read orders', public: true, kind: 'application', applicationId: 'orders' },
  ],
  administrators: [],
  configSchema: null,
  slug: null,
  websiteUri: null,
} as const;

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer({ applications: [orders] });
});
after(() => server[Symbol.asyncDispose]());

const ask = ({ basic }: RegisteredClient, form: Record<string, string> = {}): Promise<Answer> =>
  server.post(
    '/oauth/token',
    { grant_type: 'client_credentials', ...form },
    { headers: { authorization: basic } },
  );
const claimsOf = ({ body }: Answer) => decodeJwt(String(body['access_token']));
const codeOf = ({ status, body }: Answer) => [status, body['error']];

describe('a token of the client credentials grant', () => {
  test('is an RFC 9068 JWT that verifies with the published keys', async () => {
    const registered = await server.register();
    const answer = await ask(registered);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('pragma'), 'no-cache');
    assert.deepEqual(
      [answer.body['token_type'], answer.body['expires_in'], answer.body['scope']],
      ['Bearer', 3600, 'reports exports'],
    );
    const token = String(answer.body['access_token']);
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${server.issuer}/oauth/jwks`)), {
      issuer: server.issuer,
      audience: server.issuer,
      typ: 'at+jwt',
      currentDate: new Date(server.clock.now() * 1000),
      requiredClaims: ['jti', 'iat', 'exp'],
    });
    assert.deepEqual(Object.keys(decodeProtectedHeader(token)).sort(), ['alg', 'kid', 'typ']);
    assert.equal(payload.sub, registered.client.id);
    assert.equal(payload['client_id'], registered.client.id);
    assert.equal(payload['scope'], 'reports exports');
  });

  test('lives as long as its client says', async () => {
    const answer = await ask(await server.register({ accessTokenTtl: 90 }));
    const { iat = 0, exp } = claimsOf(answer);
    assert.equal(answer.body['expires_in'], 90);
    assert.equal(exp, iat + 90);
  });

  test('is opaque, found by its hash alone, when its client says so', async () => {
    const answer = await ask(await server.register({ accessTokenFormat: 'opaque' }));
    const token = String(answer.body['access_token']);
    assert.match(token, /^cla_[0-9a-f]{16}[\w-]{43}$/);
    assert.equal(await server.stores.accessTokens.find(token), undefined);
    assert.equal((await server.verifier.verify(token))?.claims.scope, 'reports exports');
  });

  test('carries the applications of its client and is for their audiences', async () => {
    const config = { jsonConfig: { region: 'eu' } };
    const registered = await server.register({
      applicationId: 'orders',
      applicationBindings: [{ applicationId: 'orders', config }],
      usesManagedBuckets: true,
    });
    const claims = claimsOf(await ask(registered));
    assert.equal(claims.aud, 'https://orders.example');
    assert.equal(claims['scope'], 'reports exports orders:read');
    assert.equal(claims['application_id'], 'orders');
    assert.deepEqual(claims['application_bindings'], [
      { application_id: 'orders', config: { json_config: { region: 'eu' } } },
    ]);
    assert.equal(claims['managed_buckets'], true);
  });

  test('speaks for the account that the record names, while that account may sign in', async () => {
    const account = anAccount({ username: 'service' });
    await server.stores.accounts.insert(account);
    const registered = await server.register({ clientCredentialsSubject: account.id });
    assert.equal(claimsOf(await ask(registered)).sub, account.id);

    await server.stores.accounts.replace({ ...account, disabled: true });
    assert.deepEqual(codeOf(await ask(registered)), [400, 'invalid_grant']);
    const orphan = await server.register({
      clientCredentialsSubject: 'f3b9ad76-7b32-4c35-a6fb-7d8a4c8bb1b5',
    });
    assert.deepEqual(codeOf(await ask(orphan)), [400, 'invalid_grant']);
  });
});

describe('the token endpoint refuses', () => {
  test('a grant that the client does not have, from the next request on', async () => {
    const registered = await server.register();
    assert.equal((await ask(registered)).status, 200);
    await server.change(registered, { grantTypes: ['introspect'] });
    assert.deepEqual(codeOf(await ask(registered)), [400, 'unauthorized_client']);
  });

  test('a grant that does not exist, though the client has it', async () => {
    const registered = await server.register({ grantTypes: ['client_credentials', 'password'] });
    for (const grantType of ['password', 'introspect', '__proto__', 'constructor']) {
      assert.deepEqual(codeOf(await ask(registered, { grant_type: grantType })), [
        400,
        'unsupported_grant_type',
      ]);
    }
  });

  test('a request without a grant type, and one whose grant type is empty', async () => {
    const { basic } = await server.register();
    for (const form of [{}, { grant_type: '' }]) {
      const answer = await server.post('/oauth/token', form, { headers: { authorization: basic } });
      assert.deepEqual(codeOf(answer), [400, 'invalid_request']);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    }
  });

  // against: dpop/absent
  test('a client that is held to DPoP', async () => {
    assert.deepEqual(codeOf(await ask(await server.register({ dpopRequired: true }))), [
      400,
      'invalid_dpop_proof',
    ]);
  });

  test('client credentials without a secret, though the secret of the client is optional', async () => {
    const { client } = await server.register({ tokenEndpointAuthMethods: ['client_secret_post', 'none'] });
    const answer = await server.post('/oauth/token', {
      grant_type: 'client_credentials',
      client_id: client.id,
    });
    assert.deepEqual(codeOf(answer), [401, 'invalid_client']);
  });

  test('a resource that the client may not have tokens for, and narrows to one that it may', async () => {
    const registered = await server.register({
      applicationBindings: [{ applicationId: 'orders', config: null }],
    });
    assert.deepEqual(codeOf(await ask(registered, { resource: 'https://other.example' })), [
      400,
      'invalid_target',
    ]);
    const claims = claimsOf(await ask(registered, { resource: server.issuer }));
    assert.deepEqual([claims.aud, claims['scope']], [server.issuer, 'reports exports']);
    const unbound = await server.register();
    assert.deepEqual(codeOf(await ask(unbound, { resource: orders.audience })), [400, 'invalid_target']);
  });

  test('a client that is bound to an application that is gone', async () => {
    const registered = await server.register({
      applicationBindings: [{ applicationId: 'gone', config: null }],
    });
    assert.deepEqual(codeOf(await ask(registered)), [400, 'invalid_target']);
  });

  test('a scope beyond what the client may have, and names it', async () => {
    const registered = await server.register({ allowedScopes: ['reports'] });
    const answer = await ask(registered, { scope: 'reports admin' });
    assert.deepEqual(codeOf(answer), [400, 'invalid_scope']);
    assert.match(String(answer.body['error_description']), /\badmin\b/);
  });

  for (const [what, init] of Object.entries<RequestInit>({
    'a JSON body': {
      headers: { 'content-type': 'application/json' },
      body: '{"grant_type":"client_credentials"}',
    },
    'a multipart body': { body: new FormData() },
    'a plain text body': { headers: { 'content-type': 'text/plain' }, body: 'grant_type=client_credentials' },
    'a body that is too large': { body: new URLSearchParams({ grant_type: 'x'.repeat(70_000) }) },
    'a malformed escape': {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=%zz',
    },
  })) {
    test(what, async () => {
      assert.deepEqual(codeOf(await server.post('/oauth/token', {}, init)), [400, 'invalid_request']);
    });
  }

  test('a repeated parameter, except resource', async () => {
    const { basic } = await server.register();
    const headers = { authorization: basic };
    const grant = ['grant_type', 'client_credentials'] as const;
    const resource = ['resource', server.issuer] as const;
    assert.deepEqual(codeOf(await server.post('/oauth/token', [grant, grant], { headers })), [
      400,
      'invalid_request',
    ]);
    assert.equal((await server.post('/oauth/token', [grant, resource, resource], { headers })).status, 200);
  });

  test('parameters in the address', async () => {
    const { client, secret } = await server.register();
    const path = `/oauth/token?client_id=${client.id}&client_secret=${secret}`;
    assert.deepEqual(codeOf(await server.post(path, { grant_type: 'client_credentials' })), [
      400,
      'invalid_request',
    ]);
  });

  test('every method but POST, whatever its body is', async () => {
    for (const path of ['/oauth/token', '/oauth/introspect', '/oauth/revoke']) {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const body = method === 'PUT' ? { body: '{"a":' } : {};
        const response = await fetch(server.issuer + path, { method, ...body });
        assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
      }
    }
  });
});

test('a request with two Authorization headers is malformed, however they are written', async () => {
  const { basic } = await server.register();
  const form = 'grant_type=client_credentials';
  for (const name of ['authorization', 'AUTHORIZATION']) {
    const message = httpRequest(`${server.issuer}/oauth/token`, {
      method: 'POST',
      headers: [
        ...['host', 'localhost', 'Authorization', basic, name, 'Basic eDp5'],
        ...['content-type', 'application/x-www-form-urlencoded', 'content-length', String(form.length)],
      ],
    });
    message.end(form);
    const [response] = await once(message, 'response');
    assert.deepEqual(
      [response.statusCode, ((await json(response)) as { error: string }).error],
      [400, 'invalid_request'],
    );
  }
});

test('a failing store is a generic server error that is logged', async () => {
  const logged: object[] = [];
  const logger = { ...silentLogger, error: (facts: object) => logged.push(facts) };
  await using broken = await startProtocolServer({
    logger,
    engineStores: (stores) => ({
      ...stores,
      clients: { ...stores.clients, load: () => Promise.reject(new Error('disk on fire')) },
    }),
  });
  const { basic } = await broken.register();
  const headers = { authorization: basic };
  const answer = await broken.post('/oauth/token', { grant_type: 'client_credentials' }, { headers });
  assert.deepEqual(codeOf(answer), [500, 'server_error']);
  assert.doesNotMatch(JSON.stringify(answer.body), /disk/);
  assert.equal(logged.length, 1);
});
