import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, providerId, question, secrets, startUpstream } from '../../test/fixtures/upstream.ts';
import { createManualClock } from '../kernel/clock.ts';
import type { OidcProvider } from './identity-provider.ts';
import { oidcDefaults } from './oidc-settings.ts';
import { createUpstream } from './upstream.ts';

for (const authMethod of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
  test(`somebody signs in at a provider by the method ${authMethod}`, async (context) => {
    const { signIn, issuer, subject, clock } = await startUpstream(context, { authMethod });
    const { authTime, ...identity } = await signIn();
    assert.deepEqual(identity, {
      issuer,
      subject,
      acr: 'two-factors',
      amr: ['pwd', 'otp'],
      claims: {
        ...identity.claims,
        name: 'Ada Lovelace',
        preferred_username: 'ada',
        email: 'ada@people.example',
        email_verified: true,
      },
    });
    assert.ok(authTime <= clock.now());
  });
}

test('a provider is reached over TLS', async (context) => {
  const { signIn, subject, issuer } = await startUpstream(context, { scheme: 'https' });
  assert.match(issuer, /^https:/);
  assert.equal((await signIn()).subject, subject);
});

test('what is asked of the person is passed on, and nothing else', async (context) => {
  const { upstream, provider, issuer, clientId } = await startUpstream(
    context,
    {},
    { scopes: ['openid', 'groups'] },
  );
  const { url, pending } = await upstream.begin(provider, {
    redirectUri: question.redirectUri,
    loginHint: 'ada',
    prompt: 'login',
    maxAge: 0,
    acrValues: ['loa3', 'loa2'],
    uiLocales: ['de-CH', 'de'],
  });
  const asked = new URL(url);
  const { code_challenge: challenge, ...others } = Object.fromEntries(asked.searchParams);
  assert.equal(`${asked.origin}${asked.pathname}`, `${issuer}/authorize`);
  assert.match(challenge ?? '', /^[\w-]{43}$/);
  assert.deepEqual(others, {
    tenant: 'one',
    response_type: 'code',
    client_id: clientId,
    redirect_uri: question.redirectUri,
    scope: 'openid groups',
    state: pending.state,
    nonce: pending.nonce,
    code_challenge_method: 'S256',
    login_hint: 'ada',
    prompt: 'login',
    max_age: '0',
    acr_values: 'loa3 loa2',
    ui_locales: 'de-CH de',
  });
  const bare = new URL((await upstream.begin(provider, question)).url);
  for (const name of ['login_hint', 'prompt', 'max_age', 'acr_values', 'ui_locales'])
    assert.ok(!bare.searchParams.has(name));
});

test('each sign-in has a state, a nonce and a verifier of its own', async (context) => {
  const { upstream, provider } = await startUpstream(context);
  const [a, b] = [await upstream.begin(provider, question), await upstream.begin(provider, question)];
  for (const name of ['state', 'nonce', 'codeVerifier'] as const) {
    assert.match(a.pending[name], /^[\w-]{43}$/);
    assert.notEqual(a.pending[name], b.pending[name]);
    assert.ok(name !== 'codeVerifier' || !a.url.includes(a.pending[name]));
  }
  assert.deepEqual(JSON.parse(JSON.stringify(a.pending)), a.pending);
});

test('what the ID token says need not be asked for, and counts before userinfo', async (context) => {
  const idTokenClaims = ['name', 'preferred_username', 'email', 'email_verified'];
  const { signIn, requests, behave } = await startUpstream(context, { idTokenClaims });
  assert.equal((await signIn()).claims['email'], 'ada@people.example');
  assert.ok(requests.every(({ path }) => path !== '/userinfo'));
  behave({ claims: ({ email: _, ...claims }) => ({ ...claims, name: 'In the token' }) });
  const { claims } = await signIn();
  assert.deepEqual([claims['name'], claims['email']], ['In the token', 'ada@people.example']);
});

test('claims are read under the names that the provider has for them', async (context) => {
  const claims = {
    login: 'countess',
    upn: 'ada@corp.example',
    email: 'other@corp.example',
    email_verified: true,
  };
  const settings = { usernameClaim: 'login', emailClaim: 'upn' };
  const { signIn } = await startUpstream(context, { claims }, settings);
  const known = (await signIn()).claims;
  assert.equal(known['preferred_username'], 'countess');
  assert.deepEqual([known['email'], known['email_verified']], ['ada@corp.example', false]);
  const none = await startUpstream(
    context,
    { claims: { email: 'a@b.example', preferred_username: 'x' } },
    { usernameClaim: null, emailClaim: null },
  );
  const { preferred_username: username, email } = (await none.signIn()).claims;
  assert.deepEqual([username, email], [undefined, undefined]);
});

test('an address that the provider does not call verified is not', async (context) => {
  for (const email_verified of [undefined, false, 'true', 1]) {
    const { signIn } = await startUpstream(context, { claims: { email: 'a@b.example', email_verified } });
    assert.equal((await signIn()).claims['email_verified'], false);
  }
});

test('a provider without userinfo is asked for nothing more', async (context) => {
  const { signIn, behave } = await startUpstream(context);
  behave({ metadata: ({ userinfo_endpoint: _, ...metadata }) => metadata });
  assert.equal((await signIn()).claims['name'], undefined);
});

test('an at_hash need not be there, and neither need an iss that was not announced', async (context) => {
  const { signIn, subject, behave } = await startUpstream(context);
  behave({
    claims: ({ at_hash: _, ...claims }) => claims,
    metadata: ({ authorization_response_iss_parameter_supported: _, ...metadata }) => metadata,
    answer: (parameters) => parameters.delete('iss'),
  });
  assert.equal((await signIn()).subject, subject);
});

test('when the person signed in is what the provider says, and never in the future', async (context) => {
  const { signIn, clock, behave } = await startUpstream(context);
  const now = clock.now();
  for (const [claims, expected] of [
    [{ auth_time: now - 100 }, now - 100],
    [{ auth_time: now + 100 }, now],
    [{ iat: now - 7 }, now - 7],
  ] as const) {
    behave({ claims: (others) => ({ ...others, ...claims }) });
    assert.equal((await signIn()).authTime, expected);
  }
});

test('a sign-in that must be recent has to be proven so', async (context) => {
  const { signIn, behave, clock } = await startUpstream(context);
  assert.equal(typeof (await signIn({ maxAge: 60 })).authTime, 'number');
  behave({ claims: (claims) => ({ ...claims, auth_time: clock.now() - 120 }) });
  await assert.rejects(signIn({ maxAge: 60 }), isFault('id-token'));
  behave({ claims: ({ auth_time: _, ...claims }) => claims });
  await assert.rejects(signIn({ maxAge: 60 }), isFault('id-token'));
});

test('the time is that of the server’s own clock', async (context) => {
  const { signIn, clock } = await startUpstream(context);
  clock.advance(3600);
  await assert.rejects(signIn(), isFault('id-token'));
});

test('what was begun with one provider is not finished with another, or with what became of it', async (context) => {
  const { upstream, provider, visit, requests } = await startUpstream(context);
  const { url, pending } = await upstream.begin(provider, question);
  const callback = await visit(url);
  const { settings } = provider;
  const others: readonly OidcProvider[] = [
    { ...provider, id: providerId.replace('7', '8') },
    { ...provider, settings: { ...settings, issuer: 'https://evil.example' } },
    { ...provider, settings: { ...settings, clientId: 'another' } },
  ];
  for (const other of others) {
    await assert.rejects(upstream.finish(other, pending, callback), isFault('answer'));
  }
  const internal = { id: providerId, name: provider.name, type: 'internal' } as const;
  await assert.rejects(upstream.finish(internal, pending, callback), isFault('metadata'));
  await assert.rejects(upstream.begin(internal, question), isFault('metadata'));
  assert.ok(requests.every(({ path }) => path !== '/token'));
});

test('the answer to one sign-in does not finish another', async (context) => {
  const { upstream, provider, visit } = await startUpstream(context);
  const [mine, theirs] = [await upstream.begin(provider, question), await upstream.begin(provider, question)];
  await assert.rejects(upstream.finish(provider, mine.pending, await visit(theirs.url)), isFault('answer'));
  const injected = await visit(theirs.url);
  injected.searchParams.set('state', mine.pending.state);
  await assert.rejects(upstream.finish(provider, mine.pending, injected), isFault('token'));
});

const discovery = '/.well-known/openid-configuration';
const countOf = (requests: readonly { readonly path: string }[], path: string): number =>
  requests.filter((request) => request.path === path).length;

test('a provider is discovered once in ten minutes, whoever signs in', async (context) => {
  const { upstream, provider, signIn, requests, clock } = await startUpstream(context);
  await Promise.all([signIn(), signIn()]);
  clock.advance(599);
  await upstream.begin(provider, question);
  assert.deepEqual([countOf(requests, discovery), countOf(requests, '/jwks')], [1, 1]);
  clock.advance(1);
  await upstream.begin(provider, question);
  assert.equal(countOf(requests, discovery), 2);
});

test('a provider that could not be discovered is asked again', async (context) => {
  const { upstream, provider, behave } = await startUpstream(context);
  behave({ metadata: () => ({}) });
  await assert.rejects(upstream.begin(provider, question), isFault('metadata'));
  behave({});
  await upstream.begin(provider, question);
});

test('of many providers those that were discovered first are forgotten', async () => {
  const asked: string[] = [];
  const issuerOf = (index: number) => `https://op${index}.example`;
  const upstream = createUpstream({
    secrets,
    clock: createManualClock(),
    fetch: async (url) => {
      const { origin: issuer } = new URL(url);
      asked.push(issuer);
      const endpoints = { authorization_endpoint: issuer, token_endpoint: issuer, jwks_uri: issuer };
      return Response.json({ issuer, ...endpoints });
    },
  });
  const begin = (index: number) => {
    const settings = { ...oidcDefaults, issuer: issuerOf(index), clientId: 'x' };
    return upstream.begin(
      { id: providerId, name: 'x', type: 'oidc', settings, sealedSecret: null },
      question,
    );
  };
  for (let index = 0; index <= 100; index++) await begin(index);
  asked.length = 0;
  for (const index of [100, 1, 0]) await begin(index);
  assert.deepEqual(asked, [issuerOf(0)]);
});

test('a provider that is not there is not reached', async (context) => {
  const { upstream, provider } = await startUpstream(context);
  const gone = { ...provider, settings: { ...provider.settings, issuer: 'http://localhost:1' } };
  await assert.rejects(upstream.begin(gone, question), isFault('unreachable'));
});

test('keys that a provider changes are found, and it is asked for them at most once a minute', async (context) => {
  const { signIn, rotate, requests, subject, clock } = await startUpstream(context);
  // The library has a clock of its own for this.
  context.mock.timers.enable({ apis: ['Date'], now: clock.now() * 1000 });
  await signIn();
  await rotate();
  for (let tries = 0; tries < 3; tries++) await assert.rejects(signIn(), isFault('id-token'));
  assert.equal(countOf(requests, '/jwks'), 1);
  context.mock.timers.setTime((clock.now() + 60) * 1000);
  clock.advance(60);
  assert.equal((await signIn()).subject, subject);
  assert.equal(countOf(requests, '/jwks'), 2);
});
