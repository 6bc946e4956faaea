import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { databaseOf } from '../fixtures/test-storage.ts';
import { chosen, refusal, run, serve, stop } from './server-process.ts';

// against: operations/master-key
test('with another master key than the data was made with, the server says so, exits with 1 and changes nothing', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const database = await databaseOf(context, join(folder, 'data'));
  const before = await database.content();
  const names = readdirSync(join(folder, 'data')).sort();
  const CLIENTELE_MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
  const output = await refusal(run(context, folder, [], { CLIENTELE_MASTER_KEY }));
  assert.match(output, /Start with the master key that this data was made with/);
  assert.ok(!output.includes(CLIENTELE_MASTER_KEY));
  assert.equal(await database.content(), before);
  assert.deepEqual(readdirSync(join(folder, 'data')).sort(), names);
  await stop(await serve(context, folder, chosen));
});
