import assert from 'node:assert/strict';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { aClient, aKey, anAccount, anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, insertClient, type StorageTest, tally } from './harness.ts';

/** What every driver must keep of keys, accounts and settings. */
export function testKeysAndAccounts(storageTest: StorageTest): void {
  storageTest('keys move through their states, several in one change', async (storage) => {
    const { keys } = storage.stores;
    const current = aKey();
    const next = aKey({ state: 'next', activatedAt: null });
    const pepper = aKey({ purpose: 'pepper', algorithm: 'HS256', publicJwk: null });
    assert.equal(await keys.change({ transitions: [], keys: [current, next, pepper] }), 'changed');

    const successor = aKey({ state: 'next', activatedAt: null });
    const transitions = [
      { id: next.id, from: 'next', to: 'current', at: someTime },
      { id: current.id, from: 'current', to: 'retired', at: someTime },
    ] as const;
    assert.equal(await keys.change({ transitions, keys: [successor] }), 'changed');
    assert.deepEqual(await keys.loadAll(), [
      { ...current, state: 'retired', retiredAt: someTime },
      { ...next, state: 'current', activatedAt: someTime },
      pepper,
      successor,
    ]);

    const removal = [{ id: current.id, from: 'retired', to: 'removed', at: someTime }] as const;
    assert.equal(await keys.change({ transitions: removal, keys: [] }), 'changed');
    assert.equal((await keys.loadAll()).length, 3);
  });

  storageTest(
    'what is left of a removed key comes with its removal, and is purged in its time',
    async (storage) => {
      const { keys, pastKeys, expiry } = storage.stores;
      const key = aKey({ state: 'retired', retiredAt: someTime });
      await keys.change({ transitions: [], keys: [key] });
      const past = [
        { kid: key.id, publicJwk: { kty: 'EC', kid: key.id }, expiresAt: secondsAfter(someTime, 9) },
      ];
      const stale = [{ id: key.id, from: 'current', to: 'removed', at: someTime }] as const;
      assert.equal(await keys.change({ transitions: stale, keys: [], past }), 'conflict');
      assert.equal(await pastKeys.load(key.id), undefined);
      const removal = [{ id: key.id, from: 'retired', to: 'removed', at: someTime }] as const;
      assert.equal(await keys.change({ transitions: removal, keys: [], past }), 'changed');
      assert.deepEqual(await pastKeys.load(key.id), past[0]);
      await expiry.purge(secondsAfter(someTime, 9), 10);
      assert.deepEqual(await pastKeys.load(key.id), past[0]);
      await expiry.purge(secondsAfter(someTime, 10), 10);
      assert.equal(await pastKeys.load(key.id), undefined);
    },
  );

  storageTest(
    'a change of keys that another node has made already is a conflict and does nothing',
    async (storage) => {
      const { keys } = storage.stores;
      const current = aKey();
      const next = aKey({ state: 'next', activatedAt: null });
      await keys.change({ transitions: [], keys: [current, next] });

      const secondCurrent = { transitions: [], keys: [aKey({ algorithm: 'RS256' }), aKey()] };
      assert.equal(await keys.change(secondCurrent), 'conflict');
      const enterTaken = [{ id: next.id, from: 'next', to: 'current', at: someTime }] as const;
      assert.equal(await keys.change({ transitions: enterTaken, keys: [] }), 'conflict');
      const leaveOther = [
        { id: current.id, from: 'current', to: 'retired', at: someTime },
        { id: next.id, from: 'current', to: 'retired', at: someTime },
      ] as const;
      assert.equal(await keys.change({ transitions: leaveOther, keys: [] }), 'conflict');
      assert.deepEqual(await keys.loadAll(), [current, next]);
    },
  );

  storageTest('of 50 parallel rotations exactly one happens', async (storage) => {
    const { keys } = storage.stores;
    const current = aKey();
    await keys.change({ transitions: [], keys: [current] });
    const retire = [{ id: current.id, from: 'current', to: 'retired', at: someTime }] as const;
    const outcomes = await inParallel(50, () => keys.change({ transitions: retire, keys: [aKey()] }));
    assert.deepEqual(tally(outcomes), { changed: 1, conflict: 49 });
    assert.equal((await keys.loadAll()).length, 2);
  });

  storageTest('accounts are found by id and by username', async (storage) => {
    const { accounts } = storage.stores;
    const alice = anAccount({ administrator: true, passwordHash: '$argon2id$' });
    const bob = anAccount({ username: 'Älice', disabled: true });
    assert.equal(await accounts.insert(alice), 'inserted');
    assert.equal(await accounts.insert(bob), 'inserted');
    assert.deepEqual(await accounts.load(alice.id), alice);
    assert.deepEqual(await accounts.findByUsername('Älice'), bob);
    assert.equal(await accounts.findByUsername('Alicë'), undefined);
    assert.deepEqual(await accounts.existing([alice.id, bob.id, 'nobody']), new Set([alice.id, bob.id]));
  });

  storageTest('an id and a username belong to one account', async (storage) => {
    const { accounts } = storage.stores;
    const [alice, bob] = [anAccount(), anAccount({ username: 'bob' })];
    await accounts.insert(alice);
    await accounts.insert(bob);
    assert.equal(await accounts.insert(anAccount()), 'taken');
    assert.equal(await accounts.insert({ ...alice, username: 'carol' }), 'taken');
    assert.equal(await accounts.replace({ ...bob, username: 'alice' }), 'taken');
    assert.equal(await accounts.replace({ ...bob, id: randomUuid(), username: 'carol' }), 'conflict');
    assert.equal(await accounts.replace({ ...bob, username: 'carol', disabled: true }), 'replaced');
    assert.deepEqual(await accounts.load(bob.id), {
      ...bob,
      username: 'carol',
      disabled: true,
      revision: bob.revision + 1,
    });
  });

  storageTest('a setting that is set first stands until it is set anew', async (storage) => {
    const { settings } = storage.stores;
    assert.equal(await settings.get('key'), undefined);
    const answers = await inParallel(50, (index) => settings.getOrInsert('key', `value ${index}`));
    assert.equal(new Set(answers).size, 1);
    assert.equal(await settings.get('key'), answers[0]);
    await settings.set('key', 'new');
    assert.equal(await settings.getOrInsert('key', 'other'), 'new');
  });

  storageTest('an account cannot have an id that is, or ever was, a client’s', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    const account = anAccount({ id: client.id });
    assert.equal(await storage.stores.accounts.insert(account), 'taken');
    const audit = anAuditEvent(client.id, 'client.deleted');
    await storage.stores.clients.remove({ id: client.id, revision: client.revision, audit });
    assert.equal(await storage.stores.accounts.insert(account), 'taken');
    assert.equal(await storage.stores.accounts.load(client.id), undefined);
  });
}
