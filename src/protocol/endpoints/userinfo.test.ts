import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  askUserinfo,
  exchange,
  refresh,
  registerForPeople,
  type SignInChanges,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import { orders, type ProtocolServer, startProtocolServer } from '../../../test/fixtures/protocol-server.ts';
import type { Client } from '../../clients/client.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer({ applications: [orders] });
});
after(() => server[Symbol.asyncDispose]());

const alice = {
  email: 'alice@example.com',
  emailVerified: true,
  claims: { name: 'Alice', phone_number: '+49 30 1', address: { country: 'DE' } },
} as const;
const scopes = ['openid', 'profile', 'email'];

async function tokenFor(changes: SignInChanges = {}, client: Partial<Client> = {}) {
  const person = await signInAt(server, await registerForPeople(server, client), {
    account: alice,
    ...changes,
  });
  const { body } = await exchange(server, person);
  return { ...person, body, token: body['access_token'] };
}
const read = async (response: Response): Promise<readonly [number, Record<string, unknown>]> => [
  response.status,
  (await response.json()) as Record<string, unknown>,
];
const challengeOf = (response: Response) => response.headers.get('www-authenticate') ?? '';

describe('userinfo tells', () => {
  test('what the scopes of the token ask for, and who it is', async () => {
    const { token, account } = await tokenFor({ request: { scopes } });
    const response = await askUserinfo(server, token);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const [status, { updated_at, ...claims }] = await read(response);
    assert.deepEqual(
      [status, claims, typeof updated_at],
      [
        200,
        {
          sub: account.id,
          name: 'Alice',
          preferred_username: account.username,
          email: 'alice@example.com',
          email_verified: true,
        },
        'number',
      ],
    );
  });

  test('no more than openid allows, and what was asked for one by one', async () => {
    const { token, account } = await tokenFor();
    assert.deepEqual(await read(await askUserinfo(server, token)), [200, { sub: account.id }]);
    const claims = {
      userinfo: {
        phone_number: null,
        name: { values: ['Bob', 'Alice'] },
        email: { value: 'x' },
        nickname: null,
      },
      id_token: { address: null },
    };
    const asked = await tokenFor({ request: { claims } });
    const expected = { sub: asked.account.id, phone_number: '+49 30 1', name: 'Alice' };
    assert.deepEqual(await read(await askUserinfo(server, asked.token)), [200, expected]);
  });

  test('nothing of a scope that the client may not have any more, not even one by one', async () => {
    const claims = { userinfo: { phone_number: null }, id_token: {} };
    const { token, account, registered } = await tokenFor({ request: { scopes, claims } });
    await server.change(registered, { allowedScopes: ['openid'] });
    assert.deepEqual(await read(await askUserinfo(server, token)), [200, { sub: account.id }]);
  });

  test('the same by POST, with the token in the header or in the body', async () => {
    const { token, account } = await tokenFor();
    const expected = [200, { sub: account.id }];
    assert.deepEqual(await read(await askUserinfo(server, token, { method: 'POST' })), expected);
    const body = new URLSearchParams({ access_token: String(token) });
    assert.deepEqual(
      await read(await askUserinfo(server, '', { method: 'POST', body, headers: {} })),
      expected,
    );
  });

  test('the same whatever else stands in the address', async () => {
    const { token, account } = await tokenFor();
    for (const query of ['?', '?schema=openid', '?scope=openid+email&x=%ff']) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${server.issuer}/oauth/userinfo${query}`, { headers });
      assert.deepEqual(await read(answer), [200, { sub: account.id }], query);
    }
  });

  test('the same with an opaque token, a refreshed one, and one that is for an application', async () => {
    const opaque = await tokenFor({}, { accessTokenFormat: 'opaque' });
    assert.match(String(opaque.token), /^cla_/);
    assert.equal((await askUserinfo(server, opaque.token)).status, 200);
    const { body } = await refresh(server, opaque.registered, opaque.body['refresh_token']);
    assert.equal((await askUserinfo(server, body['access_token'])).status, 200);
    const bound = { applicationBindings: [{ applicationId: 'orders', config: null }] };
    const other = await tokenFor({ request: { audience: [orders.audience] } }, bound);
    assert.equal((await askUserinfo(server, other.token)).status, 200);
  });

  test('a JWT where the record names an algorithm, from the next request on', async () => {
    const { token, account, registered } = await tokenFor();
    let current = registered;
    for (const alg of ['ES256', 'RS256'] as const) {
      current = await server.change(current, { userinfoSignedResponseAlg: alg });
      const response = await askUserinfo(server, token);
      assert.equal(response.headers.get('content-type'), 'application/jwt');
      const keys = createRemoteJWKSet(new URL(`${server.issuer}/oauth/jwks`));
      const { payload } = await jwtVerify(await response.text(), keys, {
        issuer: server.issuer,
        audience: registered.client.id,
        algorithms: [alg],
      });
      assert.equal(payload.sub, account.id);
    }
  });
});

describe('userinfo refuses', () => {
  test('a request without a token, or with another scheme, and tells it no more than how to ask', async () => {
    const { basic } = (await tokenFor()).registered;
    for (const headers of [{}, { authorization: basic }, { authorization: 'DPoP x' }]) {
      const response = await askUserinfo(server, '', { headers });
      assert.deepEqual([response.status, challengeOf(response)], [401, 'Bearer realm="oauth"']);
    }
  });

  test('a token that is none, altered, expired, revoked, or of another kind', async () => {
    const { token, body, code } = await tokenFor();
    const revoked = await tokenFor();
    const headers = { authorization: revoked.registered.basic };
    await server.post('/oauth/revoke', { token: String(revoked.token) }, { headers });
    const altered = `${String(token).slice(0, -4)}AAAA`;
    const others = ['x', altered, revoked.token, body['id_token'], body['refresh_token'], code, 'cla_x'];
    for (const other of others) {
      const response = await askUserinfo(server, other);
      assert.equal(response.status, 401);
      assert.match(
        challengeOf(response),
        /^Bearer realm="oauth", error="invalid_token", error_description="[^"]+"$/,
      );
      assert.equal(((await response.json()) as { error: string }).error, 'invalid_token');
    }
    server.clock.advance(3600);
    assert.equal((await askUserinfo(server, token)).status, 401);
  });

  test('a token without openid, of a person or of a client', async () => {
    const { token } = await tokenFor({ request: { scopes: ['reports'] } });
    const machine = await server.register();
    const form = { grant_type: 'client_credentials' };
    const { body } = await server.post('/oauth/token', form, { headers: { authorization: machine.basic } });
    for (const other of [token, body['access_token']]) {
      const response = await askUserinfo(server, other);
      assert.equal(response.status, 403);
      assert.match(challengeOf(response), /error="insufficient_scope".*scope="openid"$/);
    }
  });

  test('two tokens, a token in the address, and what no token can be read from, with a challenge each', async () => {
    const { token } = await tokenFor();
    const body = new URLSearchParams({ access_token: String(token) });
    const inAddress = (name: string, init: RequestInit = {}) =>
      fetch(`${server.issuer}/oauth/userinfo?schema=openid&${name}=${token}`, init);
    const inBody = (text: string, type = 'application/x-www-form-urlencoded') =>
      askUserinfo(server, '', { method: 'POST', body: text, headers: { 'content-type': type } });
    const headers = { authorization: `Bearer ${token}` };
    const answers = [
      await askUserinfo(server, token, { method: 'POST', body }),
      await askUserinfo(server, '', { headers: { authorization: 'Bearer two words' } }),
      await inAddress('access_token'),
      await inAddress('access%5Ftoken'),
      await inAddress('access_token', { headers }),
      await inAddress('access_token', { method: 'POST', headers }),
      await inBody(`${body}&${body}`),
      await inBody('access_token=%zz'),
      await inBody(`access_token=${'x'.repeat(70_000)}`),
      await inBody(JSON.stringify({ access_token: token }), 'application/json'),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 400);
      const { error, error_description: why } = (await answer.json()) as Record<string, string>;
      assert.equal(error, 'invalid_request');
      const challenge = `Bearer realm="oauth", error="invalid_request", error_description="${why}"`;
      assert.equal(challengeOf(answer), challenge);
    }
  });

  test('every other method', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']) {
      const response = await fetch(`${server.issuer}/oauth/userinfo`, { method });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, POST']);
    }
  });

  test('a token whose account is disabled, whose session ended, or whose client was', async () => {
    const [account, session, client] = [await tokenFor(), await tokenFor(), await tokenFor()];
    await server.stores.accounts.replace({ ...account.account, disabled: true });
    await server.stores.endings.endSession(session.session.id, server.clock.now());
    await server.change(client.registered, { enabled: false });
    for (const { token } of [account, session, client]) {
      assert.equal((await askUserinfo(server, token)).status, 401);
    }
  });
});
