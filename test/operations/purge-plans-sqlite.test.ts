import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../../src/storage/engine.ts';
import { createClientKeyStore } from '../../src/storage/sql/client-key-store.ts';
import { createExpiryStore } from '../../src/storage/sql/expiry-store.ts';
import { createRevisions } from '../../src/storage/sql/revisions.ts';
import type { Query } from '../../src/storage/statement.ts';
import { someTime } from '../fixtures/storage-entries.ts';
import { openTestStorage } from '../fixtures/test-storage.ts';

/** Purges run once a minute on every node, beside requests: none may read a whole table. */
test('every purge finds what it deletes by an index', async (context) => {
  const { engine, database } = await openTestStorage(context);
  const queries: Query<unknown>[] = [];
  const noting: Engine = {
    ...engine,
    read: (query) => {
      queries.push(query);
      return engine.read(query);
    },
    write: (write) => {
      queries.push(...write.steps.map(({ run }) => run));
      return engine.write(write);
    },
  };
  const expiry = createExpiryStore(noting);
  const clientKeys = createClientKeyStore(noting, createRevisions(noting));
  await expiry.purge(someTime, 1);
  await expiry.purgeAudit(someTime, 1);
  await clientKeys.withdraw(someTime, 1, someTime);
  await clientKeys.deleteLocal(1);
  assert.equal(queries.length, 14);
  for (const { text } of queries) {
    const plan = (await database.run(`explain query plan ${text}`)).map(({ detail }) => String(detail));
    assert.ok(
      plan.some((line) => line.startsWith('SEARCH')),
      `${text}\n${plan.join('\n')}`,
    );
    assert.ok(!plan.some((line) => line.startsWith('SCAN')), `${text}\n${plan.join('\n')}`);
  }
});
