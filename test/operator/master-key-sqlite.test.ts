import assert from 'node:assert/strict';
import { chmodSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, refusal, run, serve, stop } from './server-process.ts';

// against: operations/master-key
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
