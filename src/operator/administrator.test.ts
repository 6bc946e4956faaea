import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { createPasswords } from '../accounts/passwords.ts';
import { ensureAdministrator } from './administrator.ts';

const passwords = createPasswords();

async function open(context: Parameters<typeof openTestRegistry>[0]) {
  const { accounts, storage } = await openTestRegistry(context);
  const deps = { accounts, settings: storage.stores.settings };
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
  return { accounts, deps, announced, ensure, signIn };
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
  const { ensure, announced, signIn } = await open(context);
  await ensure('admin', 'the first password');
  const first = await signIn('admin', 'the first password');
  await ensure('admin', 'the first password');
  assert.deepEqual(await signIn('admin', 'the first password'), first);
  await ensure('admin', 'the second password');
  assert.equal((await signIn('admin', 'the second password')).id, first.id);
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
