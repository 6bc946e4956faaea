import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { lockDatabase } from '../src/storage/sqlite/lock.ts';
import { openStorage } from '../src/storage/storage.ts';
import { someTime } from './fixtures/storage-entries.ts';
import { assertNothingLost } from './storage-suite/durability.ts';
import type { OpenedStorage } from './storage-suite/harness.ts';
import { runStorageSuite } from './storage-suite.ts';

function makeDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientele-storage-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function open(dataDirectory: string): Promise<OpenedStorage> {
  const storage = await openStorage({ dataDirectory });
  return {
    ...storage,
    reopen: async () => {
      await storage.close();
      return open(dataDirectory);
    },
  };
}

runStorageSuite('sqlite', (context) => open(makeDirectory(context)));

/** Starts a process that changes clients, and kills it once it has acknowledged `count` changes. */
async function writeUntilKilled(dataDirectory: string, count: number): Promise<ReadonlyMap<string, number>> {
  const writer = join(import.meta.dirname, 'fixtures', 'storage-writer.ts');
  const child = spawn(process.execPath, [writer, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const acknowledged = new Map<string, number>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [id = '', revision] = line.split(' ');
    acknowledged.set(id, Number(revision));
    lines += 1;
    if (lines === count) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL');
  return acknowledged;
}

test('sqlite: after kill -9 every acknowledged change is there, none is there by half, and the lock is free', async (context) => {
  const directory = makeDirectory(context);
  const acknowledged = await writeUntilKilled(directory, 400);
  const storage = await open(directory);
  try {
    await assertNothingLost(storage, acknowledged);
  } finally {
    await storage.close();
  }
});

test('sqlite: another process cannot open a data directory that is in use', async (context) => {
  const directory = makeDirectory(context);
  const storage = await open(directory);
  try {
    const message = /The data directory .* is in use by another process/;
    await assert.rejects(openStorage({ dataDirectory: directory }), message);
    const writer = join(import.meta.dirname, 'fixtures', 'storage-writer.ts');
    const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'ignore', 'pipe'] });
    const output: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    assert.match(output.join(''), message);
    assert.deepEqual(await storage.stores.clients.list({}), []);
  } finally {
    await storage.close();
  }
  const reopened = await openStorage({ dataDirectory: directory });
  await reopened.close();
});

test('sqlite: every file is readable by its owner only', async (context) => {
  const directory = makeDirectory(context);
  const storage = await open(join(directory, 'data'));
  try {
    await storage.stores.settings.set('key', 'value');
    const files = readdirSync(join(directory, 'data'));
    assert.ok(files.length >= 4);
    for (const file of files) assert.equal(statSync(join(directory, 'data', file)).mode & 0o077, 0);
    assert.equal(statSync(join(directory, 'data')).mode & 0o077, 0);
  } finally {
    await storage.close();
  }
});

test('sqlite: when the commit fails every write of the batch is refused, and the next batch goes through', async (context) => {
  const storage = await open(makeDirectory(context));
  const { engine, stores } = storage;
  try {
    const deferForeignKeys = engine.statement((db, { sql }) => ({
      compile: () => sql`pragma defer_foreign_keys = on`.compile(db),
    }));
    const results = await Promise.allSettled([
      stores.settings.set('a', '1'),
      engine.write({ steps: [{ run: deferForeignKeys({}) }], done: 'done' }),
      stores.accessTokens.insert({ hash: 'h', clientId: 'nobody', claims: {}, expiresAt: someTime }),
      stores.settings.set('b', '1'),
    ]);
    assert.ok(results.every((result) => result.status === 'rejected'));
    assert.equal(await stores.settings.get('a'), undefined);

    await stores.settings.set('a', '2');
    assert.equal(await stores.settings.get('a'), '2');
  } finally {
    await storage.close();
  }
});

test('sqlite: a storage is ready until it is closed', async (context) => {
  const storage = await openStorage({ dataDirectory: makeDirectory(context) });
  assert.equal(await storage.isReady(), true);
  await storage.close();
  assert.equal(await storage.isReady(), false);
});

test('sqlite: a scan that fails does so alone', async (context) => {
  const storage = await open(makeDirectory(context));
  try {
    const missing = storage.engine.statement((db, { sql }) => ({
      compile: () => sql`select * from missing`.compile(db),
    }));
    const [failed, listed] = await Promise.allSettled([
      storage.engine.scan(missing({})),
      storage.stores.clients.list({}),
    ]);
    assert.equal(failed.status, 'rejected');
    assert.deepEqual(listed, { status: 'fulfilled', value: [] });
  } finally {
    await storage.close();
  }
});

test('sqlite: a tool brings an older schema up to date where no server runs, and refuses beside one', async (context) => {
  const directory = makeDirectory(context);
  const file = join(directory, 'clientele.sqlite');
  // Nothing was applied to it: it is older than every schema.
  const database = new DatabaseSync(file);
  database.exec('pragma user_version = 1');
  const tables = () => database.prepare('select name from sqlite_schema').all().length;
  const openTool = () => openStorage({ dataDirectory: directory, use: 'tool' });
  const server = lockDatabase(file);
  await assert.rejects(openTool(), /in use by another process/);
  assert.equal(tables(), 0);
  server.close();
  await (await openTool()).close();
  assert.ok(tables() > 0);
  database.close();
});
