import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import {
  askTokens,
  countOpaqueTokens,
  exchange,
  opensUserinfo,
  type PersonAtClient,
  refresh,
  registerForPeople,
  registerPublic,
  type SignInChanges,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import {
  type Answer,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { anAuditEvent, anUpstreamProvider } from '../../../test/fixtures/storage-entries.ts';
import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { randomUuid } from '../../kernel/random.ts';
import { familyEndingOf } from '../tokens/refresh-token-family.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const codeOf = ({ status, body }: Answer) => [status, body['error']];
const refused = [400, 'invalid_grant'];

interface SignedIn extends PersonAtClient {
  readonly body: Answer['body'];
}

const signIn = async (registered: RegisteredClient, changes: SignInChanges = {}): Promise<SignedIn> => {
  const person = await signInAt(server, registered, changes);
  return { ...person, body: (await exchange(server, person)).body };
};
const offline = { request: { scopes: ['openid', 'offline_access', 'reports'] } };

describe('a client that needs its secret', () => {
  test('keeps its refresh token, and gets new access and ID tokens of the same sign-in', async () => {
    const registered = await registerForPeople(server);
    const { body, account, grant, session } = await signIn(registered);
    server.clock.advance(30);
    for (let times = 0; times < 3; times++) {
      const answer = await refresh(server, registered, body['refresh_token']);
      assert.deepEqual([answer.status, answer.body['refresh_token']], [200, body['refresh_token']]);
      const access = decodeJwt(String(answer.body['access_token']));
      assert.deepEqual([access.sub, access['grant_id']], [account.id, grant.id]);
      const idToken = decodeJwt(String(answer.body['id_token']));
      assert.deepEqual([idToken.sub, idToken['auth_time']], [account.id, session.authTime]);
      // OpenID Connect Core §12.2
      assert.deepEqual([idToken.iat, 'nonce' in idToken], [server.clock.now(), false]);
    }
  });

  test('gets another one each time where the operator wants that', async () => {
    await using rotating = await startProtocolServer({ rotateConfidential: true });
    const registered = await registerForPeople(rotating);
    const { body } = await exchange(rotating, await signInAt(rotating, registered));
    const answer = await refresh(rotating, registered, body['refresh_token']);
    assert.equal(answer.status, 200);
    assert.notEqual(answer.body['refresh_token'], body['refresh_token']);
  });

  test('is refused without its secret, unless its record lets it refresh without, and then the token is used once', async () => {
    const registered = await registerForPeople(server);
    const bare = (token: unknown) =>
      server.post('/oauth/token', {
        grant_type: 'refresh_token',
        client_id: registered.client.id,
        refresh_token: String(token),
      });
    const { body } = await signIn(registered);
    assert.deepEqual(codeOf(await bare(body['refresh_token'])), [401, 'invalid_client']);
    await server.change(registered, { publicRefreshToken: true });
    const answer = await bare(body['refresh_token']);
    assert.equal(answer.status, 200);
    assert.notEqual(answer.body['refresh_token'], body['refresh_token']);
    const authenticated = await refresh(server, registered, answer.body['refresh_token']);
    assert.notEqual(authenticated.body['refresh_token'], answer.body['refresh_token']);
  });

  test('needs it too where its secret is optional and its record says that refreshing needs one', async () => {
    const registered = await registerPublic(server, { publicRefreshToken: false });
    const { body } = await signIn(registered);
    assert.deepEqual(codeOf(await refresh(server, registered, body['refresh_token'])), [
      401,
      'invalid_client',
    ]);
  });
});

describe('a client that can do without a secret', () => {
  test('gets another refresh token each time, in one family that ends when the first would have', async () => {
    const registered = await registerPublic(server, { refreshTokenTtl: 1000 });
    let token = (await signIn(registered, offline)).body['refresh_token'];
    const seen = new Set([token]);
    for (let times = 1; times < 4; times++) {
      server.clock.advance(300);
      const answer = await refresh(server, registered, token);
      assert.equal(answer.status, 200);
      token = answer.body['refresh_token'];
      seen.add(token);
    }
    assert.equal(seen.size, 4);
    server.clock.advance(100);
    assert.deepEqual(codeOf(await refresh(server, registered, token)), refused);
  });

  // against: refresh/reuse
  test('gets the same answer again within a minute, three times, and loses the sign-in at the fourth', async () => {
    const registered = await registerPublic(server);
    const { body } = await signIn(registered);
    const first = await refresh(server, registered, body['refresh_token']);
    server.clock.advance(59);
    for (let times = 0; times < 3; times++) {
      assert.deepEqual((await refresh(server, registered, body['refresh_token'])).body, first.body);
    }
    assert.equal(await opensUserinfo(server, first.body['access_token']), true);
    assert.deepEqual(codeOf(await refresh(server, registered, body['refresh_token'])), refused);
    assert.equal(await opensUserinfo(server, first.body['access_token']), false);
    assert.deepEqual(codeOf(await refresh(server, registered, first.body['refresh_token'])), refused);
  });

  // against: refresh/reuse
  test('loses the sign-in when a rotated token comes after a minute, with every token of the family', async () => {
    const registered = await registerPublic(server);
    const { body } = await signIn(registered);
    const first = await refresh(server, registered, body['refresh_token']);
    const second = await refresh(server, registered, first.body['refresh_token']);
    server.clock.advance(60);
    assert.deepEqual(codeOf(await refresh(server, registered, body['refresh_token'])), refused);
    assert.deepEqual(codeOf(await refresh(server, registered, second.body['refresh_token'])), refused);
    for (const { access_token: token } of [body, first.body, second.body]) {
      assert.equal(await opensUserinfo(server, token), false);
    }
  });

  // against: refresh/reuse
  test('of 50 uses at once one rotates, and those that are answered get the same answer', async () => {
    const registered = await registerPublic(server);
    const { body } = await signIn(registered);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refresh(server, registered, body['refresh_token'])),
    );
    const granted = answers.filter(({ status }) => status === 200);
    assert.equal(granted.length, 4);
    assert.equal(new Set(granted.map((answer) => JSON.stringify(answer.body))).size, 1);
    assert.ok(answers.every((answer) => answer.status === 200 || codeOf(answer)[1] === 'invalid_grant'));
  });

  // against: refresh/reuse
  test('has one opaque token of many uses at once, and nothing is left of the others', async () => {
    const registered = await registerPublic(server, { accessTokenFormat: 'opaque' });
    const { body } = await signIn(registered);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refresh(server, registered, body['refresh_token'])),
    );
    const granted = answers.flatMap((answer) => answer.body['access_token'] ?? []);
    assert.equal(new Set(granted).size, 1);
    // The other one came from the code.
    assert.equal(await countOpaqueTokens(server, registered.client.id), 2);
  });

  test('has four requests at once answered alike, and goes on with what they got', async () => {
    const registered = await registerPublic(server);
    const { body } = await signIn(registered);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => refresh(server, registered, body['refresh_token'])),
    );
    const successors = new Set(answers.map((answer) => answer.body['refresh_token']));
    assert.equal(successors.size, 1);
    const [successor] = successors;
    assert.equal((await refresh(server, registered, successor)).status, 200);
  });

  test('leaves nothing in the database that opens what was answered, or that could be presented', async () => {
    const registered = await registerPublic(server);
    const { body, grant } = await signIn(registered);
    const answer = await refresh(server, registered, body['refresh_token']);
    const select = server.engine.statement((db) => db.selectFrom('refresh_tokens').selectAll());
    const rows = (await server.engine.read(select({}))).filter((row) => row.grant_id === grant.id);
    assert.equal(rows.length, 2);
    const ending = familyEndingOf(String(body['refresh_token']))?.slice(-22);
    const { refresh_token: successor, access_token: accessToken } = answer.body;
    for (const token of [body['refresh_token'], successor, accessToken, ending]) {
      assert.ok(!JSON.stringify(rows).includes(String(token)));
    }
    assert.equal(rows.filter((row) => row.answer !== null).length, 1);
  });
});

describe('a refresh token', () => {
  // against: refresh/bound
  test('is bound to its client, and no other can end it', async () => {
    const registered = await registerPublic(server);
    const { body } = await signIn(registered);
    const thief = await registerPublic(server);
    assert.deepEqual(codeOf(await refresh(server, thief, body['refresh_token'])), refused);
    const answer = await refresh(server, registered, body['refresh_token']);
    server.clock.advance(90);
    assert.deepEqual(codeOf(await refresh(server, thief, body['refresh_token'])), refused);
    assert.equal(await opensUserinfo(server, answer.body['access_token']), true);
  });

  // against: refresh/bound
  test('gives what was granted or less, and the next time all of it again', async () => {
    const registered = await registerForPeople(server);
    const { body } = await signIn(registered, { request: { scopes: ['openid', 'reports'] } });
    const ask = (changes: Record<string, string>) =>
      refresh(server, registered, body['refresh_token'], changes);
    const narrow = await ask({ scope: 'reports' });
    assert.deepEqual([narrow.body['scope'], 'id_token' in narrow.body], ['reports', false]);
    assert.deepEqual(codeOf(await ask({ scope: 'reports exports' })), [400, 'invalid_scope']);
    assert.deepEqual(codeOf(await ask({ scope: ' ' })), [400, 'invalid_scope']);
    assert.deepEqual(codeOf(await ask({ resource: 'https://other.example' })), [400, 'invalid_target']);
    assert.equal((await ask({ resource: server.issuer })).body['scope'], 'openid reports');
  });

  // against: refresh/bound
  test('gives no scope that the client may not have any more', async () => {
    const registered = await registerForPeople(server);
    const { body } = await signIn(registered, { request: { scopes: ['openid', 'reports', 'exports'] } });
    await server.change(registered, { allowedScopes: ['openid', 'reports'] });
    const answer = await refresh(server, registered, body['refresh_token']);
    assert.equal(answer.body['scope'], 'openid reports');
    const asked = await refresh(server, registered, body['refresh_token'], { scope: 'exports' });
    assert.deepEqual(codeOf(asked), [400, 'invalid_scope']);
  });

  test('and a code give nothing where none of the scopes is left: an answer that names none says that all are', async () => {
    const registered = await registerForPeople(server);
    const request = { scopes: ['reports'] };
    const { body } = await signIn(registered, { request });
    const waiting = await signInAt(server, registered, { request });
    const narrowed = await server.change(registered, { allowedScopes: ['openid'] });
    const answers = [await refresh(server, narrowed, body['refresh_token']), await exchange(server, waiting)];
    assert.deepEqual(answers.map(codeOf), Array(2).fill([400, 'invalid_scope']));
    const headers = { authorization: narrowed.basic };
    const known = await server.post(
      '/oauth/introspect',
      { token: String(body['refresh_token']) },
      { headers },
    );
    assert.deepEqual(known.body, { active: false });
    const widened = await server.change(narrowed, { allowedScopes: ['openid', 'reports'] });
    assert.equal((await refresh(server, widened, body['refresh_token'])).body['scope'], 'reports');
  });

  test('is none of the other kinds of tokens', async () => {
    const registered = await registerForPeople(server);
    const { body, code } = await signIn(registered);
    for (const token of [code, body['access_token'], body['id_token'], 'clr_unknown']) {
      assert.deepEqual(codeOf(await refresh(server, registered, token)), refused);
    }
    const none = await askTokens(server, registered, { grant_type: 'refresh_token' });
    assert.deepEqual(codeOf(none), [400, 'invalid_request']);
    assert.equal(await opensUserinfo(server, body['refresh_token']), false);
  });

  test('that is not offline ends with its session, and one that is outlives it', async () => {
    for (const [changes, survives] of [[{}, false] as const, [offline, true] as const]) {
      const registered = await registerForPeople(server);
      const { body, session } = await signIn(registered, changes);
      await server.stores.endings.endSession(session.id, server.clock.now());
      const { status } = await refresh(server, registered, body['refresh_token']);
      assert.equal(status, survives ? 200 : 400);
    }
    const session = { expiresAt: secondsAfter(server.clock.now(), 120) };
    const registered = await registerForPeople(server);
    const bound = await signIn(registered, { session });
    const away = await signIn(registered, { session, ...offline });
    server.clock.advance(120);
    assert.deepEqual(codeOf(await refresh(server, registered, bound.body['refresh_token'])), refused);
    assert.equal((await refresh(server, registered, away.body['refresh_token'])).status, 200);
  });
});

describe('a refresh is refused from the next request on', () => {
  const cases: Readonly<
    Record<string, (signedIn: SignedIn) => Promise<readonly [status: number, error: string]>>
  > = {
    async 'the account is disabled'({ account }) {
      await server.stores.accounts.replace({ ...account, disabled: true });
      return [400, 'invalid_grant'];
    },
    async 'the client is disabled'({ registered }) {
      await server.change(registered, { enabled: false });
      return [401, 'invalid_client'];
    },
    async 'the client was disabled in between'({ registered }) {
      await server.change(registered, { tokensValidFrom: secondsAfter(server.clock.now(), 1) });
      return [400, 'invalid_grant'];
    },
    async 'the grant type was taken away'({ registered }) {
      await server.change(registered, { grantTypes: ['authorization_code'] });
      return [400, 'unauthorized_client'];
    },
    async 'the client is held to what cannot be enforced'({ registered }) {
      await server.change(registered, { dpopRequired: true });
      return [400, 'invalid_dpop_proof'];
    },
    async 'the person takes back what was allowed'({ consentId, account }) {
      await server.stores.endings.endConsent(consentId, account.id, server.clock.now());
      return [400, 'invalid_grant'];
    },
    async 'the client may not have access while the person is away any more'({ registered }) {
      await server.change(registered, { allowedScopes: ['openid'] });
      return [400, 'invalid_grant'];
    },
    async 'the client is deleted'({ registered }) {
      await server.remove(registered);
      return [401, 'invalid_client'];
    },
  };
  for (const [what, change] of Object.entries(cases)) {
    // against: refresh/current
    test(`when ${what}`, async () => {
      for (const register of [registerForPeople, registerPublic]) {
        const registered = await register(server);
        const signedIn = await signIn(registered, offline);
        assert.equal(await opensUserinfo(server, signedIn.body['access_token']), true);
        const expected = await change(signedIn);
        assert.deepEqual(codeOf(await refresh(server, registered, signedIn.body['refresh_token'])), expected);
      }
    });
  }

  // against: refresh/current
  test('when the client gets another identity provider', async () => {
    const id = randomUuid();
    const provider = { ...builtInIdentityProvider, id, name: 'Other' };
    await server.stores.identityProviders.insert(provider, anAuditEvent(id));
    const registered = await registerForPeople(server);
    const { body } = await signIn(registered);
    await server.change(registered, { identityProviderId: id });
    assert.deepEqual(codeOf(await refresh(server, registered, body['refresh_token'])), refused);
    assert.equal(await opensUserinfo(server, body['access_token']), false);
  });
});

// against: refresh/current, single-use/bound
test('codes, refresh tokens and access tokens are refused once the issuer of the provider is another', async () => {
  const seen = anUpstreamProvider('https://one.example');
  const { identityProviders } = server.stores;
  await identityProviders.insert(seen, anAuditEvent(seen.id));
  const place = { identityProviderId: seen.id, providerIssuer: seen.settings.issuer };
  for (const register of [registerForPeople, registerPublic]) {
    const registered = await register(server, { identityProviderId: seen.id });
    const { body } = await signIn(registered, { session: place, ...offline });
    const pending = await signInAt(server, registered, { session: place });
    const { body: next } = await refresh(server, registered, body['refresh_token']);
    assert.equal(await opensUserinfo(server, next['access_token']), true);
    const provider = { ...seen, settings: { ...seen.settings, issuer: 'https://two.example' } };
    await identityProviders.replace({ seen, provider, audit: anAuditEvent(seen.id) });
    assert.deepEqual(codeOf(await refresh(server, registered, next['refresh_token'])), refused);
    assert.deepEqual(codeOf(await exchange(server, pending)), refused);
    assert.equal(await opensUserinfo(server, next['access_token']), false);
    await identityProviders.replace({ seen: provider, provider: seen, audit: anAuditEvent(seen.id) });
  }
});

test('a refresh that could not be answered has rotated nothing', async () => {
  const registered = await registerPublic(server);
  const { body } = await signIn(registered);
  const broken = await server.change(registered, { idTokenSignatureAlg: 'PS256' });
  assert.equal((await refresh(server, registered, body['refresh_token'])).status, 500);
  await server.change(broken, { idTokenSignatureAlg: 'ES256' });
  server.clock.advance(120);
  assert.equal((await refresh(server, registered, body['refresh_token'])).status, 200);
});
