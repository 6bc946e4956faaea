import assert from 'node:assert/strict';
import type { Account } from '../../src/accounts/account.ts';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import type { Parameters } from '../../src/storage/statement.ts';
import { anAccount, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, type OpenedStorage, type StorageTest, tally } from './harness.ts';

/** What every driver must keep of accounts that change. */
export function testAccounts(storageTest: StorageTest): void {
  storageTest('every claim of an account is kept', async ({ stores, reopen }) => {
    const account = anAccount({
      origin: 'sign-up',
      email: 'alice@example.com',
      emailVerified: true,
      claims: {
        name: 'Älice "A" 🦊',
        address: { formatted: 'Street 1\nTown' },
        phone_number_verified: false,
      },
      updatedAt: secondsAfter(someTime, 7),
    });
    await stores.accounts.insert(account);
    const reopened = await reopen();
    assert.deepEqual(await reopened.stores.accounts.load(account.id), account);
    await reopened.close();
  });

  storageTest(
    'of 50 changes of one account that were made from the same revision exactly one is stored',
    async (storage) => {
      const account = await insert(storage);
      const outcomes = await inParallel(50, (index) =>
        storage.stores.accounts.replace({ ...account, claims: { nickname: `nickname ${index}` } }),
      );
      assert.deepEqual(tally(outcomes), { replaced: 1, conflict: 49 });
      assert.equal((await storage.stores.accounts.load(account.id))?.revision, account.revision + 1);
    },
  );

  storageTest('a password takes the place of the one that was verified, and of no other', async (storage) => {
    const { accounts } = storage.stores;
    const account = await insert(storage);
    const { id } = account;
    assert.equal(await accounts.replacePassword({ id, before: 'other', after: 'new' }), 'conflict');
    const first = await inParallel(50, (index) =>
      accounts.replacePassword({ id, before: null, after: `hash ${index}` }),
    );
    assert.deepEqual(tally(first), { replaced: 1, conflict: 49 });
    const { passwordHash, ...stored } = (await accounts.load(id)) ?? assert.fail();
    assert.equal(await accounts.replacePassword({ id, before: passwordHash, after: 'new' }), 'replaced');
    assert.deepEqual(await accounts.load(id), {
      ...stored,
      passwordHash: 'new',
      revision: account.revision + 2,
    });
    const nobody = { id: randomUuid(), before: null, after: 'new' };
    assert.equal(await accounts.replacePassword(nobody), 'conflict');
  });

  storageTest(
    'a change that was made before a new password does not bring the old one back',
    async (storage) => {
      const { accounts } = storage.stores;
      const account = await insert(storage);
      await accounts.replacePassword({ id: account.id, before: null, after: 'new' });
      assert.equal(await accounts.replace({ ...account, disabled: true }), 'conflict');
      assert.equal((await accounts.load(account.id))?.passwordHash, 'new');
    },
  );

  storageTest(
    // against: interaction/federated
    'names that differ in case alone are one name, which is shown as it was written',
    async (storage) => {
      const { accounts } = storage.stores;
      const ada = anAccount({ username: 'Ada Ärmel' });
      assert.equal(await accounts.insert(ada), 'inserted');
      const spellings = ['ada ärmel', 'ADA ÄRMEL', 'aDA A\u0308rmel', '\uff21da Ärmel'];
      for (const username of spellings) {
        assert.equal(await accounts.insert(anAccount({ username })), 'taken', username);
        assert.deepEqual(await accounts.findByUsername(username), ada, username);
      }
      const bob = anAccount({ username: 'bob' });
      await accounts.insert(bob);
      assert.equal(await accounts.replace({ ...bob, username: 'ADA ärmel' }), 'taken');
      assert.equal(await accounts.replace({ ...bob, username: 'BOB' }), 'replaced');
      assert.equal((await accounts.findByUsername('bob'))?.username, 'BOB');
      assert.equal(await accounts.replace({ ...ada, username: 'Lovelace' }), 'replaced');
      assert.equal(await accounts.findByUsername('ada ärmel'), undefined);
      assert.equal(await accounts.insert(anAccount({ username: 'ada ärmel' })), 'inserted');
      const race = await inParallel(20, (index) =>
        accounts.insert(anAccount({ username: index % 2 === 0 ? 'carol' : 'Carol' })),
      );
      assert.deepEqual(tally(race), { inserted: 1, taken: 19 });
    },
  );

  storageTest('accounts whose names case has told apart keep them, each its own', async (storage) => {
    const { accounts } = storage.stores;
    const [first, second] = [anAccount({ username: 'Ada' }), anAccount({ username: 'other' })];
    for (const account of [first, second]) await accounts.insert(account);
    // As the migration leaves the younger of the two.
    const age = storage.engine.statement((db, args: Parameters<{ readonly id: string }>) =>
      db
        .updateTable('accounts')
        .set({ username: 'ada', username_key: null })
        .where('id', '=', args.value('id')),
    );
    await storage.engine.write({
      steps: [{ run: age({ id: second.id }), otherwise: 'absent' }],
      done: 'aged',
    });
    const found = async (name: string) => (await accounts.findByUsername(name))?.id;
    assert.deepEqual(await Promise.all(['Ada', 'ada', 'ADA'].map(found)), [first.id, second.id, first.id]);
    const younger = await accounts.findByUsername('ada');
    assert.ok(younger);
    assert.equal(await accounts.replace({ ...younger, disabled: true }), 'replaced');
    assert.equal(await accounts.replace({ ...younger, revision: 2, username: 'ADA' }), 'taken');
    assert.equal(await accounts.replace({ ...younger, revision: 2, username: 'Ada II' }), 'replaced');
    assert.deepEqual(await Promise.all(['ada', 'ada ii'].map(found)), [first.id, second.id]);
  });

  storageTest('accounts are listed by their user names, a page at a time', async (storage) => {
    const { accounts } = storage.stores;
    const names = ['dave', 'alice', 'erin', 'bob', 'carol'];
    for (const username of names) await accounts.insert(anAccount({ username }));
    const pageBehind = async (after: string | null): Promise<readonly string[]> =>
      (await accounts.list({ after, limit: 2 })).map(({ username }) => username);
    assert.deepEqual(await pageBehind(null), ['alice', 'bob']);
    assert.deepEqual(await pageBehind('bob'), ['carol', 'dave']);
    assert.deepEqual(await pageBehind('dave'), ['erin']);
    assert.deepEqual(await pageBehind('erin'), []);
  });
}

async function insert({ stores }: OpenedStorage): Promise<Account> {
  const account = anAccount();
  assert.equal(await stores.accounts.insert(account), 'inserted');
  return account;
}
