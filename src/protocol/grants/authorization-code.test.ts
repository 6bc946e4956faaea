import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import {
  askTokens,
  callback,
  codeVerifier,
  countOpaqueTokens,
  exchange,
  opensUserinfo,
  refresh,
  registerForPeople,
  registerPublic,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import {
  type Answer,
  type ProtocolServer,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { randomUuid } from '../../kernel/random.ts';
import { sidOf } from '../../sessions/session.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const codeOf = ({ status, body }: Answer) => [status, body['error']];
const refused = [400, 'invalid_grant'];

describe('a code becomes', () => {
  test('an access token of the person, with the sign-in that it comes from', async () => {
    const person = await signInAt(server, await registerForPeople(server));
    const answer = await exchange(server, person);
    assert.equal(answer.status, 200);
    const claims = decodeJwt(String(answer.body['access_token']));
    assert.deepEqual(
      [claims.sub, claims['grant_id'], claims['auth_time'], claims['acr'], claims['amr'], claims['scope']],
      [person.account.id, person.grant.id, person.session.authTime, 'urn:clientele:acr:1', ['pwd'], 'openid'],
    );
  });

  test('an ID token that verifies with the published keys and says how the person signed in', async () => {
    const person = await signInAt(server, await registerForPeople(server));
    const { body } = await exchange(server, person);
    const { payload } = await jwtVerify(
      String(body['id_token']),
      createRemoteJWKSet(new URL(`${server.issuer}/oauth/jwks`)),
      { issuer: server.issuer, audience: person.registered.client.id, algorithms: ['ES256'] },
    );
    const { sub, nonce, auth_time, acr, amr, sid, at_hash } = payload;
    assert.deepEqual(
      { sub, nonce, auth_time, acr, amr, sid },
      {
        sub: person.account.id,
        nonce: 'the nonce',
        auth_time: person.session.authTime,
        acr: 'urn:clientele:acr:1',
        amr: ['pwd'],
        sid: sidOf(person.session.id, person.registered.client.id),
      },
    );
    assert.match(String(at_hash), /^[\w-]{22}$/);
  });

  test('nothing about the person in the ID token, but what was asked for there', async () => {
    const account = { email: 'alice@example.com', emailVerified: true, claims: { name: 'Alice' } };
    const scopes = ['openid', 'profile', 'email'];
    const plain = await signInAt(server, await registerForPeople(server), { account, request: { scopes } });
    const { email, name } = decodeJwt(String((await exchange(server, plain)).body['id_token']));
    assert.deepEqual([email, name], [undefined, undefined]);
    const claims = { userinfo: {}, id_token: { email: { essential: true }, name: { value: 'Bob' } } };
    const asked = await signInAt(server, await registerForPeople(server), { account, request: { claims } });
    const said = decodeJwt(String((await exchange(server, asked)).body['id_token']));
    assert.deepEqual([said['email'], 'name' in said], ['alice@example.com', false]);
  });

  test('no claim whose scope the client may not have', async () => {
    const registered = await registerForPeople(server, { allowedScopes: ['openid'] });
    const person = await signInAt(server, registered, {
      account: { email: 'alice@example.com' },
      request: { claims: { userinfo: {}, id_token: { email: null } } },
    });
    assert.equal('email' in decodeJwt(String((await exchange(server, person)).body['id_token'])), false);
  });

  test('no ID token and no claim without openid', async () => {
    const person = await signInAt(server, await registerForPeople(server), {
      request: { scopes: ['reports'] },
    });
    const { body } = await exchange(server, person);
    assert.deepEqual([body['scope'], 'id_token' in body], ['reports', false]);
  });

  test('a refresh token for access while the person is away, and always where the record says so', async () => {
    const hasRefreshToken = async (...[changes, scopes]: [object, string[]]) => {
      const person = await signInAt(server, await registerForPeople(server, changes), {
        request: { scopes },
      });
      return 'refresh_token' in (await exchange(server, person)).body;
    };
    const onDemand = { refreshTokenIssuance: 'offline_access' };
    assert.equal(await hasRefreshToken({}, ['openid']), true);
    assert.equal(await hasRefreshToken(onDemand, ['openid']), false);
    assert.equal(await hasRefreshToken(onDemand, ['openid', 'offline_access']), true);
    const noRefresh = { grantTypes: ['authorization_code'] };
    assert.equal(await hasRefreshToken(noRefresh, ['openid', 'offline_access']), false);
  });

  test('tokens of the client’s lifetimes, and none that is not offline outlives the session', async () => {
    const registered = await registerForPeople(server, { accessTokenTtl: 600, idTokenTtl: 60 });
    const { body } = await exchange(server, await signInAt(server, registered));
    const { iat = 0, exp = 0 } = decodeJwt(String(body['id_token']));
    assert.deepEqual([body['expires_in'], exp - iat], [600, 60]);
    const session = { expiresAt: secondsAfter(server.clock.now(), 90) };
    const short = await exchange(server, await signInAt(server, registered, { session }));
    assert.equal(short.body['expires_in'], 90);
    const offline = { request: { scopes: ['openid', 'offline_access'] }, session };
    const long = await exchange(server, await signInAt(server, registered, offline));
    assert.equal(long.body['expires_in'], 600);
  });

  test('less than was granted where the request asks for less, and never more', async () => {
    const registered = await registerForPeople(server);
    const request = { scopes: ['openid', 'reports'] };
    const narrow = await exchange(server, await signInAt(server, registered, { request }), {
      scope: 'reports',
    });
    assert.deepEqual([narrow.body['scope'], 'id_token' in narrow.body], ['reports', false]);
    const wide = await signInAt(server, registered, { request });
    assert.deepEqual(codeOf(await exchange(server, wide, { scope: 'openid exports' })), [
      400,
      'invalid_scope',
    ]);
    const other = { resource: 'https://other.example' };
    assert.deepEqual(codeOf(await exchange(server, wide, other)), [400, 'invalid_target']);
    // What was refused has used nothing up.
    assert.equal((await exchange(server, wide)).body['scope'], 'openid reports');
  });
});

describe('a code is refused', () => {
  test('when it is not known, or not given', async () => {
    const registered = await registerForPeople(server);
    const ask = (form: Record<string, string>) =>
      askTokens(server, registered, { grant_type: 'authorization_code', ...form });
    assert.deepEqual(codeOf(await ask({})), [400, 'invalid_request']);
    assert.deepEqual(codeOf(await ask({ code: 'clc_unknown', redirect_uri: callback })), refused);
  });

  // against: single-use/bound
  test('of another client, which cannot end what it has no part in', async () => {
    const person = await signInAt(server, await registerForPeople(server));
    const thief = await registerForPeople(server);
    assert.deepEqual(codeOf(await exchange(server, { ...person, registered: thief })), refused);
    const answer = await exchange(server, person);
    assert.deepEqual(codeOf(await exchange(server, { ...person, registered: thief })), refused);
    assert.equal(await opensUserinfo(server, answer.body['access_token']), true);
  });

  // against: single-use/bound
  test('with another redirect URI, without the one that was named, and not without one that was not', async () => {
    const registered = await registerForPeople(server, { redirectUris: [callback, `${callback}/2`] });
    const person = await signInAt(server, registered);
    for (const uri of [`${callback}/2`, `${callback}/`, callback.toUpperCase(), '']) {
      assert.deepEqual(codeOf(await exchange(server, person, { redirect_uri: uri })), refused);
    }
    const unnamed = { request: { redirectUriGiven: false } };
    const answer = await exchange(server, await signInAt(server, registered, unnamed), { redirect_uri: '' });
    assert.equal(answer.status, 200);
    assert.equal((await exchange(server, await signInAt(server, registered, unnamed))).status, 200);
    const other = await signInAt(server, registered, unnamed);
    assert.deepEqual(codeOf(await exchange(server, other, { redirect_uri: `${callback}/2` })), refused);
  });

  // against: single-use/bound, pkce/verifier
  test('without its verifier, with another, with a malformed one', async () => {
    const person = await signInAt(server, await registerPublic(server));
    for (const verifier of ['', `${codeVerifier}x`, 'short', 'ä'.repeat(43), 'a'.repeat(129)]) {
      assert.deepEqual(codeOf(await exchange(server, person, { code_verifier: verifier })), refused);
    }
    assert.equal((await exchange(server, person)).status, 200);
  });

  // against: pkce/verifier, pkce/downgrade
  test('with a verifier where there was no challenge, and without a challenge once the client is held to PKCE', async () => {
    const registered = await registerForPeople(server, { pkceRequired: false });
    const request = { codeChallenge: null };
    const person = await signInAt(server, registered, { request });
    assert.deepEqual(codeOf(await exchange(server, person)), refused);
    assert.equal((await exchange(server, person, { code_verifier: '' })).status, 200);
    const late = await signInAt(server, registered, { request });
    await server.change(registered, { pkceRequired: true });
    assert.deepEqual(codeOf(await exchange(server, late, { code_verifier: '' })), refused);
  });

  test('when it has expired, by the client’s lifetime or the server’s', async () => {
    for (const [authorizationCodeTtl, seconds] of [[null, 60] as const, [5, 5] as const]) {
      const registered = await registerForPeople(server, { authorizationCodeTtl });
      const person = await signInAt(server, registered);
      const late = await signInAt(server, registered);
      server.clock.advance(seconds - 1);
      assert.equal((await exchange(server, person)).status, 200);
      server.clock.advance(1);
      assert.deepEqual(codeOf(await exchange(server, late)), refused);
    }
  });

  test('once its client, its account, its session’s provider, its redirect URI or its consent is not what it was', async () => {
    const changes = {
      'another identity provider': { identityProviderId: null },
      'a redirect URI that is gone': { redirectUris: ['https://client.example/other'] },
      disabled: { tokensValidFrom: secondsAfter(server.clock.now(), 1) },
    };
    for (const [what, change] of Object.entries(changes)) {
      const registered = await registerForPeople(server);
      const session = what.includes('identity') ? { identityProviderId: randomUuid() } : {};
      const person = await signInAt(server, registered, { session });
      await server.change(registered, change);
      assert.deepEqual(codeOf(await exchange(server, person)), refused, what);
    }
    const person = await signInAt(server, await registerForPeople(server));
    await server.stores.accounts.replace({ ...person.account, disabled: true });
    assert.deepEqual(codeOf(await exchange(server, person)), refused);
    const ended = await signInAt(server, await registerForPeople(server));
    await server.stores.endings.endConsent(ended.consentId, ended.account.id, server.clock.now());
    assert.deepEqual(codeOf(await exchange(server, ended)), refused);
    const out = await signInAt(server, await registerForPeople(server));
    await server.stores.endings.endSession(out.session.id, server.clock.now());
    assert.deepEqual(codeOf(await exchange(server, out)), refused);
  });

  test('when the client may not use codes any more, or is held to what cannot be enforced', async () => {
    const registered = await registerForPeople(server);
    const person = await signInAt(server, registered);
    const without = await server.change(registered, { grantTypes: ['refresh_token'] });
    assert.deepEqual(codeOf(await exchange(server, person)), [400, 'unauthorized_client']);
    await server.change(without, { grantTypes: ['authorization_code'], dpopRequired: true });
    assert.deepEqual(codeOf(await exchange(server, person)), [400, 'invalid_dpop_proof']);
  });

  // against: single-use/bound
  test('a second time, and what the first time gave ends, even after the life of the code', async () => {
    for (const seconds of [0, 600]) {
      const person = await signInAt(server, await registerPublic(server));
      const { body } = await exchange(server, person);
      assert.equal(await opensUserinfo(server, body['access_token']), true);
      server.clock.advance(seconds);
      assert.deepEqual(codeOf(await exchange(server, person)), refused);
      assert.equal(await opensUserinfo(server, body['access_token']), false);
      assert.deepEqual(codeOf(await refresh(server, person.registered, body['refresh_token'])), refused);
    }
  });

  // against: single-use/parallel
  test('49 of 50 times that it is presented at once, and nothing stays in force', async () => {
    const person = await signInAt(server, await registerPublic(server));
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(server, person)));
    const granted = answers.filter(({ status }) => status === 200);
    assert.equal(granted.length, 1);
    assert.equal(await server.stores.grants.load(person.grant.id), undefined);
    assert.equal(await opensUserinfo(server, granted[0]?.body['access_token']), false);
  });

  // against: single-use/parallel
  test('and then leaves nothing of an opaque token that nobody was given', async () => {
    const registered = await registerPublic(server, { accessTokenFormat: 'opaque' });
    const person = await signInAt(server, registered);
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(server, person)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(await countOpaqueTokens(server, registered.client.id), 1);
  });
});

test('a code that could not be answered is not used up', async () => {
  const registered = await registerForPeople(server, { idTokenSignatureAlg: 'PS256' });
  const person = await signInAt(server, registered);
  assert.equal((await exchange(server, person)).status, 500);
  await server.change(registered, { idTokenSignatureAlg: 'ES256' });
  assert.equal((await exchange(server, person)).status, 200);
});
