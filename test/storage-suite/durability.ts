import assert from 'node:assert/strict';
import type { Client } from '../../src/clients/client.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { aClient, anAuditEvent, aSecret, changed } from '../fixtures/storage-entries.ts';
import { auditOf, type OpenedStorage } from './harness.ts';

/** Changes clients, several at once, until storage fails; tells `acknowledge` of every change that storage has acknowledged. */
export async function keepChanging(stores: Stores, acknowledge: (client: Client) => void): Promise<void> {
  await Promise.all(Array.from({ length: 8 }, () => changeOne(stores, acknowledge)));
}

async function changeOne({ clients }: Stores, acknowledge: (client: Client) => void): Promise<never> {
  let client = aClient();
  await clients.insert({ client, secrets: [], audit: anAuditEvent(client.id, 'client.created') });
  acknowledge(client);
  for (;;) {
    client = changed(client, { name: `revision ${client.revision + 1}` });
    await clients.update({ client, audit: anAuditEvent(client.id) });
    acknowledge(client);
    await clients.updateSecrets({
      clientId: client.id,
      revision: client.revision,
      revoke: 'all',
      add: [aSecret({ label: `revision ${client.revision}` })],
      limit: 1,
      audit: anAuditEvent(client.id, 'client.secret-regenerated'),
    });
  }
}

/**
 * Sees to it that every acknowledged change is there, and none by half.
 * @param acknowledged by id of the client, the highest revision that was acknowledged
 */
export async function assertNothingLost(
  storage: Pick<OpenedStorage, 'engine' | 'stores'>,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> {
  const clients = await storage.stores.clients.list({});
  const ids = new Set(clients.map((client) => client.id));
  assert.ok(acknowledged.size > 0 && [...acknowledged.keys()].every((id) => ids.has(id)));
  for (const { id, revision, name } of clients) {
    assert.ok(revision >= (acknowledged.get(id) ?? 0), 'an acknowledged change is lost');
    const actions = (await auditOf(storage, id)).map((entry) => entry.action);
    const changes = actions.filter((action) => action !== 'client.secret-regenerated');
    assert.equal(changes.length, revision);
    assert.equal(name, revision === 1 ? 'A client' : `revision ${revision}`);
    const secrets = (await storage.stores.clients.load(id))?.secrets ?? [];
    const regenerations = actions.length - changes.length;
    assert.deepEqual(
      secrets.map((secret) => secret.label),
      regenerations === 0 ? [] : [`revision ${regenerations + 1}`],
    );
  }
}
