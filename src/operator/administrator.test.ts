import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { anAccount } from '../../test/fixtures/storage-entries.ts';
import { createPasswords } from '../accounts/passwords.ts';
import { ensureAdministrator } from './administrator.ts';
import { createAppliedDeclarations } from './applied-declarations.ts';

const passwords = createPasswords();

async function open(context: Parameters<typeof openTestRegistry>[0]) {
  const { accounts, storage, secretKeeper } = await openTestRegistry(context);
  const { settings } = storage.stores;
  const applied = createAppliedDeclarations({ settings, secretKeeper });
  const ended: string[] = [];
  const endings = { endAccount: async (accountId: string) => ended.push(accountId) };
  const deps = { accounts, settings, applied, endings };
  const announced: { readonly username: string; readonly password: string }[] = [];
  const ensure = (username: string, password: string | null = null) =>
    ensureAdministrator(deps, { username, password }, async (administrator) => {
      announced.push(administrator);
    });
  /** The account of that name, once `password` is proven to be its own. */
  const signIn = async (username: string, password: string) => {
    const account = await accounts.findByUsername(username);
    assert.ok(await passwords.verify(password, account?.passwordHash ?? null));
    return account ?? assert.fail();
  };
  /** As its person changes it. */
  const choose = async (username: string, password: string) => {
    const { id, passwordHash } = (await accounts.findByUsername(username)) ?? assert.fail();
    const after = await passwords.hash(password);
    const replacement = { id, before: passwordHash, after };
    assert.equal(await storage.stores.accounts.replacePassword(replacement), 'replaced');
  };
  return { accounts, storage, deps, announced, ensure, signIn, choose, ended };
}

test('the administrator is made once, with a generated password that is announced', async (context) => {
  const { ensure, announced, signIn } = await open(context);
  await ensure('admin');
  const [{ password } = assert.fail('nothing was announced')] = announced;
  assert.ok(password.length >= 32);
  const account = await signIn('admin', password);
  assert.deepEqual([account.administrator, account.disabled], [true, false]);
  await ensure('admin');
  assert.equal(announced.length, 1);
  assert.deepEqual(await signIn('admin', password), account);
});

test('a generated password is announced before the account is stored', async (context) => {
  const { deps, accounts } = await open(context);
  const interrupted = ensureAdministrator(deps, { username: 'admin', password: null }, async () => {
    assert.equal(await accounts.findByUsername('admin'), undefined);
    throw new Error('the disk is full');
  });
  await assert.rejects(interrupted, /the disk is full/);
  assert.equal(await accounts.findByUsername('admin'), undefined);
});

test('a chosen password is not announced, and a changed one replaces it', async (context) => {
  const { ensure, announced, signIn, ended } = await open(context);
  await ensure('admin', 'the first password');
  const first = await signIn('admin', 'the first password');
  await ensure('admin', 'the first password');
  assert.deepEqual(await signIn('admin', 'the first password'), first);
  assert.deepEqual(ended, []);
  await ensure('admin', 'the second password');
  assert.equal((await signIn('admin', 'the second password')).id, first.id);
  assert.deepEqual(ended, [first.id]);
  assert.deepEqual(announced, []);
});

test('a changed user name renames the account, which keeps its id', async (context) => {
  const { ensure, accounts, announced, signIn } = await open(context);
  await ensure('admin', 'the password');
  const { id } = await signIn('admin', 'the password');
  await ensure('root', 'the password');
  assert.equal((await signIn('root', 'the password')).id, id);
  assert.equal(await accounts.findByUsername('admin'), undefined);
  await ensure('chief');
  const [{ password } = assert.fail('nothing was announced')] = announced;
  assert.equal((await signIn('chief', password)).id, id);
});

test('the user name of another account is refused', async (context) => {
  const { ensure, accounts, signIn } = await open(context);
  await ensure('admin', 'the password');
  await accounts.declare([
    { id: null, username: 'alice', credential: null, administrator: false, disabled: false },
  ]);
  await assert.rejects(ensure('alice', 'the password'), /belongs to another account/);
  await signIn('admin', 'the password');
  assert.equal((await accounts.findByUsername('alice'))?.administrator, false);
});

test('a chosen password is applied once: what its person chooses later stays, until the operator chooses another', async (context) => {
  const { ensure, signIn, choose, announced, storage } = await open(context);
  await ensure('admin', 'of the operator');
  await choose('admin', 'of the person');
  await ensure('admin', 'of the operator');
  const account = await signIn('admin', 'of the person');
  await storage.stores.accounts.replace({ ...account, disabled: true });
  await ensure('admin', 'of the operator');
  assert.equal((await signIn('admin', 'of the person')).disabled, true);
  await ensure('admin', 'another of the operator');
  assert.equal((await signIn('admin', 'another of the operator')).disabled, false);
  assert.deepEqual(announced, []);
});

test('a changed user name leaves the password that its person has chosen', async (context) => {
  const { ensure, signIn, choose } = await open(context);
  await ensure('admin', 'of the operator');
  await choose('admin', 'of the person');
  await ensure('root', 'of the operator');
  await signIn('root', 'of the person');
});

test('what is remembered of a chosen password is not the password', async (context) => {
  const { ensure, storage } = await open(context);
  await ensure('admin', 'of the operator');
  const remembered = await storage.stores.settings.get('applied/administrator');
  assert.match(remembered ?? '', /hmac-sha256/);
  assert.doesNotMatch(remembered ?? '', /of the operator/);
});

// against: administration/escalation
test('who has chosen the name of the administrator becomes none', async (context) => {
  const { ensure, accounts, storage } = await open(context);
  await storage.stores.accounts.insert(anAccount({ username: 'admin', origin: 'sign-up' }));
  await assert.rejects(
    ensure('admin', 'the password'),
    /belongs to an account that the operator has not made/,
  );
  assert.equal((await accounts.findByUsername('admin'))?.administrator, false);
});
