import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { aClient, anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { openTestStorage } from '../fixtures/test-storage.ts';
import { auditOf } from '../storage-suite/harness.ts';

test('audit entries that were written before a time go, at most so many at once, and the others stay', async (context) => {
  const storage = await openTestStorage(context);
  const client = aClient();
  const created = { ...anAuditEvent(client.id, 'client.created'), at: secondsAfter(someTime, -10) };
  await storage.stores.clients.insert({ client, secrets: [], audit: created });
  for (const seconds of [-5, -1, 0, 1]) {
    const audit = { ...anAuditEvent(client.id), at: secondsAfter(someTime, seconds) };
    await storage.stores.clients.updateSecrets({
      clientId: client.id,
      revision: client.revision,
      revoke: 'all',
      add: [],
      limit: 1,
      audit,
    });
  }
  const { expiry } = storage.stores;
  assert.equal(await expiry.purgeAudit(someTime, 2), 2);
  assert.equal(await expiry.purgeAudit(someTime, 2), 1);
  assert.equal(await expiry.purgeAudit(someTime, 2), 0);
  assert.deepEqual(
    (await auditOf(storage, client.id)).map(({ at }) => at - someTime),
    [0, 1],
  );
});
