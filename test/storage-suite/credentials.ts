import assert from 'node:assert/strict';
import type { Account } from '../../src/accounts/account.ts';
import { totpContext } from '../../src/accounts/second-factor-store.ts';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { anAccount, aPasskey, aTotpSecret, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, type OpenedStorage, type StorageTest, tally } from './harness.ts';

/** What every driver must keep of passkeys, authenticator apps and recovery codes. */
export function testCredentials(storageTest: StorageTest): void {
  testPasskeys(storageTest);
  testTotpSecrets(storageTest);
  testRecoveryCodes(storageTest);
}

async function insertAccount({ stores }: OpenedStorage, username = 'alice'): Promise<Account> {
  const account = anAccount({ username });
  assert.equal(await stores.accounts.insert(account), 'inserted');
  return account;
}

function testPasskeys(storageTest: StorageTest): void {
  storageTest('passkeys belong to their account, and a credential id to one of them', async (storage) => {
    const { passkeys } = storage.stores;
    const [alice, bob] = [await insertAccount(storage), await insertAccount(storage, 'bob')];
    const first = aPasskey(alice.id);
    const second = aPasskey(alice.id, { createdAt: secondsAfter(someTime, 1), signCount: 2 ** 32 - 2 });
    assert.equal(await passkeys.insert(second, 20), 'inserted');
    assert.equal(await passkeys.insert(first, 20), 'inserted');
    assert.equal(await passkeys.insert(aPasskey(bob.id, { id: first.id }), 20), 'taken');
    assert.deepEqual(await passkeys.listOf(alice.id), [first, second]);
    assert.deepEqual(await passkeys.listOf(bob.id), []);
    assert.deepEqual(await passkeys.find(first.id), first);
    assert.equal(await passkeys.remove(bob.id, first.id), 'absent');
    assert.equal(await passkeys.remove(alice.id, first.id), 'removed');
    assert.equal(await passkeys.find(first.id), undefined);
    await passkeys.removeAll(alice.id);
    assert.deepEqual(await passkeys.listOf(alice.id), []);
  });

  storageTest(
    'an account has no more passkeys than it may, however many are added at once',
    async (storage) => {
      const { passkeys } = storage.stores;
      const [alice, bob] = [await insertAccount(storage), await insertAccount(storage, 'bob')];
      const outcomes = await inParallel(30, () => passkeys.insert(aPasskey(alice.id), 5));
      assert.deepEqual(tally(outcomes), { inserted: 5, full: 25 });
      assert.equal((await passkeys.listOf(alice.id)).length, 5);
      assert.equal(await passkeys.insert(aPasskey(bob.id), 5), 'inserted');
      assert.equal(await passkeys.insert(aPasskey(randomUuid()), 5), 'gone');
    },
  );

  storageTest('a passkey is named anew by its account alone', async (storage) => {
    const { passkeys } = storage.stores;
    const [alice, bob] = [await insertAccount(storage), await insertAccount(storage, 'bob')];
    const passkey = aPasskey(alice.id);
    await passkeys.insert(passkey, 20);
    assert.equal(await passkeys.rename(bob.id, passkey.id, 'Stolen'), 'absent');
    assert.equal(await passkeys.rename(alice.id, passkey.id, 'Phone'), 'renamed');
    assert.deepEqual(await passkeys.listOf(alice.id), [{ ...passkey, name: 'Phone' }]);
  });

  storageTest('a count of a passkey is accepted once, and only above the last', async (storage) => {
    const { passkeys } = storage.stores;
    const passkey = aPasskey((await insertAccount(storage)).id, { signCount: 5 });
    await passkeys.insert(passkey, 20);
    const use = (signCount: number) => passkeys.use({ id: passkey.id, signCount, at: someTime });
    assert.equal(await use(5), 'stale');
    assert.equal(await use(0), 'stale');
    assert.deepEqual(tally(await inParallel(50, () => use(2 ** 32 - 1))), { used: 1, stale: 49 });
    assert.deepEqual(await passkeys.find(passkey.id), {
      ...passkey,
      signCount: 2 ** 32 - 1,
      lastUsedAt: someTime,
    });
  });

  storageTest('a passkey that does not count is used as often as its person likes', async (storage) => {
    const { passkeys } = storage.stores;
    const passkey = aPasskey((await insertAccount(storage)).id);
    await passkeys.insert(passkey, 20);
    const use = () => passkeys.use({ id: passkey.id, signCount: 0, at: someTime });
    assert.deepEqual([await use(), await use()], ['used', 'used']);
    assert.equal(await passkeys.use({ id: 'nobody', signCount: 0, at: someTime }), 'stale');
  });
}

function testTotpSecrets(storageTest: StorageTest): void {
  storageTest('a secret of an app is replaced until it is confirmed, and never after', async (storage) => {
    const { secondFactors } = storage.stores;
    const { id: accountId } = await insertAccount(storage);
    const second = aTotpSecret(accountId, { sealed: 'second' });
    assert.equal(await secondFactors.begin(aTotpSecret(accountId)), 'begun');
    assert.equal(await secondFactors.begin(second), 'begun');
    const use = { accountId, sealed: 'sealed', step: 7 };
    assert.equal(await secondFactors.confirm(use, ['a']), 'conflict');
    assert.deepEqual(await secondFactors.recoveryHashes(accountId), []);
    assert.equal(await secondFactors.useStep({ ...use, sealed: 'second' }), 'replayed');
    assert.equal(await secondFactors.confirm({ ...use, sealed: 'second' }, ['a', 'b']), 'confirmed');
    assert.equal(await secondFactors.begin(aTotpSecret(accountId)), 'on');
    assert.deepEqual(await secondFactors.load(accountId), { ...second, confirmed: true, lastStep: 7 });
    await secondFactors.end(accountId);
    assert.equal(await secondFactors.load(accountId), undefined);
    assert.deepEqual(await secondFactors.recoveryHashes(accountId), []);
  });

  // against: single-use/parallel
  storageTest('of 50 parallel uses of one time step exactly one succeeds', async (storage) => {
    const { secondFactors } = storage.stores;
    const { id: accountId } = await insertAccount(storage);
    await secondFactors.begin(aTotpSecret(accountId));
    const use = { accountId, sealed: 'sealed', step: 7 };
    const confirmed = await inParallel(50, () => secondFactors.confirm(use, []));
    assert.deepEqual(tally(confirmed), { confirmed: 1, conflict: 49 });
    assert.equal(await secondFactors.useStep(use), 'replayed');
    const used = await inParallel(50, () => secondFactors.useStep({ ...use, step: 8 }));
    assert.deepEqual(tally(used), { used: 1, replayed: 49 });
    assert.equal(await secondFactors.useStep(use), 'replayed');
  });

  storageTest('the data key seals the secrets of apps too', async (storage) => {
    const { secondFactors, dataKey } = storage.stores;
    const { id: accountId } = await insertAccount(storage);
    await secondFactors.begin(aTotpSecret(accountId));
    const texts = await dataKey.loadTexts();
    const context = totpContext(accountId);
    assert.deepEqual(texts, [{ kind: 'totp-secret', id: accountId, context, sealed: 'sealed' }]);
    const stale = texts.map((text) => ({ ...text, sealed: 'other', resealed: 'anew' }));
    assert.equal(await dataKey.insert('data key', stale), 'conflict');
    const resealed = texts.map((text) => ({ ...text, resealed: 'anew' }));
    assert.equal(await dataKey.insert('data key', resealed), 'inserted');
    assert.equal((await secondFactors.load(accountId))?.sealed, 'anew');
  });
}

function testRecoveryCodes(storageTest: StorageTest): void {
  storageTest('recovery codes take the place of those before, while there is an app', async (storage) => {
    const { secondFactors } = storage.stores;
    const { id: accountId } = await insertAccount(storage);
    assert.equal(await secondFactors.replaceRecoveryHashes(accountId, ['a']), 'off');
    await secondFactors.begin(aTotpSecret(accountId));
    assert.equal(await secondFactors.replaceRecoveryHashes(accountId, ['a']), 'off');
    await secondFactors.confirm({ accountId, sealed: 'sealed', step: 1 }, ['a', 'b']);
    assert.equal(await secondFactors.replaceRecoveryHashes(accountId, ['c', 'd']), 'replaced');
    assert.deepEqual((await secondFactors.recoveryHashes(accountId)).toSorted(), ['c', 'd']);
  });

  // against: single-use/parallel
  storageTest('of 50 parallel uses of one recovery code exactly one succeeds', async (storage) => {
    const { secondFactors } = storage.stores;
    const { id: accountId } = await insertAccount(storage);
    const { id: other } = await insertAccount(storage, 'bob');
    await secondFactors.begin(aTotpSecret(accountId));
    await secondFactors.confirm({ accountId, sealed: 'sealed', step: 1 }, ['a', 'b']);
    assert.equal(await secondFactors.useRecoveryHash(other, 'a'), 'absent');
    const used = await inParallel(50, () => secondFactors.useRecoveryHash(accountId, 'a'));
    assert.deepEqual(tally(used), { used: 1, absent: 49 });
    assert.deepEqual(await secondFactors.recoveryHashes(accountId), ['b']);
  });
}
