import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cheap, makeSignInLimits, noSignInLimits, openPeople } from '../../test/fixtures/people.ts';
import {
  createPasswordChange,
  type PasswordChange,
  type PasswordChangeDependencies,
} from './password-change.ts';
import { createPasswords } from './passwords.ts';

async function open(context: TestContext, changes: Partial<PasswordChangeDependencies> = {}) {
  const people = await openPeople(context);
  const { stores, passwords, policy, enrol, audit } = people;
  const alice = await enrol('alice', 'correct horse');
  const passwordChange = createPasswordChange({
    store: stores.accounts,
    passwords,
    policy,
    limits: noSignInLimits,
    ...changes,
  });
  const change = (wanted: Omit<Parameters<PasswordChange['change']>[0], 'audit'>) =>
    passwordChange.change({ ...wanted, audit });
  const isPassword = async (password: string) =>
    passwords.verify(password, (await stores.accounts.load(alice.id))?.passwordHash ?? null);
  return { ...people, alice, change, isPassword };
}

test('who knows the password chooses another', async (context) => {
  const { alice, change, isPassword } = await open(context);
  assert.equal(await change({ account: alice, current: 'correct horse', next: 'battery staple' }), 'changed');
  assert.equal(await isPassword('battery staple'), true);
  assert.equal(await isPassword('correct horse'), false);
});

test('who does not know it changes nothing, and neither does a disabled account', async (context) => {
  const { alice, change, isPassword, stores } = await open(context);
  for (const current of ['wrong', '', null]) {
    assert.equal(await change({ account: alice, current, next: 'battery staple' }), 'wrong-credentials');
  }
  await stores.accounts.replace({ ...alice, disabled: true });
  const rightly = { account: alice, current: 'correct horse', next: 'battery staple' };
  assert.equal(await change(rightly), 'wrong-credentials');
  assert.equal(await change({ ...rightly, account: { id: 'nobody' } }), 'wrong-credentials');
  assert.equal(await isPassword('correct horse'), true);
});

test('the new password keeps to the policy', async (context) => {
  const { alice, change, isPassword } = await open(context);
  const refused = {
    short: 'password-too-short',
    password1: 'password-known',
    alice2024: 'password-known',
    ['x y'.repeat(400)]: 'password-too-long',
  };
  for (const [next, fault] of Object.entries(refused)) {
    assert.equal(await change({ account: alice, current: 'correct horse', next }), fault);
  }
  assert.equal(await isPassword('correct horse'), true);
});

test('an account without a password gets its first', async (context) => {
  const { alice, change, isPassword, stores } = await open(context);
  await stores.accounts.replace({ ...alice, passwordHash: null });
  assert.equal(await change({ account: alice, current: null, next: 'battery staple' }), 'changed');
  assert.equal(await isPassword('battery staple'), true);
});

test('of changes at once from the same password exactly one is made', async (context) => {
  const { alice, change } = await open(context);
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      change({ account: alice, current: 'correct horse', next: `battery staple ${index}` }),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, 1);
});

test('the password is tried a few times alone by who has found a browser open', async (context) => {
  const { limits, pass } = makeSignInLimits({ perMinute: 1, burst: 5 });
  const { alice, change } = await open(context, { limits });
  const guess = (current: string) => change({ account: alice, current, next: 'battery staple' });
  for (let times = 0; times < 5; times += 1) assert.equal(await guess('wrong'), 'wrong-credentials');
  assert.deepEqual(await guess('correct horse'), {
    kind: 'wait',
    reason: 'too-many-tries',
    retryAfterSeconds: 60,
  });
  pass(60);
  assert.equal(await guess('correct horse'), 'changed');
});

test('when too many passwords are being checked a change is told to come again', async (context) => {
  const passwords = createPasswords({ cost: cheap, concurrency: 0, waiting: 0 });
  const { alice, change } = await open(context, { passwords });
  const outcome = await change({ account: alice, current: 'correct horse', next: 'battery staple' });
  assert.deepEqual(outcome, { kind: 'wait', reason: 'busy', retryAfterSeconds: 1 });
});
