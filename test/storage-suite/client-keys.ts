import assert from 'node:assert/strict';
import type { Client } from '../../src/clients/client.ts';
import { mostRetiredKeys } from '../../src/clients/key-pair.ts';
import { secondsAfter } from '../../src/kernel/clock.ts';
import {
  aClient,
  aClientKey,
  anAccount,
  anAuditEvent,
  aSecret,
  changed,
  someTime,
} from '../fixtures/storage-entries.ts';
import { inParallel, insertClient, type OpenedStorage, type StorageTest, tally } from './harness.ts';

const aSecretOf = (id: string) => aSecret({ id });
const hintsUntil = secondsAfter(someTime, 900);
const kidsOf = (keys: readonly { readonly kid?: unknown }[]) => keys.map(({ kid }) => kid);

/** Gives a client new keys, `key-1` and so on, one after the other; answers its record. */
async function renewTimes({ stores }: OpenedStorage, client: Client, times: number): Promise<Client> {
  let current = client;
  for (let time = 1; time <= times; time++) {
    current = changed(current);
    const key = aClientKey(`key-${time}`, client.id);
    const entry = { client: current, key, audit: anAuditEvent(client.id) };
    assert.equal(await stores.clients.update(entry), 'updated');
  }
  return current;
}

/** What every driver must keep of the key pairs of clients. */
export function testClientKeys(storageTest: StorageTest): void {
  storageTest('a key takes over with its record, and the former one stays published', async (storage) => {
    const { clients, clientKeys } = storage.stores;
    const [first, second] = [aClientKey('first'), aClientKey('second')];
    const client = aClient({ id: first.clientId });
    await clients.insert({ client, secrets: [], key: first, audit: anAuditEvent(client.id) });
    assert.equal((await clientKeys.current(client.id))?.kid, 'first');

    const next = changed(client);
    const key = { ...second, clientId: client.id };
    assert.equal(await clients.update({ client: next, key, audit: anAuditEvent(client.id) }), 'updated');
    const { publicKey: _, did: __, ...stored } = key;
    assert.deepEqual(await clientKeys.current(client.id), stored);
    assert.deepEqual(kidsOf(await clientKeys.published()).toSorted(), ['first', 'second']);

    const stale = changed(client);
    const third = aClientKey('third', client.id);
    assert.equal(
      await clients.update({ client: stale, key: third, audit: anAuditEvent(client.id) }),
      'conflict',
    );
    assert.equal((await clientKeys.current(client.id))?.kid, 'second');

    const without = changed(next);
    await clients.update({ client: without, key: null, audit: anAuditEvent(client.id) });
    assert.equal(await clientKeys.current(client.id), undefined);
    assert.equal((await clientKeys.published()).length, 2);
  });

  storageTest(
    'the revision grows with every change of what is published, and with no other',
    async (storage) => {
      const { clients, clientKeys } = storage.stores;
      const key = aClientKey('first');
      const client = aClient({ id: key.clientId });
      const audit = anAuditEvent(client.id);
      const revisions = [await clientKeys.revision()];
      const note = async (): Promise<void> => {
        revisions.push(await clientKeys.revision());
      };
      await clients.insert({ client, secrets: [], key, audit });
      await note();
      const renamed = changed(client, { name: 'Shop' });
      await clients.update({ client: renamed, audit: anAuditEvent(client.id) });
      await note();
      await clients.remove({ id: client.id, revision: 2, audit: anAuditEvent(client.id, 'client.deleted') });
      await note();
      const [start = 0] = revisions;
      assert.deepEqual(
        revisions.map((revision) => revision - start),
        [0, 1, 1, 2],
      );
    },
  );

  storageTest('a key expires once its time is over, or with its client', async (storage) => {
    const { clients, clientKeys } = storage.stores;
    const key = aClientKey('first');
    const client = aClient({ id: key.clientId });
    await clients.insert({ client, secrets: [], key, audit: anAuditEvent(client.id) });
    const replaced = changed(client);
    const second = aClientKey('second', client.id);
    await clients.update({ client: replaced, key: second, audit: anAuditEvent(client.id) });
    const revision = await clientKeys.revision();
    assert.equal(await clientKeys.withdraw(someTime, 10, hintsUntil), 0);
    assert.equal(await clientKeys.deleteLocal(10), 0);
    assert.equal((await clientKeys.published()).length, 2);
    assert.equal(await clientKeys.withdraw(secondsAfter(someTime, 1), 10, hintsUntil), 1);
    assert.deepEqual(kidsOf(await clientKeys.published()), ['second']);
    assert.equal(await clientKeys.withdraw(secondsAfter(someTime, 1), 10, hintsUntil), 0);
    assert.equal(await clientKeys.deleteLocal(10), 1);
    assert.deepEqual([await clientKeys.has('first'), await clientKeys.has('second')], [false, true]);
    assert.equal((await clientKeys.revision()) - revision, 1);
    const { publicJwk } = key;
    const past = { kid: 'first', publicJwk, expiresAt: hintsUntil };
    assert.deepEqual(await storage.stores.pastKeys.load('first'), past);
    assert.equal(await storage.stores.pastKeys.load('second'), undefined);

    await clients.remove({ id: client.id, revision: 2, audit: anAuditEvent(client.id, 'client.deleted') });
    assert.deepEqual(await clientKeys.published(), []);
    assert.equal(await clientKeys.current(client.id), undefined);
    assert.equal(await clientKeys.deleteLocal(10), 1);
    assert.equal(await clientKeys.has('second'), false);
    assert.equal(await storage.stores.pastKeys.load('second'), undefined);
  });

  storageTest('keys are withdrawn and deleted a few at a time', async (storage) => {
    const { clients, clientKeys } = storage.stores;
    const client = aClient();
    await clients.insert({ client, secrets: [], audit: anAuditEvent(client.id) });
    await renewTimes(storage, client, 8);
    const later = secondsAfter(someTime, 1);
    const counts = [
      await clientKeys.withdraw(later, 5, hintsUntil),
      await clientKeys.withdraw(later, 5, hintsUntil),
    ];
    counts.push(await clientKeys.deleteLocal(4), await clientKeys.deleteLocal(4));
    assert.deepEqual(counts, [5, 2, 4, 3]);
    assert.deepEqual(kidsOf(await clientKeys.published()), ['key-8']);
  });

  storageTest(
    'removed keys of a remote signer are told in order, page by page, and only they',
    async (storage) => {
      const { clients, clientKeys } = storage.stores;
      for (const kid of ['e', 'b', 'local', 'd', 'a', 'c']) {
        const key = { ...aClientKey(kid), ...(kid !== 'local' && { sealed: null, remoteId: `of ${kid}` }) };
        const client = aClient({ id: key.clientId });
        await clients.insert({ client, secrets: [], key, audit: anAuditEvent(client.id) });
        const audit = anAuditEvent(client.id, 'client.deleted');
        if (kid !== 'c') await clients.remove({ id: client.id, revision: 1, audit });
      }
      const pages = [
        await clientKeys.removedRemote('', 2),
        await clientKeys.removedRemote('b', 2),
        await clientKeys.removedRemote('e', 2),
      ];
      assert.deepEqual(pages.map(kidsOf), [['a', 'b'], ['d', 'e'], []]);
      assert.equal(pages[0]?.[0]?.remoteId, 'of a');
      await clientKeys.delete(['a', 'c', 'unknown']);
      assert.deepEqual(kidsOf(await clientKeys.removedRemote('', 9)), ['b', 'd', 'e']);
      assert.deepEqual(kidsOf(await clientKeys.published()), ['c']);
      assert.equal(await clientKeys.deleteLocal(9), 1);
    },
  );

  storageTest(
    'no client has more former keys published than it may, whatever takes over',
    async (storage) => {
      const { clients, clientKeys } = storage.stores;
      const first = aClientKey('first');
      const created = aClient({ id: first.clientId });
      await clients.insert({ client: created, secrets: [], key: first, audit: anAuditEvent(created.id) });
      const client = await renewTimes(storage, created, mostRetiredKeys);
      const update = (next: Client, kid: string | null) => {
        const key = kid === null ? null : aClientKey(kid, client.id);
        return clients.update({ client: next, key, audit: anAuditEvent(client.id) });
      };
      const revision = await clientKeys.revision();
      assert.equal(await update(changed(client), 'too-many'), 'crowded');
      assert.equal((await clients.load(client.id))?.client.revision, client.revision);
      assert.equal((await clientKeys.current(client.id))?.kid, `key-${mostRetiredKeys}`);
      assert.equal((await clientKeys.published()).length, mostRetiredKeys + 1);
      assert.equal(await clientKeys.revision(), revision);

      const without = changed(client);
      assert.equal(await update(without, null), 'updated');
      const again = changed(without);
      assert.equal(await update(again, 'too-many'), 'crowded');
      const other = aClientKey('other');
      const otherClient = aClient({ id: other.clientId });
      const audit = anAuditEvent(otherClient.id);
      assert.equal(await clients.insert({ client: otherClient, secrets: [], key: other, audit }), 'inserted');
      await clientKeys.withdraw(secondsAfter(someTime, 1), 1, hintsUntil);
      assert.equal(await update(again, 'in-time'), 'updated');
      assert.equal((await clientKeys.current(client.id))?.kid, 'in-time');
    },
  );

  storageTest('a key that is stored already is nobody else’s, and undoes the write', async (storage) => {
    const { clients, clientKeys } = storage.stores;
    const key = aClientKey('first');
    const owner = aClient({ id: key.clientId });
    await clients.insert({ client: owner, secrets: [], key, audit: anAuditEvent(owner.id) });
    const other = aClient();
    const again = aClientKey('first', other.id);
    const insertion = { client: other, secrets: [], audit: anAuditEvent(other.id) };
    assert.equal(await clients.insert({ ...insertion, key: again }), 'duplicate');
    assert.deepEqual([await clients.load(other.id), await clients.wasClient(other.id)], [undefined, false]);
    assert.equal(await clients.insert(insertion), 'inserted');
    for (const client of [owner, other]) {
      const update = { client: changed(client), key: aClientKey('first', client.id) };
      assert.equal(await clients.update({ ...update, audit: anAuditEvent(client.id) }), 'duplicate');
      assert.equal((await clients.load(client.id))?.client.revision, 1);
    }
    assert.equal((await clientKeys.current(owner.id))?.kid, 'first');
    assert.equal((await clientKeys.published()).length, 1);
    const outcomes = await inParallel(10, () => {
      const client = aClient();
      const shared = aClientKey('shared', client.id);
      return clients.insert({ client, secrets: [], key: shared, audit: anAuditEvent(client.id) });
    });
    assert.deepEqual(tally(outcomes), { inserted: 1, duplicate: 9 });
  });

  storageTest('an id that was a client’s stays known; that of an account is none', async (storage) => {
    const { clients, accounts } = storage.stores;
    const [client, gone, account] = [aClient(), aClient(), anAccount()];
    for (const each of [client, gone]) await insertClient(storage, each);
    await clients.remove({ id: gone.id, revision: 1, audit: anAuditEvent(gone.id, 'client.deleted') });
    await accounts.insert(account);
    const ids = [client.id, gone.id, account.id, aClient().id, ''];
    assert.deepEqual(await Promise.all(ids.map(clients.wasClient)), [true, true, false, false, false]);
  });

  storageTest('of many keys that are to take over at one revision one does', async (storage) => {
    const { clients, clientKeys } = storage.stores;
    const client = aClient();
    await clients.insert({ client, secrets: [], audit: anAuditEvent(client.id) });
    const outcomes = await inParallel(20, (index) =>
      clients.update({
        client: changed(client),
        key: aClientKey(`key-${index}`, client.id),
        audit: anAuditEvent(client.id),
      }),
    );
    assert.deepEqual(tally(outcomes), { updated: 1, conflict: 19 });
    assert.equal((await clientKeys.published()).length, 1);
    assert.notEqual(await clientKeys.current(client.id), undefined);
  });

  storageTest('a secret is replaced with the record or not at all', async (storage) => {
    const { clients } = storage.stores;
    const client = aClient();
    const [old, fresh] = [aSecretOf('old'), aSecretOf('fresh')];
    await clients.insert({ client, secrets: [old], audit: anAuditEvent(client.id) });
    const idsOf = async () => (await clients.load(client.id))?.secrets.map(({ id }) => id);
    const stale = {
      client: { ...changed(client), revision: 9 },
      secret: fresh,
      audit: anAuditEvent(client.id),
    };
    assert.equal(await clients.update(stale), 'conflict');
    assert.deepEqual(await idsOf(), ['old']);
    await clients.update({ client: changed(client), secret: fresh, audit: anAuditEvent(client.id) });
    assert.deepEqual(await idsOf(), ['fresh']);
  });
}
