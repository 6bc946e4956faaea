import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openPeople } from '../../test/fixtures/people.ts';
import { anAccount } from '../../test/fixtures/storage-entries.ts';
import type { AccountDeclaration } from '../accounts/declaration.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createAppliedDeclarations } from './applied-declarations.ts';
import { declareAccounts } from './declared-accounts.ts';

const alice: AccountDeclaration = {
  id: null,
  username: 'alice',
  credential: { kind: 'password', password: 'of the file' },
  administrator: false,
  disabled: false,
  email: 'alice@mail.example',
  claims: { name: 'Alice' },
};

async function open(context: TestContext) {
  const people = await openPeople(context);
  const { accounts, stores, macs, passwords } = people;
  const applied = createAppliedDeclarations({ settings: stores.settings, secretKeeper: macs });
  const ended: string[] = [];
  const endings = { endAccount: async (accountId: string) => ended.push(accountId) };
  const declare = (...declarations: readonly AccountDeclaration[]) =>
    declareAccounts({ accounts, applied, endings, logger: silentLogger }, declarations);
  const stored = async () => (await accounts.findByUsername('alice')) ?? assert.fail();
  const isPassword = async (password: string) => passwords.verify(password, (await stored()).passwordHash);
  /** As the person changes it. */
  const choose = async (password: string) => {
    const { id, passwordHash } = await stored();
    const replacement = { id, before: passwordHash, after: await passwords.hash(password) };
    assert.equal(await stores.accounts.replacePassword(replacement), 'replaced');
  };
  return { ...people, declare, stored, isPassword, choose, ended };
}

test('an account is made as the file declares it, and the same file writes nothing more', async (context) => {
  const { declare, stored, isPassword, database } = await open(context);
  await declare(alice);
  const account = await stored();
  assert.deepEqual(account.claims, { name: 'Alice' });
  assert.deepEqual([account.email, account.emailVerified], ['alice@mail.example', false]);
  assert.equal(await isPassword('of the file'), true);
  const content = await database.content();
  await declare(alice);
  assert.equal(await database.content(), content);
  assert.ok(!content.includes('of the file'));
});

test('a password that its person has chosen stays until the file has another', async (context) => {
  const { declare, isPassword, choose } = await open(context);
  await declare(alice);
  await choose('of the person');
  await declare(alice);
  await declare({ ...alice, claims: { name: 'Alice B.' } });
  assert.equal(await isPassword('of the person'), true);
  await declare({ ...alice, credential: { kind: 'password', password: 'the next of the file' } });
  assert.equal(await isPassword('the next of the file'), true);
});

test('a declared hash is applied once too', async (context) => {
  const { declare, stored, passwords, isPassword, choose } = await open(context);
  const passwordHash = await passwords.hash('of the file');
  const hashed: AccountDeclaration = { ...alice, credential: { kind: 'hash', passwordHash } };
  await declare(hashed);
  assert.equal((await stored()).passwordHash, passwordHash);
  await choose('of the person');
  await declare(hashed);
  assert.equal(await isPassword('of the person'), true);
});

test('who was disabled on the command line stays so until the file says something else', async (context) => {
  const { declare, stored, stores } = await open(context);
  await declare(alice);
  await stores.accounts.replace({ ...(await stored()), disabled: true });
  await declare(alice);
  assert.equal((await stored()).disabled, true);
  await declare({ ...alice, disabled: true });
  await declare(alice);
  assert.equal((await stored()).disabled, false);
});

test('a value that changes in the file is applied alone', async (context) => {
  const { declare, stored, stores } = await open(context);
  await declare(alice);
  await stores.accounts.replace({ ...(await stored()), claims: { name: 'Changed' }, email: null });
  await declare({ ...alice, administrator: true });
  const account = await stored();
  assert.equal(account.administrator, true);
  assert.deepEqual(account.claims, { name: 'Changed' });
  assert.equal(account.email, null);
});

test('an account that was there before it was declared is brought to all of the declaration', async (context) => {
  const { declare, stored, isPassword, enrol } = await open(context);
  const { id } = await enrol('alice', 'of before');
  await declare(alice);
  assert.equal((await stored()).id, id);
  assert.equal(await isPassword('of the file'), true);
});

test('of who gets another password or is disabled everything ends', async (context) => {
  const { declare, stored, ended } = await open(context);
  await declare(alice);
  await declare({ ...alice, claims: { name: 'Alice B.' } });
  assert.deepEqual(ended, []);
  const { id } = await stored();
  const changed: AccountDeclaration = { ...alice, credential: { kind: 'password', password: 'the next' } };
  await declare(changed);
  await declare(changed);
  await declare({ ...changed, disabled: true });
  await declare({ ...changed, disabled: true });
  assert.deepEqual(ended, [id, id]);
});

test('what is declared is written down, without what is secret or private', async (context) => {
  const { declare, stored, database } = await open(context);
  await declare(alice);
  const credential = { kind: 'password', password: 'the next' } as const;
  await declare({ ...alice, credential, administrator: true, claims: { name: 'Alice B.' } });
  await declare({ ...alice, credential, administrator: true, claims: { name: 'Alice B.' } });
  const { id } = await stored();
  const rows = await database.run(
    `select action, changes from audit_events where target_id = '${id}' order by id`,
  );
  assert.deepEqual(
    rows.map(({ action, changes }) => [action, JSON.parse(String(changes))]),
    [
      ['account.created', []],
      ['account.updated', [{ field: 'administrator', before: false, after: true }]],
      ['account.password-changed', []],
    ],
  );
});

// against: administration/escalation
test('a name that somebody has chosen gets nothing that is declared under it', async (context) => {
  const { declare, stored, stores, database } = await open(context);
  for (const origin of ['sign-up', 'provider'] as const) {
    const chosen = anAccount({ username: `alice-${origin}`, origin });
    await stores.accounts.insert(chosen);
    const content = await database.content();
    const wanted = { ...alice, username: chosen.username, administrator: true };
    await assert.rejects(declare(wanted), /belongs to an account that the operator has not made/);
    assert.equal(await database.content(), content);
    await declare({ ...wanted, id: chosen.id });
    assert.equal((await stores.accounts.load(chosen.id))?.administrator, true);
  }
  await declare(alice);
  assert.equal((await stored()).administrator, false);
});
