import assert from 'node:assert/strict';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import type { SettingsTable } from '../../src/storage/schema.ts';
import type { Parameters } from '../../src/storage/statement.ts';
import {
  aClient,
  aKey,
  anAccount,
  anAuditEvent,
  aScope,
  aSecret,
  someTime,
} from '../fixtures/storage-entries.ts';
import { inParallel, insertClient, type StorageTest, tally } from './harness.ts';

/** What every driver must keep when several ask for it at once. */
export function testRaces(storageTest: StorageTest): void {
  storageTest(
    'of an account and a client that ask for one id at once exactly one gets it',
    async (storage) => {
      for (let round = 0; round < 20; round++) {
        const id = randomUuid();
        const outcomes = await Promise.all([
          insertClient(storage, aClient({ id })),
          storage.stores.accounts.insert(anAccount({ id, username: `account ${round}` })),
        ]);
        assert.deepEqual(tally(outcomes), { inserted: 1, taken: 1 });
        const client = await storage.stores.clients.load(id);
        const account = await storage.stores.accounts.load(id);
        assert.equal((client === undefined) === (account === undefined), false);
      }
    },
  );

  storageTest(
    'of many accounts that ask for one username exactly one gets it, new or renamed',
    async (storage) => {
      const { accounts } = storage.stores;
      const inserted = await inParallel(50, () => accounts.insert(anAccount({ username: 'alice' })));
      assert.deepEqual(tally(inserted), { inserted: 1, taken: 49 });
      const others = await inParallel(20, async (index) => {
        const account = anAccount({ username: `account ${index}` });
        assert.equal(await accounts.insert(account), 'inserted');
        return account;
      });
      const renamed = await Promise.all(
        others.map((account) => accounts.replace({ ...account, username: 'bob' })),
      );
      assert.deepEqual(tally(renamed), { replaced: 1, taken: 19 });
    },
  );

  storageTest('of many nodes that make their first keys at once exactly one succeeds', async (storage) => {
    const { keys } = storage.stores;
    const outcomes = await inParallel(20, () => {
      const made = ['ES256', 'RS256'].flatMap((algorithm) => [
        aKey({ algorithm }),
        aKey({ algorithm, state: 'next', activatedAt: null }),
      ]);
      return keys.change({ transitions: [], keys: made });
    });
    assert.deepEqual(tally(outcomes), { changed: 1, conflict: 19 });
    assert.equal((await keys.loadAll()).length, 4);
  });

  storageTest('a client that goes leaves no token, however many are stored meanwhile', async (storage) => {
    const { accessTokens, clients } = storage.stores;
    const client = aClient();
    await insertClient(storage, client);
    const hashes = Array.from({ length: 40 }, (_, index) => `h${index}`);
    const storing = hashes.map((hash) =>
      accessTokens.insert({ hash, clientId: client.id, claims: {}, expiresAt: someTime }),
    );
    const audit = anAuditEvent(client.id, 'client.deleted');
    assert.equal(await clients.remove({ id: client.id, revision: 1, audit }), 'removed');
    await Promise.all(storing);
    assert.deepEqual(new Set(await Promise.all(hashes.map(accessTokens.find))), new Set([undefined]));
  });

  storageTest('uses of secrets are noted, in whatever order each node names them', async (storage) => {
    const { clients } = storage.stores;
    const client = aClient();
    const secrets = Array.from({ length: 10 }, () => aSecret());
    await insertClient(storage, client, secrets);
    await inParallel(40, (index) => {
      const uses = secrets.map(({ id }) => ({ secretId: id, at: secondsAfter(someTime, index) }));
      return clients.recordSecretUse(index % 2 === 0 ? uses : uses.toReversed());
    });
    const used = (await clients.load(client.id))?.secrets.map(({ lastUsedAt }) => lastUsedAt);
    assert.deepEqual(new Set(used), new Set([secondsAfter(someTime, 39)]));
  });

  storageTest('purges at once delete together what one alone would', async (storage) => {
    const { accessTokens, expiry, singleUse } = storage.stores;
    await inParallel(100, async (index) => {
      await accessTokens.deny(`j${index}`, someTime);
      await singleUse.claim({ kind: 'code', key: `k${index}`, expiresAt: someTime });
    });
    const purged = await inParallel(8, () => expiry.purge(secondsAfter(someTime, 1), 500));
    assert.equal(
      purged.reduce((sum, count) => sum + count, 0),
      200,
    );
  });

  storageTest('a revision grows by every one of many changes at once', async (storage) => {
    const { scopes } = storage.stores;
    const before = await scopes.revision();
    await inParallel(30, (index) => scopes.insert(aScope(`s${index}`), anAuditEvent('x')));
    assert.equal((await scopes.revision()) - before, 30);
  });

  storageTest('writes that meet the same rows in many orders all happen', async ({ engine, stores }) => {
    const append = engine.statement((db, args: Parameters<SettingsTable>) =>
      db
        .updateTable('settings')
        .set((row) => ({ value: row('value', '||', args.value('value')) }))
        .where('key', '=', args.value('key')),
    );
    const keys = Array.from({ length: 8 }, (_, index) => `key ${index}`);
    for (const key of keys) await stores.settings.set(key, '');
    for (let round = 0; round < 10; round++) {
      await inParallel(24, (index) => {
        const turned = [...keys.slice(index % 8), ...keys.slice(0, index % 8)];
        const order = index % 2 === 0 ? turned : turned.toReversed();
        const steps = order.map((key) => ({ run: append({ key, value: '.' }), otherwise: 'gone' }));
        return engine.write<string>({ steps, done: 'appended' });
      });
    }
    for (const key of keys) assert.equal((await stores.settings.get(key))?.length, 240);
  });
}
