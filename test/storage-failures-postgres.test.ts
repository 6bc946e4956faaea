import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from 'pg';
import { openStorage, type Storage } from '../src/storage/storage.ts';
import { startCluster } from './fixtures/postgres/cluster.ts';
import { createDatabase, prepareServer, runOn } from './fixtures/postgres/databases.ts';
import { startProxy } from './fixtures/postgres/proxy.ts';
import { aClient, anAuditEvent, changed } from './fixtures/storage-entries.ts';
import { atEnd } from './fixtures/teardown.ts';
import { assertNothingLost, keepChanging } from './storage-suite/durability.ts';
import { inParallel, insertClient, tally } from './storage-suite/harness.ts';

async function makeDatabase(context: TestContext): Promise<string> {
  const { url, drop } = await createDatabase('newest');
  atEnd(context, drop);
  return url;
}

async function open(context: TestContext, url: string): Promise<Storage> {
  const storage = await openStorage({ dataDirectory: '', databaseUrl: url });
  atEnd(context, storage.close);
  return storage;
}

const nodesOf = `from pg_stat_activity where datname = current_database() and application_name = 'clientele'`;

/** Waits until as many connections of nodes as `count` wait for a lock. */
async function untilWaiting(url: string, count: number): Promise<void> {
  for (;;) {
    const waiting = await runOn(url, `select pid ${nodesOf} and wait_event_type = 'Lock'`);
    if (waiting.length >= count) return;
  }
}

/** Runs `work` while another program holds the row of a client. */
async function whileLocked<Result>(
  url: string,
  clientId: string,
  work: (release: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const holder = new Client({ connectionString: url });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select 1 from clients where id = $1 for update', [clientId]);
  try {
    return await work(async () => {
      await holder.query('rollback');
    });
  } finally {
    await holder.end();
  }
}

test('postgres: a connection that is ended in the middle of a write ends that write alone, and nothing of it stays', async (context) => {
  const url = await makeDatabase(context);
  const storage = await open(context, url);
  const client = aClient();
  await insertClient(storage, client);
  const update = () =>
    storage.stores.clients.update({ client: changed(client), audit: anAuditEvent(client.id) });
  await whileLocked(url, client.id, async () => {
    const outcome = assert.rejects(update(), /terminat/);
    await untilWaiting(url, 1);
    await runOn(url, `select pg_terminate_backend(pid, 10000) ${nodesOf} and wait_event_type = 'Lock'`);
    await outcome;
    assert.equal((await storage.stores.clients.load(client.id))?.client.revision, 1);
  });
  assert.equal(await update(), 'updated');
  assert.equal((await storage.stores.clients.load(client.id))?.client.revision, 2);
});

test('postgres: connections that are ended while nobody uses them are replaced', async (context) => {
  const url = await makeDatabase(context);
  const { stores, isReady } = await open(context, url);
  const use = () =>
    Promise.allSettled([
      ...Array.from({ length: 20 }, (_, index) => stores.settings.set(`k${index}`, 'v')),
      ...Array.from({ length: 20 }, () => stores.settings.get('k1')),
      stores.clients.list({}),
    ]);
  await use();
  const ended = await runOn(url, `select pg_terminate_backend(pid, 10000) ${nodesOf}`);
  assert.ok(ended.length >= 5);
  await use();
  assert.deepEqual(new Set((await use()).map(({ status }) => status)), new Set(['fulfilled']));
  assert.equal(await isReady(), true);
});

test('postgres: a write whose COMMIT nobody has answered is refused, whatever became of it', async (context) => {
  const url = await makeDatabase(context);
  const behind = await open(context, url);
  const client = aClient();
  await insertClient(behind, client);
  const proxy = await startProxy(context, url);
  const storage = await open(context, proxy.url);
  proxy.cutAfterCommit();
  const update = { client: changed(client), audit: anAuditEvent(client.id) };
  await assert.rejects(storage.stores.clients.update(update), /terminated/);
  assert.equal((await behind.stores.clients.load(client.id))?.client.revision, 2);

  const keys = ['a', 'b', 'c'];
  const together = await Promise.allSettled(keys.map((key) => storage.stores.settings.set(key, 'v')));
  assert.deepEqual(new Set(together.map(({ status }) => status)), new Set(['rejected']));
  assert.deepEqual(await Promise.all(keys.map(behind.stores.settings.get)), ['v', 'v', 'v']);
});

test('postgres: reads and lists are answered while every connection for writes waits, and the writes in their turn', async (context) => {
  const url = await makeDatabase(context);
  const storage = await open(context, url);
  const { clients } = storage.stores;
  const client = aClient();
  await insertClient(storage, client);
  const outcomes = await whileLocked(url, client.id, async (release) => {
    const writes = inParallel(50, () =>
      clients.update({ client: changed(client), audit: anAuditEvent(client.id) }),
    );
    await untilWaiting(url, 8);
    assert.deepEqual((await clients.load(client.id))?.client, client);
    assert.deepEqual(await clients.list({}), [client]);
    assert.equal(await storage.isReady(), true);
    await release();
    return writes;
  });
  assert.deepEqual(tally(outcomes), { updated: 1, conflict: 49 });
});

test('postgres: many times more calls than connections are all answered', async (context) => {
  const storage = await open(context, await makeDatabase(context));
  const { clients, settings, singleUse } = storage.stores;
  const all = Array.from({ length: 200 }, (_, index) => [
    // Whoever waits ten seconds for a connection is refused, and a busy machine does not list much in that time.
    insertClient(storage, aClient()),
    settings.getOrInsert('key', `${index}`),
    singleUse.claim({ kind: 'code', key: `${index % 10}`, expiresAt: anAuditEvent('x').at }),
    clients.load(`${index}`),
    ...(index % 10 === 0 ? [clients.list({})] : []),
  ]);
  const answers = await Promise.all(all.flat());
  assert.equal(answers.filter((answer) => answer === 'inserted').length, 200);
  assert.equal(answers.filter((answer) => answer === 'claimed').length, 10);
});

test('postgres: after a crash of the server every acknowledged change is there, none is there by half, whatever the server has for a default', async (context) => {
  const settings = {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'off',
    wal_writer_delay: '10s',
  };
  const cluster = await startCluster({ settings });
  atEnd(context, cluster.stop);
  await prepareServer(cluster.url);
  const { url } = await createDatabase('newest', cluster.url);
  const acknowledged = new Map<string, number>();
  const { stores } = await open(context, url);
  let crashing: Promise<void> | undefined;
  const changing = keepChanging(stores, ({ id, revision }) => {
    acknowledged.set(id, revision);
    if (revision > 20) crashing ??= cluster.crash();
  });
  await assert.rejects(changing);
  await crashing;
  await assertNothingLost(await open(context, url), acknowledged);
});
