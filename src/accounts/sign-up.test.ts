import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openPeople } from '../../test/fixtures/people.ts';
import { createSignUp, type NewPerson } from './sign-up.ts';

async function open(context: TestContext) {
  const people = await openPeople(context);
  const { audit, stores } = people;
  const made = createSignUp({ ...people, store: stores.accounts });
  const signUp = (person: NewPerson) => made.signUp(person, audit);
  return { ...people, signUp };
}

const alice = { username: 'alice', email: 'alice@mail.example', password: 'correct horse' };

test('who signs up has an account with a password, an unverified address and no role', async (context) => {
  const { signUp, stores, passwords } = await open(context);
  const forged = { ...alice, administrator: true, emailVerified: true, disabled: false };
  const account = await signUp(forged);
  assert.ok(typeof account === 'object');
  assert.deepEqual(await stores.accounts.findByUsername('alice'), account);
  assert.equal(account.administrator, false);
  assert.deepEqual([account.email, account.emailVerified], ['alice@mail.example', false]);
  assert.equal(await passwords.verify('correct horse', account.passwordHash), true);
});

test('a user name belongs to one of many who sign up for it at once', async (context) => {
  const { signUp } = await open(context);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => signUp(alice)));
  assert.equal(outcomes.filter((outcome) => typeof outcome === 'object').length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === 'username-taken').length, 19);
  assert.equal(await signUp({ ...alice, username: 'ALICE' }), 'username-taken');
});

test('user names that others could read as somebody else’s are refused', async (context) => {
  const { signUp, stores } = await open(context);
  for (const username of [
    '',
    ' alice',
    'alice\u200b',
    'ali\u202ece',
    'alice\n',
    'al\u0000ice',
    'ａｌｉｃｅ',
    'alice  b',
    'a\ud800',
    'x'.repeat(129),
    '018f3a5c-0000-7000-8000-00000000A11C',
  ]) {
    assert.equal(await signUp({ ...alice, username }), 'username-unusable', JSON.stringify(username));
  }
  assert.deepEqual(await stores.accounts.list({ after: null, limit: 10 }), []);
});

test('what is no address, and what is no good password, makes no account', async (context) => {
  const { signUp, stores } = await open(context);
  for (const email of [
    '',
    'alice',
    'alice@',
    'alice@mail.example\nbcc: x',
    `${'x'.repeat(250)}@mail.example`,
  ]) {
    assert.equal(await signUp({ ...alice, email }), 'email-unusable', email);
  }
  assert.equal(await signUp({ ...alice, password: 'short' }), 'password-too-short');
  assert.equal(await signUp({ ...alice, password: 'password123' }), 'password-known');
  assert.equal(await signUp({ ...alice, password: 'Alice1234' }), 'password-known');
  assert.deepEqual(await stores.accounts.list({ after: null, limit: 10 }), []);
  assert.ok(typeof (await signUp({ ...alice, email: null })) === 'object');
});
