import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { anAccount, someAudit } from '../../test/fixtures/storage-entries.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { createManualClock } from '../kernel/clock.ts';
import type { Account, AccountStore } from './account.ts';
import { createAccounts } from './accounts.ts';
import type { AccountDeclaration } from './declaration.ts';
import { createPasswords } from './passwords.ts';

const passwords = createPasswords({ cost: { memoryCost: 8, timeCost: 1, parallelism: 1 } });

async function open(t: TestContext) {
  const { stores } = await openTestStorage(t);
  return openOver(stores.accounts);
}

function openOver(store: AccountStore) {
  return createAccounts({ store, clock: createManualClock(), passwords, audit: someAudit });
}

const alice: AccountDeclaration = {
  id: null,
  username: 'alice',
  credential: { kind: 'password', password: 'correct horse' },
  administrator: false,
  disabled: false,
};

const verifies = (account: Account | undefined, password: string) =>
  passwords.verify(password, account?.passwordHash ?? null);

test('an account that is declared again unchanged is not written', async (t) => {
  const accounts = await open(t);
  const [created] = await accounts.declare([alice]);
  assert.equal(created?.outcome, 'created');
  const [again] = await accounts.declare([alice]);
  assert.equal(again?.outcome, 'unchanged');
  assert.deepEqual(again?.account, created?.account);
  assert.deepEqual(await accounts.findByUsername('alice'), created?.account);
});

test('a changed declaration replaces what it names and keeps the id', async (t) => {
  const accounts = await open(t);
  const [created] = await accounts.declare([alice]);
  const credential = { kind: 'password', password: 'battery staple' } as const;
  const [updated] = await accounts.declare([{ ...alice, credential, disabled: true }]);
  assert.equal(updated?.outcome, 'updated');
  assert.equal(updated?.account.id, created?.account.id);
  const stored = await accounts.findByUsername('alice');
  assert.equal(stored?.disabled, true);
  assert.equal(await verifies(stored, 'battery staple'), true);
  assert.equal(await verifies(stored, 'correct horse'), false);
});

test('a declaration without a password keeps the stored one', async (t) => {
  const accounts = await open(t);
  await accounts.declare([alice]);
  const [again] = await accounts.declare([{ ...alice, credential: null }]);
  assert.equal(again?.outcome, 'unchanged');
});

test('a declared hash is stored as it is', async (t) => {
  const accounts = await open(t);
  const passwordHash = await passwords.hash('correct horse');
  const declaration: AccountDeclaration = { ...alice, credential: { kind: 'hash', passwordHash } };
  await accounts.declare([declaration]);
  assert.equal((await accounts.declare([declaration]))[0]?.outcome, 'unchanged');
  assert.equal((await accounts.findByUsername('alice'))?.passwordHash, passwordHash);
});

test('an account that is declared by its id can be renamed, but not to a name that is taken', async (t) => {
  const accounts = await open(t);
  const id = '018f3a5c-0000-7000-8000-000000000001';
  await accounts.declare([
    { ...alice, id },
    { ...alice, username: 'bob' },
  ]);
  const [renamed] = await accounts.declare([{ ...alice, id, username: 'carol' }]);
  assert.equal(renamed?.outcome, 'updated');
  assert.equal(await accounts.findByUsername('alice'), undefined);
  await assert.rejects(accounts.declare([{ ...alice, id, username: 'bob' }]), /belongs to another account/);
  assert.equal((await accounts.load(id))?.username, 'carol');
});

test('of administrators that are ensured at the same time exactly one is made', async (t) => {
  const accounts = await open(t);
  const administrator = { username: 'admin', password: 'correct horse' };
  const ensured = await Promise.all(
    Array.from({ length: 8 }, () => accounts.ensureAdministrator(administrator)),
  );
  assert.equal(ensured.filter(({ outcome }) => outcome === 'created').length, 1);
  assert.equal(new Set(ensured.map(({ account }) => account.id)).size, 1);
});

test('ensuring the administrator enables it and gives it the role and the new password', async (t) => {
  const accounts = await open(t);
  await accounts.declare([{ ...alice, disabled: true }]);
  const { account } = await accounts.ensureAdministrator({ username: 'alice', password: 'battery staple' });
  assert.equal(account.administrator, true);
  assert.equal(account.disabled, false);
  assert.equal(await verifies(account, 'battery staple'), true);
});

test('accounts are named by user name or id, and every unknown name is reported', async (t) => {
  const accounts = await open(t);
  const declared = await accounts.declare([alice, { ...alice, username: 'bob' }]);
  const ids = declared.map(({ account }) => account.id);
  assert.deepEqual(await accounts.idsOf(['alice', ids[1] ?? '']), ids);
  await assert.rejects(accounts.idsOf(['alice', 'mallory', 'trent']), /mallory, trent/);
});

// against: administration/escalation
test('an id names its account, whoever is called so, and a name that somebody has chosen names nobody', async (t) => {
  const { stores } = await openTestStorage(t);
  const accounts = openOver(stores.accounts);
  const [declared] = await accounts.declare([alice]);
  const id = declared?.account.id ?? assert.fail();
  const stranger = anAccount({ username: id, origin: 'provider' });
  const another = anAccount({ username: 'root', origin: 'sign-up' });
  for (const account of [stranger, another]) await stores.accounts.insert(account);
  assert.deepEqual(await accounts.idsOf([id, id.toUpperCase(), another.id]), [id, id, another.id]);
  await assert.rejects(accounts.idsOf(['root']), /root/);
});
