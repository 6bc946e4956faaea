import assert from 'node:assert/strict';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { orderedUuid } from '../../src/kernel/random.ts';
import type { Consent } from '../../src/protocol/authorization/consent.ts';
import { aClient, anAccount, anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { auditOf, inParallel, insertClient, type OpenedStorage, type StorageTest, tally } from './harness.ts';

/** A consent to `client` of an account of its own, both stored. */
async function aConsent(storage: OpenedStorage, changes: Partial<Consent> = {}): Promise<Consent> {
  const client = aClient();
  await insertClient(storage, client);
  const account = anAccount({ username: client.id });
  await storage.stores.accounts.insert(account);
  return {
    id: orderedUuid(),
    clientId: client.id,
    accountId: account.id,
    revision: 1,
    allowed: { scopes: ['openid'], audiences: ['a'], claims: [], redirectHosts: ['client.example'] },
    createdAt: someTime,
    lastUsedAt: someTime,
    ...changes,
  };
}

/** The consent after one more change. */
function grown(consent: Consent, scope: string): Consent {
  const allowed = { ...consent.allowed, scopes: [...consent.allowed.scopes, scope] };
  return { ...consent, revision: consent.revision + 1, allowed, lastUsedAt: secondsAfter(someTime, 60) };
}

/** What every driver must keep of consents. */
export function testConsents(storageTest: StorageTest): void {
  storageTest('a consent is found by its pair and by its id', async (storage) => {
    const { consents } = storage.stores;
    const [first, second] = [await aConsent(storage), await aConsent(storage)];
    assert.equal(await consents.insert(first), 'inserted');
    assert.equal(await consents.insert(second), 'inserted');
    const found = await Promise.all([
      consents.find(first.clientId, first.accountId),
      consents.find(second.clientId, second.accountId),
      consents.find(first.clientId, second.accountId),
      consents.find('', ''),
    ]);
    assert.deepEqual(found, [first, second, undefined, undefined]);
    assert.deepEqual(await consents.load(first.id), first);
    assert.equal(await consents.load(orderedUuid()), undefined);
  });

  storageTest('of parallel first consents of one pair one is stored', async (storage) => {
    const { consents } = storage.stores;
    const consent = await aConsent(storage);
    const outcomes = await inParallel(20, (index) =>
      consents.insert(grown({ ...consent, id: orderedUuid() }, `scope-${index}`)),
    );
    assert.deepEqual(tally(outcomes), { inserted: 1, exists: 19 });
  });

  storageTest('of parallel changes of one consent one happens', async (storage) => {
    const { consents } = storage.stores;
    const consent = await aConsent(storage);
    await consents.insert(consent);
    const outcomes = await inParallel(20, (index) => consents.replace(grown(consent, `scope-${index}`)));
    assert.deepEqual(tally(outcomes), { replaced: 1, conflict: 19 });
    const stored = await consents.load(consent.id);
    assert.equal(stored?.revision, 2);
    assert.equal(stored?.allowed.scopes.length, 2);
    assert.equal(stored?.lastUsedAt, secondsAfter(someTime, 60));
  });

  storageTest(
    'of parallel consents each that is stored is audited, and none of the others',
    async (storage) => {
      const { consents } = storage.stores;
      const consent = await aConsent(storage);
      const entryOf = (index: number) => [anAuditEvent(`${consent.id} ${index}`, 'authorisation.given')];
      const entries = async () =>
        (
          await Promise.all(
            Array.from({ length: 10 }, (_, index) => auditOf(storage, `${consent.id} ${index}`)),
          )
        ).flat();
      await inParallel(10, (index) => consents.insert({ ...consent, id: orderedUuid() }, entryOf(index)));
      assert.equal((await entries()).length, 1);
      const stored = await consents.find(consent.clientId, consent.accountId);
      assert.ok(stored);
      await inParallel(10, (index) => consents.replace(grown(stored, `scope-${index}`), entryOf(index)));
      assert.equal((await entries()).length, 2);
    },
  );

  storageTest(
    'a consent goes with its client and with its account, and none is stored for either then',
    async (storage) => {
      const { clients, consents } = storage.stores;
      const consent = await aConsent(storage);
      await consents.insert(consent);
      const { clientId: id } = consent;
      await clients.remove({ id, revision: 1, audit: anAuditEvent(id, 'client.deleted') });
      assert.equal(await consents.load(consent.id), undefined);
      assert.equal(await consents.replace(grown(consent, 'more')), 'conflict');
      assert.equal(await consents.insert(consent), 'gone');
      const other = await aConsent(storage);
      assert.equal(await consents.insert({ ...other, accountId: orderedUuid() }), 'gone');
    },
  );

  storageTest('the consents of an account are listed, the last used first', async (storage) => {
    const { consents } = storage.stores;
    const first = await aConsent(storage);
    const { accountId } = first;
    const [second, third] = [
      { ...(await aConsent(storage)), accountId },
      { ...(await aConsent(storage)), accountId },
    ];
    for (const consent of [first, second, third, await aConsent(storage)]) await consents.insert(consent);
    const at = secondsAfter(someTime, 10);
    await consents.recordUse([
      { id: second.id, at },
      { id: third.id, at: secondsAfter(someTime, -10) },
      { id: orderedUuid(), at },
    ]);
    await consents.recordUse([]);
    assert.deepEqual(await consents.listOfAccount(accountId), [{ ...second, lastUsedAt: at }, third, first]);
    assert.deepEqual(await consents.listOfAccount(orderedUuid()), []);
  });
}
