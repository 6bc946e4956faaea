import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStorage } from '../../src/storage/storage.ts';
import { createDatabase, runOn } from '../fixtures/postgres/databases.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

async function makeDatabase(context: TestContext): Promise<string> {
  const { url, drop } = await createDatabase('newest');
  atEnd(context, drop);
  return url;
}

async function open(context: TestContext, databaseUrl: string) {
  const storage = await openStorage({ dataDirectory: '', databaseUrl });
  atEnd(context, storage.close);
  assert.equal(await storage.isReady(), true);
  return storage;
}

/** For every session that begins from now on; those of nodes end. */
const setReadOnly = (url: string, value: 'on' | 'off') =>
  runOn(
    url,
    'set default_transaction_read_only = off',
    `do $$ begin
       execute format('alter database %I set default_transaction_read_only = ${value}', current_database());
     end $$`,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where datname = current_database() and application_name = 'clientele'`,
  );

const socketName = '.s.PGSQL.5432';

/** Stands before the server of `url`; `forget` lets the connections that are open swallow everything, in silence. */
async function startForgetfulNetwork(context: TestContext, url: string) {
  const through = new URL(url);
  const target = join(through.searchParams.get('host') ?? '', socketName);
  const open = new Set<Socket>();
  const network = createServer((client) => {
    const server = connect(target);
    for (const socket of [client, server]) open.add(socket.on('error', () => {}));
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
  });
  const folder = temporaryDirectory(context);
  await once(network.listen(join(folder, socketName)), 'listening');
  atEnd(context, () => {
    for (const socket of open) socket.destroy();
    network.close();
  });
  through.searchParams.set('host', folder);
  const forget = (): void => {
    for (const socket of open) socket.unpipe().resume();
  };
  return { url: through.href, forget };
}

test('a server that takes no writes makes the storage not ready, though it answers', async (context) => {
  const url = await makeDatabase(context);
  const { isReady, stores } = await open(context, url);
  await setReadOnly(url, 'on');
  assert.equal(await isReady(), false);
  assert.equal(await stores.settings.get('key'), undefined);
  await setReadOnly(url, 'off');
  assert.equal(await isReady(), true);
});

test('a connection that never answers makes the storage not ready in time, and is given up for another', async (context) => {
  const network = await startForgetfulNetwork(context, await makeDatabase(context));
  const { isReady } = await open(context, network.url);
  network.forget();
  assert.equal(await isReady(), false);
  assert.equal(await isReady(), true);
});
