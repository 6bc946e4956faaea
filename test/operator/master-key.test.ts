import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryDirectory } from '../fixtures/running-server.ts';
import { chosen, refusal, run, serve, stop } from './server-process.ts';

/** Every row of the database. */
function contentOf(folder: string): string {
  const database = new DatabaseSync(join(folder, 'data/clientele.sqlite'), { readOnly: true });
  try {
    const tables = database
      .prepare("select name from sqlite_schema where type = 'table' order by name")
      .all();
    const rows = tables.map(({ name }) => database.prepare(`select * from ${name} order by 1`).all());
    return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  } finally {
    database.close();
  }
}

test('with another master key than the data was made with, the server says so, exits with 1 and changes nothing', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const before = contentOf(folder);
  const names = readdirSync(join(folder, 'data')).sort();
  const CLIENTELE_MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
  const output = await refusal(run(context, folder, [], { CLIENTELE_MASTER_KEY }));
  assert.match(output, /Start with the master key that this data was made with/);
  assert.ok(!output.includes(CLIENTELE_MASTER_KEY));
  assert.equal(contentOf(folder), before);
  assert.deepEqual(readdirSync(join(folder, 'data')).sort(), names);
  await stop(await serve(context, folder, chosen));
});

test('a master key that is missing beside a database is a fault, and no new one is made', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const [key, aside] = [join(folder, 'data/master.key'), join(folder, 'aside')];
  renameSync(key, aside);
  for (const words of [[], ['bootstrap', 'rotate']]) {
    assert.match(
      await refusal(run(context, folder, words)),
      /master.key.*is missing beside an existing database/,
    );
    assert.equal(existsSync(key), false);
  }
  renameSync(aside, key);
  await stop(await serve(context, folder, chosen));
});

test('a master key that others may read keeps the server from starting', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  chmodSync(join(folder, 'data/master.key'), 0o644);
  assert.match(await refusal(run(context, folder, [])), /master.key.*is open to other users/);
});
