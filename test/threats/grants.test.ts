import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createManualClock } from '../../src/kernel/clock.ts';
import {
  type JsonAnswer,
  type Parameters,
  type RelyingParty,
  type SignInRequest,
  type Tokens,
  tokensOf,
} from '../fixtures/relying-party.ts';
import { alice, openSignInWorld, type SignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';

const attempts = 50;
const openClient = {
  tokenEndpointAuthMethods: ['none'],
  publicRefreshToken: true,
  refreshTokenIssuance: 'always',
} as const;
const kinds = {
  'a client with a secret': { refreshTokenIssuance: 'always' },
  'a public client': openClient,
} as const;

/** A person signs in at a client, which has a code then. */
async function codeFor(
  { person }: Pick<SignInWorld, 'person'>,
  relyingParty: RelyingParty,
  parameters: Parameters = {},
): Promise<{ readonly code: string; readonly request: SignInRequest }> {
  const request = relyingParty.authorize(parameters);
  const { client } = await signInAndAllow(person, request);
  return { code: client?.parameters.get('code') ?? assert.fail(String(client?.parameters)), request };
}

async function tokensFor(
  world: Pick<SignInWorld, 'person'>,
  relyingParty: RelyingParty,
  parameters: Parameters = {},
): Promise<Tokens & { readonly refreshToken: string }> {
  const { code, request } = await codeFor(world, relyingParty, parameters);
  const tokens = tokensOf((await relyingParty.exchange(code, request)).body);
  return { ...tokens, refreshToken: tokens.refreshToken ?? assert.fail('there is no refresh token') };
}

const outcomeOf = ({ status, body }: JsonAnswer): string =>
  status === 200 ? 'ok' : `${status} ${body['error']}`;

/** How often each outcome was seen. */
function tally(answers: readonly JsonAnswer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of answers.map(outcomeOf)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Nothing that came from a sign-in is worth anything any more. */
async function assertDead(relyingParty: RelyingParty, tokens: Tokens): Promise<void> {
  assert.equal((await relyingParty.userinfo(tokens.accessToken)).status, 401);
  const refreshed = await relyingParty.refresh(tokens.refreshToken ?? '');
  assert.equal(outcomeOf(refreshed), '400 invalid_grant');
}

for (const [kind, client] of Object.entries(kinds)) {
  // against: single-use/parallel, single-use/bound
  test(`of ${attempts} parallel redemptions of one code of ${kind} exactly one succeeds, and what it gave is dead`, async (context) => {
    const { person, relyingParty } = await openSignInWorld(context, { client });
    const other = await tokensFor({ person }, relyingParty);
    const { code, request } = await codeFor({ person }, relyingParty);
    const answers = await Promise.all(
      Array.from({ length: attempts }, () => relyingParty.exchange(code, request)),
    );
    assert.deepEqual(tally(answers), { ok: 1, '400 invalid_grant': attempts - 1 });
    const won = answers.find(({ status }) => status === 200) ?? assert.fail();
    await assertDead(relyingParty, tokensOf(won.body));
    // The same person's other sign-in has no part in it.
    assert.equal((await relyingParty.userinfo(other.accessToken)).status, 200);
  });
}

describe('a refresh token of a public client', () => {
  // against: refresh/reuse
  test(`that is presented ${attempts} times at once has one successor, which dies of it`, async (context) => {
    const { server, person, relyingParty } = await openSignInWorld(context, { client: openClient });
    const tokens = await tokensFor({ person }, relyingParty);
    const answers = await Promise.all(
      Array.from({ length: attempts }, () => relyingParty.refresh(tokens.refreshToken)),
    );
    const good = answers.filter(({ status }) => status === 200);
    // The one that rotates, and three that get the same answer again.
    assert.deepEqual(tally(answers), { ok: 4, '400 invalid_grant': attempts - 4 });
    assert.equal(new Set(good.map(({ body }) => JSON.stringify(body))).size, 1);
    await assertDead(relyingParty, tokensOf(good[0]?.body ?? {}));
    await assertDead(relyingParty, tokens);
    assert.deepEqual(await server.database.run('select hash from refresh_tokens'), []);
  });

  // against: refresh/reuse
  test('that is presented four times at once gets one answer, and what it gave lives', async (context) => {
    const { server, person, relyingParty } = await openSignInWorld(context, { client: openClient });
    const tokens = await tokensFor({ person }, relyingParty);
    const answers = await Promise.all([1, 2, 3, 4].map(() => relyingParty.refresh(tokens.refreshToken)));
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
    assert.deepEqual(tally(answers), { ok: 4 });
    const next = tokensOf(answers[0]?.body ?? {});
    assert.equal((await relyingParty.userinfo(next.accessToken)).status, 200);
    assert.equal((await server.database.run('select hash from refresh_tokens')).length, 2);
    assert.equal(outcomeOf(await relyingParty.refresh(next.refreshToken ?? '')), 'ok');
  });

  // against: refresh/reuse
  test('that is presented a minute after its rotation ends the sign-in, whoever presents it', async (context) => {
    const clock = createManualClock();
    const { person, relyingParty } = await openSignInWorld(context, { clock, client: openClient });
    const first = await tokensFor({ person }, relyingParty);
    const second = tokensOf((await relyingParty.refresh(first.refreshToken)).body);
    clock.advance(59);
    assert.deepEqual((await relyingParty.refresh(first.refreshToken)).body, second.body);
    const third = tokensOf((await relyingParty.refresh(second.refreshToken ?? '')).body);
    clock.advance(1);
    assert.equal(outcomeOf(await relyingParty.refresh(first.refreshToken)), '400 invalid_grant');
    for (const tokens of [first, second, third]) await assertDead(relyingParty, tokens);
  });
});

// against: refresh/bound, single-use/bound
test('codes and refresh tokens are of no use to another client, and unharmed by its trying', async (context) => {
  const { person, register } = await openSignInWorld(context);
  const relyingParty = await register(openClient);
  const others = [await register(openClient), await register()];
  const { code, request } = await codeFor({ person }, relyingParty);
  const { refreshToken } = await tokensFor({ person }, relyingParty);
  const tryAll = async () => {
    for (const other of others) {
      assert.equal(outcomeOf(await other.exchange(code, request)), '400 invalid_grant');
      assert.equal(outcomeOf(await other.refresh(refreshToken)), '400 invalid_grant');
    }
  };
  await tryAll();
  const { accessToken } = tokensOf((await relyingParty.exchange(code, request)).body);
  const refreshed = tokensOf((await relyingParty.refresh(refreshToken)).body);
  // Used and rotated by now: whoever presents them again ends what came from them, if they are theirs.
  for (let times = 0; times < 3; times += 1) await tryAll();
  for (const token of [accessToken, refreshed.accessToken]) {
    assert.equal((await relyingParty.userinfo(token)).status, 200);
  }
  assert.equal(outcomeOf(await relyingParty.refresh(refreshed.refreshToken ?? '')), 'ok');
});

// against: refresh/bound
test('scope and audience of a refresh only shrink, and come back to what was granted at most', async (context) => {
  const { server, person, relyingParty } = await openSignInWorld(context, { client: openClient });
  const tokens = await tokensFor({ person }, relyingParty, { scope: 'openid email' });
  let { refreshToken } = tokens;
  const refresh = async (parameters: Parameters) => {
    const answer = await relyingParty.refresh(refreshToken, parameters);
    refreshToken =
      tokensOf({ access_token: '', refresh_token: refreshToken, ...answer.body }).refreshToken ?? '';
    return answer.status === 200 ? answer.body['scope'] : outcomeOf(answer);
  };
  assert.equal(await refresh({ scope: 'email' }), 'email');
  assert.equal(await refresh({ scope: 'openid profile' }), '400 invalid_scope');
  assert.equal(await refresh({ scope: 'openid email offline_access' }), '400 invalid_scope');
  assert.equal(await refresh({ resource: 'https://elsewhere.example' }), '400 invalid_target');
  assert.equal(await refresh({ resource: server.issuer }), 'openid email');
});

// against: refresh/current
test('an account that is disabled ends codes, refresh tokens and tokens from the next request on', async (context) => {
  const { server, person, relyingParty } = await openSignInWorld(context, {
    client: kinds['a client with a secret'],
  });
  const { code, request } = await codeFor({ person }, relyingParty);
  const tokens = await tokensFor({ person }, relyingParty);
  await server.database.run(`update accounts set disabled = 1 where id = '${alice.id}'`);
  assert.equal(outcomeOf(await relyingParty.exchange(code, request)), '400 invalid_grant');
  await assertDead(relyingParty, tokens);
  const { page, client } = await person.open(relyingParty.authorize().url);
  assert.deepEqual([client, page?.url.pathname], [null, '/login']);
  const { client: silent } = await person.open(relyingParty.authorize({ prompt: 'none' }).url);
  assert.equal(silent?.parameters.get('error'), 'login_required');
});

const dropped = { code_challenge: null, code_challenge_method: null };
const noVerifier = { code_verifier: null };

// against: pkce/verifier
test('a challenge needs its verifier, and a verifier its challenge; a wrong one uses nothing up', async (context) => {
  const { person, relyingParty } = await openSignInWorld(context, { client: { pkceRequired: false } });
  const rows: readonly (readonly [asked: Parameters, wrong: readonly Parameters[], right: Parameters])[] = [
    [{}, [noVerifier, { code_verifier: 'v'.repeat(43) }, { code_verifier: 'v' }, { code_verifier: '' }], {}],
    [dropped, [{}, { code_verifier: 'v'.repeat(43) }], noVerifier],
  ];
  for (const [asked, wrong, right] of rows) {
    const { code, request } = await codeFor({ person }, relyingParty, asked);
    for (const sent of wrong) {
      assert.equal(outcomeOf(await relyingParty.exchange(code, request, sent)), '400 invalid_grant');
    }
    assert.equal(outcomeOf(await relyingParty.exchange(code, request, right)), 'ok');
  }
  const challenge = 'c'.repeat(43);
  const plain = await codeFor({ person }, relyingParty, { code_challenge: challenge });
  const answer = await relyingParty.exchange(plain.code, plain.request, { code_verifier: challenge });
  assert.equal(outcomeOf(answer), '400 invalid_grant');
});

// against: pkce/verifier, pkce/downgrade
test('PKCE cannot be weakened at the authorization endpoint, by whoever sends the browser there', async (context) => {
  const { person, register } = await openSignInWorld(context);
  const [strict, free, open_] = [
    await register({ pkceRequired: true }),
    await register({ pkceRequired: false }),
    await register(openClient),
  ];
  await signInAndAllow(person, strict.authorize());
  const led = async (relyingParty: RelyingParty, parameters: Parameters) => {
    const { client } = await signInAndAllow(person, relyingParty.authorize(parameters));
    return client?.parameters.get('error') ?? 'response';
  };
  const rows: readonly (readonly [Parameters, readonly [string, string, string]])[] = [
    [{}, ['response', 'response', 'response']],
    [dropped, ['invalid_request', 'response', 'invalid_request']],
    ...[
      { code_challenge_method: 'plain' },
      { code_challenge_method: null },
      { code_challenge_method: 's256' },
      { code_challenge: null },
      { code_challenge: '' },
      { code_challenge: 'short' },
      { code_challenge: 'x'.repeat(44) },
      { code_challenge: ['a'.repeat(43), 'b'.repeat(43)] },
    ].map((parameters) => [parameters, ['invalid_request', 'invalid_request', 'invalid_request']] as const),
  ];
  for (const [parameters, expected] of rows) {
    for (const response_type of ['code', 'code id_token', 'code id_token token']) {
      const seen = [];
      for (const relyingParty of [strict, free, open_]) {
        seen.push(await led(relyingParty, { ...parameters, response_type }));
      }
      assert.deepEqual([parameters, response_type, seen], [parameters, response_type, expected]);
    }
  }
});

// against: interaction/csrf, single-use/parallel
test('of 20 parallel sendings of one consent form one goes through, and the others say so', async (context) => {
  const { server, person, relyingParty } = await openSignInWorld(context);
  await person.open(relyingParty.authorize().url);
  const { page } = await person.signIn(alice);
  const places = await Promise.all(
    Array.from({ length: 20 }, () => person.openTab().press('consent-allow', {}, page ?? undefined)),
  );
  const through = places.filter(({ client }) => client !== null);
  assert.equal(through.length, 1);
  for (const { status, client } of places) assert.ok(client !== null || status === 409 || status === 400);
  for (const table of ['consents', 'grants', 'authorization_codes']) {
    assert.equal((await server.database.run(`select * from ${table}`)).length, 1, table);
  }
});
