import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStorage, type Stores } from '../src/storage/storage.ts';
import { createDatabase, runOn } from './fixtures/postgres/databases.ts';
import { atEnd } from './fixtures/teardown.ts';
import type { OpenedStorage } from './storage-suite/harness.ts';
import { runStorageSuite } from './storage-suite.ts';

async function makeDatabase(context: TestContext, schema: 'newest' | 'none' = 'newest'): Promise<string> {
  const { url, drop } = await createDatabase(schema);
  atEnd(context, drop);
  return url;
}

async function open(url: string): Promise<OpenedStorage> {
  const storage = await openStorage({ dataDirectory: '', databaseUrl: url });
  return {
    ...storage,
    reopen: async () => {
      await storage.close();
      return open(url);
    },
  };
}

/** Every call of a store goes to the next of several nodes. */
async function openNodes(url: string): Promise<OpenedStorage> {
  const nodes = await Promise.all([open(url), open(url), open(url)]);
  const [first] = nodes;
  let calls = 0;
  const next = (): OpenedStorage => nodes[++calls % nodes.length] ?? first;
  const spread = <Store extends object>(name: keyof Stores, store: Store): Store =>
    Object.fromEntries(
      Object.keys(store).map((method) => [
        method,
        (...args: readonly unknown[]) =>
          (next().stores[name] as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[
            method
          ]?.(...args),
      ]),
    ) as Store;
  const stores = Object.fromEntries(
    Object.entries(first.stores).map(([name, store]) => [name, spread(name as keyof Stores, store)]),
  ) as unknown as Stores;
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  return {
    engine: {
      ...first.engine,
      read: (query) => next().engine.read(query),
      write: (write) => next().engine.write(write),
    },
    stores,
    close,
    reopen: async () => {
      await close();
      return openNodes(url);
    },
  };
}

runStorageSuite('postgres', async (context) => open(await makeDatabase(context)));
runStorageSuite('postgres, three nodes', async (context) => openNodes(await makeDatabase(context)));

test('postgres: nodes that start at once on an empty database all find it ready', async (context) => {
  for (let round = 0; round < 3; round++) {
    const url = await makeDatabase(context, 'none');
    const nodes = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const answers = await Promise.all(
      nodes.map(({ stores }, index) => stores.settings.getOrInsert('key', `node ${index}`)),
    );
    assert.equal(new Set(answers).size, 1);
    await Promise.all(nodes.map((node) => node.close()));
    const migrations = await runOn(url, 'select name from kysely_migration');
    assert.equal(new Set(migrations.map(({ name }) => name)).size, migrations.length);
  }
});

test('postgres: what runs exclusively on one node waits for the others, however one ends', async (context) => {
  const url = await makeDatabase(context);
  const nodes = await Promise.all(
    [0, 1, 2, 3].map(() => openStorage({ dataDirectory: '', databaseUrl: url })),
  );
  atEnd(context, () => Promise.all(nodes.map((node) => node.close())));
  let running = 0;
  const results = await Promise.allSettled(
    nodes.map((node, index) =>
      node.exclusively(async () => {
        running += 1;
        assert.equal(running, 1);
        await node.stores.settings.set('last', String(index));
        assert.equal(await node.stores.settings.get('last'), String(index));
        running -= 1;
        if (index === 0) throw new Error('of this node alone');
      }),
    ),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  );
});

test('postgres: a node that loses the lock of the start does not start', async (context) => {
  const url = await makeDatabase(context);
  const storage = await openStorage({ dataDirectory: '', databaseUrl: url });
  atEnd(context, storage.close);
  const losing = storage.exclusively(async () => {
    const holder = `select pid from pg_locks join pg_database on pg_database.oid = database
      where locktype = 'advisory' and granted and datname = current_database()`;
    await runOn(url, `select pg_terminate_backend(pid) from (${holder}) as holders`);
    await new Promise(() => {});
  });
  await assert.rejects(losing, { name: 'StartError', message: /was lost while the server started/ });
});

test('postgres: text is ordered by its octets, whatever the database was made with', async (context) => {
  const url = await makeDatabase(context, 'none');
  const storage = await open(url);
  atEnd(context, storage.close);
  const [database] = await runOn(url, `select 'a' < 'B' as has_another`);
  assert.equal(database?.['has_another'], true);
  const others = await runOn(
    url,
    `select table_name, column_name from information_schema.columns
      where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'`,
  );
  assert.deepEqual(others, []);
});

test('postgres: a tool finds no database where no server has ever started, and makes nothing', async (context) => {
  const url = await makeDatabase(context, 'none');
  const opening = openStorage({ dataDirectory: '', databaseUrl: url, use: 'tool' });
  await assert.rejects(opening, { name: 'StartError', message: /start the server once/ });
  assert.deepEqual(await runOn(url, `select tablename from pg_tables where schemaname = 'public'`), []);
});
