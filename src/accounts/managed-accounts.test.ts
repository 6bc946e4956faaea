import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openPeople } from '../../test/fixtures/people.ts';
import { createPeopleRows } from '../../test/fixtures/people-rows.ts';
import { aPasskey, aTotpSecret } from '../../test/fixtures/storage-entries.ts';
import { createEndings } from '../protocol/logout/endings.ts';
import { createManagedAccounts } from './managed-accounts.ts';

async function open(context: TestContext) {
  const people = await openPeople(context);
  const { stores, enrol } = people;
  const ended: string[] = [];
  /** What is told to end, with what the account was at that moment. */
  const note = (what: string) => async (accountId: string) => {
    const account = await stores.accounts.load(accountId);
    ended.push(`${what} ${account?.username} ${account?.disabled ? 'disabled' : 'enabled'}`);
  };
  const managed = createManagedAccounts({
    ...people,
    store: stores.accounts,
    passkeys: stores.passkeys,
    secondFactors: stores.secondFactors,
    endings: { endAccount: note('account') },
  });
  const alice = await enrol('alice', 'correct horse');
  return { ...people, managed, alice, ended };
}

test('an account is made with the role that the operator gives it', async (context) => {
  const { managed, stores } = await open(context);
  const person = { username: 'root', email: null, password: 'battery staple', administrator: true };
  const account = await managed.create(person);
  assert.deepEqual(await stores.accounts.findByUsername('root'), account);
  assert.equal(typeof account === 'object' && account.administrator, true);
  assert.equal(await managed.create(person), 'username-taken');
});

test('who is disabled is disabled before what is in force ends, and can be enabled again', async (context) => {
  const { managed, stores, alice, ended } = await open(context);
  assert.equal(await managed.disable('alice'), 'disabled');
  assert.deepEqual(ended, ['account alice disabled']);
  assert.equal((await stores.accounts.load(alice.id))?.disabled, true);
  assert.equal(await managed.enable('alice'), 'enabled');
  assert.equal((await stores.accounts.load(alice.id))?.disabled, false);
  assert.equal(ended.length, 1);
});

test('one account is signed out, or every one, and the password stays', async (context) => {
  const { managed, stores, alice, enrol, ended } = await open(context);
  const bob = await enrol('bob', 'battery staple');
  assert.equal(await managed.signOut('alice'), 'signed-out');
  assert.deepEqual(ended.splice(0), ['account alice enabled']);
  assert.equal(await managed.signOutAll(), 2);
  assert.deepEqual(ended.toSorted(), ['account alice enabled', 'account bob enabled']);
  for (const account of [alice, bob]) assert.deepEqual(await stores.accounts.load(account.id), account);
});

test('another password ends everything that is in force, and the old one does no more', async (context) => {
  const { managed, stores, passwords, alice, ended } = await open(context);
  assert.equal(await managed.resetPassword('alice', 'password1', 'forget'), 'password-known');
  assert.deepEqual(ended, []);
  assert.equal(await managed.resetPassword('alice', 'battery staple', 'keep'), 'reset');
  assert.deepEqual(ended, ['account alice enabled']);
  const { passwordHash } = (await stores.accounts.load(alice.id)) ?? assert.fail();
  assert.equal(await passwords.verify('battery staple', passwordHash), true);
  assert.equal(await passwords.verify('correct horse', passwordHash), false);
});

test('with a reset by an operator offline access ends as well, its client is told, and what was allowed stays', async (context) => {
  const { stores, alice, ...people } = await open(context);
  const rows = createPeopleRows({ stores, engine: people.engine });
  const client = await rows.client();
  await rows.signIn(await rows.session(alice), alice, client, { offline: 1 });
  const endings = createEndings({ store: stores.endings, clock: people.clock, wake: () => {} });
  const { passkeys, secondFactors, accounts: store } = stores;
  const managed = createManagedAccounts({ ...people, store, passkeys, secondFactors, endings });
  assert.equal(await managed.resetPassword('alice', 'battery staple', 'keep'), 'reset');
  assert.deepEqual(await rows.count(), { sessions: 0, session_clients: 0, consents: 1, grants: 0 });
  assert.equal((await stores.logoutNotices.listOfClient(client.id)).length, 1);
});

test('factors are forgotten where the operator says so, of the one account alone', async (context) => {
  const { managed, stores, alice, enrol } = await open(context);
  const bob = await enrol('bob', 'battery staple');
  for (const { id } of [alice, bob]) {
    await stores.passkeys.insert(aPasskey(id), 20);
    await stores.secondFactors.begin(aTotpSecret(id));
  }
  assert.equal(await managed.resetPassword('alice', 'password1', 'forget'), 'password-known');
  assert.equal(await managed.resetPassword('alice', 'battery staple', 'keep'), 'reset');
  assert.equal((await stores.passkeys.listOf(alice.id)).length, 1);
  assert.ok(await stores.secondFactors.load(alice.id));
  assert.equal(await managed.resetPassword('alice', 'battery staple 2', 'forget'), 'reset');
  assert.deepEqual(await stores.passkeys.listOf(alice.id), []);
  assert.equal(await stores.secondFactors.load(alice.id), undefined);
  assert.equal((await stores.passkeys.listOf(bob.id)).length, 1);
  assert.ok(await stores.secondFactors.load(bob.id));
});

test('what operators do is written down, without what is secret', async (context) => {
  const { managed, database, alice } = await open(context);
  await managed.disable('alice');
  await managed.enable('alice');
  await managed.resetPassword('alice', 'battery staple', 'forget');
  const rows = await database.run(
    `select action, changes from audit_events where target_id = '${alice.id}' order by id`,
  );
  const switched = (before: boolean) => [{ field: 'disabled', before, after: !before }];
  assert.deepEqual(
    rows.map(({ action, changes }) => [action, JSON.parse(String(changes))]),
    [
      ['account.created', []],
      ['account.updated', switched(false)],
      ['account.updated', switched(true)],
      ['account.factors-removed', []],
      ['account.password-changed', []],
    ],
  );
});

test('nothing is done to a name that nobody has', async (context) => {
  const { managed, ended } = await open(context);
  assert.equal(await managed.disable('bob'), 'absent');
  assert.equal(await managed.enable('bob'), 'absent');
  assert.equal(await managed.signOut('bob'), 'absent');
  assert.equal(await managed.resetPassword('bob', 'battery staple', 'forget'), 'absent');
  assert.deepEqual(ended, []);
});

test('changes at once to one account are all made', async (context) => {
  const { managed, stores, passwords, alice } = await open(context);
  await Promise.all([
    managed.disable('alice'),
    managed.resetPassword('alice', 'battery staple', 'keep'),
    managed.disable('alice'),
  ]);
  const { disabled, passwordHash } = (await stores.accounts.load(alice.id)) ?? assert.fail();
  assert.equal(disabled, true);
  assert.equal(await passwords.verify('battery staple', passwordHash), true);
});
