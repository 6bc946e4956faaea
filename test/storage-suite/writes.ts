import assert from 'node:assert/strict';
import type { Engine } from '../../src/storage/engine.ts';
import type { SettingsTable } from '../../src/storage/schema.ts';
import type { Parameters, Query } from '../../src/storage/statement.ts';
import { aClient, anAuditEvent, aSecret, changed } from '../fixtures/storage-entries.ts';
import { auditOf, inParallel, insertClient, type StorageTest } from './harness.ts';

function createInsert({ statement }: Engine): (key: string) => Query<unknown> {
  const insert = statement((db, args: Parameters<SettingsTable>) =>
    db.insertInto('settings').values(args.row(['key', 'value'])),
  );
  return (key) => insert({ key, value: 'new' });
}

/** What every driver must keep of a write as such. */
export function testWrites(storageTest: StorageTest): void {
  storageTest('a statement that fails without an outcome hurts its own write alone', async (storage) => {
    const insert = createInsert(storage.engine);
    await storage.stores.settings.set('taken', 'old');
    const results = await Promise.allSettled(
      [0, 1, 2, 3, 4].map((index) =>
        storage.engine.write({
          steps: [{ run: insert(`k${index}`) }, ...(index === 2 ? [{ run: insert('taken') }] : [])],
          done: 'done',
        }),
      ),
    );
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    const values = await inParallel(5, (index) => storage.stores.settings.get(`k${index}`));
    assert.deepEqual(values, ['new', 'new', undefined, 'new', 'new']);
  });

  storageTest('one of many statements at once that fails without an outcome fails alone', async (storage) => {
    const insert = createInsert(storage.engine);
    await storage.stores.settings.set('taken', 'old');
    const results = await Promise.allSettled(
      ['a', 'taken', 'b', 'a', 'c'].map((key, index) =>
        storage.engine.write<string>({
          steps: [{ run: insert(key), ...(index === 3 && { duplicate: 'duplicate' }) }],
          done: 'done',
        }),
      ),
    );
    const outcomes = results.map((result) => (result.status === 'fulfilled' ? result.value : result.status));
    assert.deepEqual(outcomes.toSorted(), ['done', 'done', 'done', 'duplicate', 'rejected']);
    const values = await Promise.all(['a', 'taken', 'b', 'c'].map(storage.stores.settings.get));
    assert.deepEqual(values, ['new', 'old', 'new', 'new']);
  });

  storageTest(
    'of writes at once each has its own outcome, and those that failed late leave nothing',
    async (storage) => {
      const insert = createInsert(storage.engine);
      await storage.stores.settings.set('taken', 'old');
      const outcomes = await inParallel(6, (index) =>
        storage.engine.write<string>({
          steps: [
            { run: insert(`first${index}`) },
            { run: insert(index % 2 === 0 ? 'taken' : `second${index}`), duplicate: `late ${index}` },
          ],
          done: (rows) => `done ${index}: ${rows}`,
        }),
      );
      const expected = ['late 0', 'done 1: 1,1', 'late 2', 'done 3: 1,1', 'late 4', 'done 5: 1,1'];
      assert.deepEqual(outcomes, expected);
      const firsts = await inParallel(6, (index) => storage.stores.settings.get(`first${index}`));
      assert.deepEqual(firsts, [undefined, 'new', undefined, 'new', undefined, 'new']);
    },
  );

  storageTest(
    'the first failing step decides the outcome, and nothing of the write stays',
    async (storage) => {
      const insert = createInsert(storage.engine);
      await storage.stores.settings.set('taken', 'old');
      const outcome = await storage.engine.write({
        steps: [
          { run: insert('fresh') },
          { run: insert('taken'), duplicate: 'first' },
          { run: insert('taken'), duplicate: 'second' },
        ],
        done: 'done',
      });
      assert.equal(outcome, 'first');
      assert.equal(await storage.stores.settings.get('fresh'), undefined);
      assert.equal(await storage.stores.settings.get('taken'), 'old');
    },
  );

  storageTest(
    'what was submitted before the end is written, what comes later is refused',
    async (storage) => {
      const client = aClient();
      await insertClient(storage, client);
      const last = storage.stores.clients.update({ client: changed(client), audit: anAuditEvent(client.id) });
      const scan = storage.stores.clients.list({});
      const reopening = storage.reopen();
      await assert.rejects(storage.stores.settings.set('late', 'v'), /closed/);
      await assert.rejects(storage.stores.settings.get('late'), /closed/);
      assert.equal(await last, 'updated');
      assert.equal((await scan).length, 1);

      const reopened = await reopening;
      try {
        assert.equal((await reopened.stores.clients.load(client.id))?.client.revision, 2);
        assert.equal(await reopened.stores.settings.get('late'), undefined);
      } finally {
        await reopened.close();
      }
    },
  );

  storageTest('everything is there after the storage was closed and opened again', async (storage) => {
    const client = aClient();
    const secret = aSecret();
    await insertClient(storage, client, [secret]);
    const reopened = await storage.reopen();
    try {
      assert.deepEqual(await reopened.stores.clients.load(client.id), { client, secrets: [secret] });
      assert.equal(await insertClient(reopened, client), 'taken');
      assert.equal((await auditOf(reopened, client.id)).length, 1);
    } finally {
      await reopened.close();
    }
  });
}
