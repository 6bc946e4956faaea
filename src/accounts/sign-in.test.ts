import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { cheap, makeSignInLimits, noSignInLimits, openPeople } from '../../test/fixtures/people.ts';
import { createRequestLimits } from '../http/rate-limits/request-limits.ts';
import { type Attempt, unlimitedAttempt } from '../kernel/request-limits.ts';
import type { Account } from './account.ts';
import { createPasswords } from './passwords.ts';
import { createSignIn, type SignInDependencies } from './sign-in.ts';

const password = 'correct horse';

async function open(context: TestContext, changes: Partial<SignInDependencies> = {}) {
  const people = await openPeople(context);
  const { stores, passwords, totp, macs, enrol } = people;
  const signIn = createSignIn({
    store: stores.accounts,
    passwords,
    totp,
    macs,
    limits: noSignInLimits,
    ...changes,
  });
  const alice = await enrol('alice', password);
  const enter = (
    username: string,
    typed: string,
    rest: { readonly attempt?: Attempt; readonly knownDevice?: string | null } = {},
  ) =>
    signIn.withPassword({
      username,
      password: typed,
      attempt: unlimitedAttempt,
      knownDevice: null,
      ...rest,
    });
  return { ...people, signIn, alice, enter };
}

/** Attempts from addresses, limited as at an endpoint. */
function admitting(failures: { readonly perMinute: number; readonly burst: number }) {
  const limits = createRequestLimits({
    settings: {
      login: { perAddress: null, perClient: null },
      limitLoopback: true,
      failedAuthentications: { perAddress: null, perClientAndAddress: failures },
    },
    endpoints: { login: 'secret' },
    trustedProxies: [],
    milliseconds: () => 0,
  });
  return (address: string): Attempt =>
    limits.login.admit({ headers: {}, socket: { remoteAddress: address } });
}

test('the right password signs in, and nothing else does', async (context) => {
  const { enter, enrol, stores, alice } = await open(context);
  const disabled = await enrol('mallory', password);
  await stores.accounts.replace({ ...disabled, disabled: true });
  await stores.accounts.insert({
    ...alice,
    id: disabled.id.replace(/^./, '0'),
    username: 'nobody',
    passwordHash: null,
  });
  const right = await enter('alice', password);
  assert.deepEqual(right, { kind: 'verified', account: alice, secondFactor: false });
  assert.deepEqual(await enter('ALICE', password), right);
  for (const [username, typed] of [
    ['alice', 'Correct horse'],
    ['alice', ''],
    ['alice ', password],
    ['bob', password],
    ['', password],
    ['al\u0000ice', password],
    ['x'.repeat(100_000), password],
    ['mallory', password],
    ['mallory', 'wrong'],
    ['nobody', ''],
    ['nobody', password],
  ] as const) {
    assert.equal((await enter(username, typed)).kind, 'refused', `${username.slice(0, 20)}/${typed}`);
  }
});

test('whoever is not signed in is named by id where an account has the name, for the log', async (context) => {
  const { limits } = makeSignInLimits({ perMinute: 1, burst: 1 });
  const { enter, enrol, alice } = await open(context, { limits });
  await enrol('mallory', password);
  const accountOf = async (username: string) => {
    const outcome = await enter(username, 'wrong');
    return [outcome.kind, 'accountId' in outcome ? outcome.accountId : undefined];
  };
  assert.deepEqual(await accountOf('alice'), ['refused', alice.id]);
  assert.deepEqual(await accountOf('alice'), ['wait', alice.id]);
  assert.deepEqual(await accountOf('nobody at all'), ['refused', undefined]);
});

test('as much is computed for a name that nobody has, or that is disabled, as for any other', async (context) => {
  const verified: (string | null)[] = [];
  const counting = createPasswords({ cost: cheap });
  const passwords: SignInDependencies['passwords'] = {
    ...counting,
    verify: (typed, hash) => {
      verified.push(hash);
      return counting.verify(typed, hash);
    },
  };
  const { enter, stores, alice } = await open(context, { passwords });
  await enter('nobody', password);
  await enter('al\u0000ice', password);
  await enter('alice', 'wrong');
  await stores.accounts.replace({ ...alice, disabled: true });
  await enter('alice', password);
  assert.deepEqual(verified, [null, null, alice.passwordHash, alice.passwordHash]);
});

test('a password that was hashed at another cost is hashed anew when it is known', async (context) => {
  const passwords = createPasswords({ cost: { ...cheap, timeCost: 2 } });
  const { enter, stores, alice } = await open(context, { passwords });
  await enter('alice', 'wrong');
  assert.equal((await stores.accounts.load(alice.id))?.passwordHash, alice.passwordHash);
  assert.equal((await enter('alice', password)).kind, 'verified');
  const renewed = await stores.accounts.load(alice.id);
  assert.match(renewed?.passwordHash ?? '', /t=2/);
  assert.equal(renewed?.updatedAt, alice.updatedAt);
  await enter('alice', password);
  assert.equal((await stores.accounts.load(alice.id))?.passwordHash, renewed?.passwordHash);
});

test('failures count for a name at an address: neither for its neighbour nor for the name elsewhere', async (context) => {
  const { enter } = await open(context);
  const from = admitting({ perMinute: 1, burst: 3 });
  const attempt = () => from('192.0.2.1');
  for (let times = 0; times < 3; times += 1) {
    assert.equal((await enter('alice', 'wrong', { attempt: attempt() })).kind, 'refused');
  }
  const refused = await enter('alice', password, { attempt: attempt() });
  assert.deepEqual(refused, { kind: 'wait', reason: 'too-many-tries', retryAfterSeconds: 60 });
  assert.equal((await enter('bob', password, { attempt: attempt() })).kind, 'refused');
  assert.equal((await enter('alice', password, { attempt: from('198.51.100.1') })).kind, 'verified');
});

test('guesses from many addresses are slowed down, for a name that nobody has as well', async (context) => {
  const { limits, pass } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { enter } = await open(context, { limits });
  for (const username of ['alice', 'nobody']) {
    for (let times = 0; times < 5; times += 1) {
      const spelling = times % 2 === 0 ? username : username.toUpperCase();
      assert.equal((await enter(spelling, 'wrong')).kind, 'refused');
    }
    assert.equal((await enter(username, 'wrong')).kind, 'wait');
    assert.equal((await enter(username, password)).kind, 'wait');
  }
  pass(60);
  assert.equal((await enter('alice', password)).kind, 'verified');
});

test('guesses that come at once are no more than those that come one by one', async (context) => {
  const { limits, pass } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { enter } = await open(context, { limits });
  const guessAtOnce = async () => {
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => enter('alice', 'wrong')));
    return outcomes.filter(({ kind }) => kind === 'refused').length;
  };
  // Two passwords are looked at side by side.
  assert.ok((await guessAtOnce()) <= 6);
  pass(60);
  assert.ok((await guessAtOnce()) <= 2);
});

test('nobody is locked out of a browser in which they have signed in before', async (context) => {
  const { limits } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { enter, signIn, alice } = await open(context, { limits });
  const knownDevice = signIn.deviceMark(alice.id);
  for (let times = 0; times < 50; times += 1) await enter('alice', 'wrong');
  assert.equal((await enter('alice', password)).kind, 'wait');
  assert.equal((await enter('alice', password, { knownDevice })).kind, 'verified');
});

test('a browser that is known has tries of its own, however often it is marked', async (context) => {
  const { limits } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { enter, signIn, alice } = await open(context, { limits });
  let knownDevice = signIn.deviceMark(alice.id);
  for (let times = 0; times < 5; times += 1) {
    assert.equal((await enter('alice', 'wrong', { knownDevice })).kind, 'refused');
    knownDevice = signIn.deviceMark(alice.id, knownDevice);
  }
  assert.equal((await enter('alice', password, { knownDevice })).kind, 'wait');
  assert.equal((await enter('alice', password)).kind, 'verified');
});

test('a mark that is forged, altered or of another account makes no browser known', async (context) => {
  const { limits } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { enter, enrol, signIn, alice } = await open(context, { limits });
  const bob = await enrol('bob', 'battery staple');
  const own = signIn.deviceMark(alice.id);
  const altered = `${own.startsWith('A') ? 'B' : 'A'}${own.slice(1)}`;
  for (let times = 0; times < 5; times += 1) await enter('alice', 'wrong');
  for (const knownDevice of [
    signIn.deviceMark(bob.id),
    altered,
    own.slice(0, -1),
    `${own}A`,
    '',
    '~~~~~~',
    'x'.repeat(100_000),
    `${'x~'.repeat(10)}${own}`,
  ]) {
    assert.equal((await enter('alice', password, { knownDevice })).kind, 'wait', knownDevice.slice(0, 200));
  }
  assert.equal((await enter('alice', password, { knownDevice: own })).kind, 'verified');
});

test('one cookie makes a browser known to the last five accounts', async (context) => {
  const { limits } = makeSignInLimits({ perMinute: 1, burst: 1 });
  const { enter, enrol, signIn, alice } = await open(context, { limits });
  let knownDevice = signIn.deviceMark(alice.id);
  for (const username of ['b', 'c', 'd', 'e']) {
    knownDevice = signIn.deviceMark((await enrol(username, password)).id, knownDevice);
  }
  await enter('alice', 'wrong');
  assert.equal((await enter('alice', password, { knownDevice })).kind, 'verified');
  knownDevice = signIn.deviceMark((await enrol('f', password)).id, knownDevice);
  assert.equal((await enter('alice', password, { knownDevice })).kind, 'wait');
  assert.ok(knownDevice.length < 1000);
});

test('when too many passwords are being checked a sign-in is told to come again', async (context) => {
  const passwords = createPasswords({ cost: cheap, concurrency: 0, waiting: 0 });
  const { enter } = await open(context, { passwords });
  const outcome = await enter('alice', password);
  assert.ok(outcome.kind === 'wait');
  assert.deepEqual([outcome.reason, outcome.retryAfterSeconds], ['busy', 1]);
});

/** An account with an authenticator app. */
async function openWithApp(context: TestContext, changes: Partial<SignInDependencies> = {}) {
  const world = await open(context, changes);
  const { totp, clock, alice, signIn } = world;
  await totp.begin(alice);
  const state = await totp.stateOf(alice.id);
  assert.equal(state.state, 'pending');
  const secret = Secret.fromBase32(state.secret);
  const show = () => TOTP.generate({ secret, timestamp: clock.now() * 1000 });
  const recoveryCodes = (await totp.confirm(alice.id, show(), world.audit)) ?? assert.fail();
  clock.advance(30);
  const prove = (code: string, attempt: Attempt = unlimitedAttempt) =>
    signIn.withSecondFactor({ account: alice, code, attempt });
  return { ...world, show, prove, recoveryCodes };
}

test('with an app a password alone is not enough, and a code or a recovery code is', async (context) => {
  const { enter, show, prove, recoveryCodes, alice, clock } = await openWithApp(context);
  const outcome = await enter('alice', password);
  assert.ok(outcome.kind === 'verified' && outcome.secondFactor);
  const amr = ['pwd', 'otp', 'mfa'];
  assert.deepEqual(await prove(show()), { kind: 'verified', account: alice, amr });
  assert.deepEqual(await prove(show()), { kind: 'refused' });
  assert.deepEqual(await prove('000000'), { kind: 'refused' });
  assert.deepEqual(await prove(recoveryCodes[0] ?? ''), { kind: 'verified', account: alice, amr });
  assert.deepEqual(await prove(recoveryCodes[0] ?? ''), { kind: 'refused' });
  clock.advance(30);
  assert.equal((await prove(show())).kind, 'verified');
});

test('codes are tried a few times alone, wherever from and all at once', async (context) => {
  const { limits, pass } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { show, prove } = await openWithApp(context, { limits });
  const guesses = await Promise.all(Array.from({ length: 50 }, () => prove('000000')));
  assert.equal(guesses.filter(({ kind }) => kind === 'refused').length, 5);
  assert.equal((await prove(show())).kind, 'wait');
  pass(60);
  assert.equal((await prove(show())).kind, 'verified');
});

test('failed codes count for the address too', async (context) => {
  const { show, prove } = await openWithApp(context);
  const from = admitting({ perMinute: 1, burst: 2 });
  await prove('000000', from('192.0.2.1'));
  await prove('000000', from('192.0.2.1'));
  assert.equal((await prove(show(), from('192.0.2.1'))).kind, 'wait');
  assert.equal((await prove(show(), from('192.0.2.2'))).kind, 'verified');
});

test('an account that is changed between password and code does not get in, nor does one without an app', async (context) => {
  const { stores, show, prove, alice, enrol, signIn } = await openWithApp(context);
  const bob = await enrol('bob', 'battery staple');
  const proveOf = (account: Pick<Account, 'id' | 'revision'>) =>
    signIn.withSecondFactor({ account, code: show(), attempt: unlimitedAttempt });
  assert.deepEqual(await proveOf(bob), { kind: 'refused' });
  assert.deepEqual(await proveOf({ ...bob, id: 'nobody' }), { kind: 'changed' });
  await stores.accounts.replacePassword({ id: alice.id, before: alice.passwordHash, after: 'another' });
  assert.deepEqual(await prove(show()), { kind: 'changed' });
  const disabled = { ...alice, revision: 2, disabled: true };
  assert.equal(await stores.accounts.replace(disabled), 'replaced');
  assert.deepEqual(await proveOf({ ...disabled, revision: 3 }), { kind: 'changed' });
});
