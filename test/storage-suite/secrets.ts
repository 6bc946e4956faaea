import assert from 'node:assert/strict';
import type { SecretsUpdate } from '../../src/clients/store.ts';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { aClient, anAuditEvent, aSecret, changed, someTime } from '../fixtures/storage-entries.ts';
import { auditOf, inParallel, insertClient, type OpenedStorage, type StorageTest, tally } from './harness.ts';

function update(
  { stores }: OpenedStorage,
  clientId: string,
  changes: Partial<SecretsUpdate>,
): ReturnType<OpenedStorage['stores']['clients']['updateSecrets']> {
  const audit = anAuditEvent(clientId, 'client.secret-created');
  return stores.clients.updateSecrets({
    clientId,
    revision: 1,
    revoke: [],
    add: [],
    limit: 5,
    audit,
    ...changes,
  });
}

async function secretIds({ stores }: OpenedStorage, clientId: string): Promise<readonly string[]> {
  return (await stores.clients.load(clientId))?.secrets.map((secret) => secret.id) ?? [];
}

/** What every driver must keep of secrets. */
export function testSecrets(storageTest: StorageTest): void {
  storageTest('secrets are added and revoked in one step that leaves the revision alone', async (storage) => {
    const client = aClient();
    const [first, second, third] = [aSecret(), aSecret(), aSecret()];
    await insertClient(storage, client, [first, second]);
    assert.equal(await update(storage, client.id, { revoke: [first.id], add: [third] }), 'updated');
    assert.deepEqual(await storage.stores.clients.load(client.id), { client, secrets: [second, third] });

    const last = aSecret();
    assert.equal(await update(storage, client.id, { revoke: 'all', add: [last] }), 'updated');
    assert.deepEqual(await secretIds(storage, client.id), [last.id]);
    assert.equal((await auditOf(storage, client.id)).length, 3);
  });

  storageTest('a change of secrets that cannot be made whole is not made at all', async (storage) => {
    const [client, other] = [aClient(), aClient()];
    const [own, foreign] = [aSecret(), aSecret()];
    await insertClient(storage, client, [own]);
    await insertClient(storage, other, [foreign]);

    const added = { add: [aSecret()] };
    assert.equal(await update(storage, client.id, { ...added, revision: 2 }), 'conflict');
    assert.equal(await update(storage, 'nobody', added), 'conflict');
    assert.equal(await update(storage, client.id, { ...added, revoke: [own.id, 'unknown'] }), 'absent');
    assert.equal(await update(storage, client.id, { ...added, revoke: [own.id, own.id] }), 'absent');
    assert.equal(await update(storage, client.id, { ...added, revoke: [foreign.id] }), 'absent');
    assert.equal(await update(storage, client.id, { ...added, limit: 1 }), 'full');

    assert.deepEqual(await secretIds(storage, client.id), [own.id]);
    assert.deepEqual(await secretIds(storage, other.id), [foreign.id]);
    assert.equal((await auditOf(storage, client.id)).length, 1);
  });

  storageTest(
    'expired secrets do not count, and a limit that was lowered does not keep one from revoking',
    async (storage) => {
      const client = aClient();
      const expired = aSecret({ expiresAt: someTime });
      const live = [aSecret({ expiresAt: secondsAfter(someTime, 1) }), aSecret(), aSecret()];
      await insertClient(storage, client, [expired, ...live]);
      assert.equal(await update(storage, client.id, { add: [aSecret()], limit: 3 }), 'full');
      assert.equal(await update(storage, client.id, { add: [aSecret()], limit: 4 }), 'updated');
      assert.equal(await update(storage, client.id, { revoke: [expired.id], limit: 1 }), 'updated');
    },
  );

  storageTest('the limit of secrets holds under 50 parallel additions', async (storage) => {
    const client = aClient();
    await insertClient(storage, client, [aSecret()]);
    const outcomes = await inParallel(50, () => update(storage, client.id, { add: [aSecret()] }));
    assert.deepEqual(tally(outcomes), { updated: 4, full: 46 });
    assert.equal((await secretIds(storage, client.id)).length, 5);
    assert.equal((await auditOf(storage, client.id)).length, 5);
  });

  storageTest('of 50 parallel revocations of one secret exactly one succeeds', async (storage) => {
    const client = aClient();
    const secret = aSecret();
    await insertClient(storage, client, [secret]);
    const outcomes = await inParallel(50, () => update(storage, client.id, { revoke: [secret.id] }));
    assert.deepEqual(tally(outcomes), { updated: 1, absent: 49 });
  });

  storageTest('a secret added over a record that has changed since is a conflict', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    const { clients } = storage.stores;
    const record = { client: changed(client), audit: anAuditEvent(client.id) };
    const [updated, added] = await Promise.all([
      clients.update(record),
      update(storage, client.id, { add: [aSecret()] }),
    ]);
    assert.equal(updated, 'updated');
    const stored = await secretIds(storage, client.id);
    assert.equal(stored.length, added === 'updated' ? 1 : 0);
    assert.equal(await update(storage, client.id, { add: [aSecret()] }), 'conflict');
    assert.deepEqual(await secretIds(storage, client.id), stored);
  });

  storageTest('the last use of a secret only moves forward and changes nothing else', async (storage) => {
    const client = aClient();
    const secret = aSecret();
    await insertClient(storage, client, [secret]);
    const { clients } = storage.stores;
    const later = secondsAfter(someTime, 60);
    await clients.recordSecretUse([
      { secretId: secret.id, at: later },
      { secretId: 'unknown', at: later },
    ]);
    await clients.recordSecretUse([{ secretId: secret.id, at: someTime }]);
    assert.deepEqual(await clients.load(client.id), { client, secrets: [{ ...secret, lastUsedAt: later }] });
    assert.equal((await auditOf(storage, client.id)).length, 1);
  });

  storageTest('of fifty parallel adoptions of an imported hash exactly one happens', async (storage) => {
    const client = aClient();
    const imported = { algorithm: 'imported', digest: '{SHA256}abc' } as const;
    const secret = aSecret({ verifier: imported, sealed: null, hint: '' });
    await insertClient(storage, client, [secret]);
    const verifier = { algorithm: 'hmac-sha256', pepper: 'pepper-1', digest: 'ZGlnZXN0' } as const;
    const entry = {
      clientId: client.id,
      secretId: secret.id,
      imported,
      verifier,
      sealed: 'sealed',
      hint: 'cls_',
    };
    const outcomes = await inParallel(50, () => storage.stores.clients.adoptSecret(entry));
    assert.deepEqual(tally(outcomes), { adopted: 1, conflict: 49 });
    const stored = await storage.stores.clients.load(client.id);
    assert.deepEqual(stored, { client, secrets: [{ ...secret, verifier, sealed: 'sealed', hint: 'cls_' }] });
  });
}
