import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, refusal, requestToken, run, serve, stop } from './server-process.ts';

test('a second server on the same data is refused in words that name the directory, and the first one serves on', async (context) => {
  const folder = temporaryDirectory(context);
  const first = await serve(context, folder, chosen);
  const output = await refusal(run(context, folder, []));
  assert.match(output, new RegExp(`The data directory ${join(folder, 'data')} is in use by another process`));
  assert.equal((await requestToken(first.port, bootstrap.id, bootstrap.secret)).status, 200);
  await stop(first);
});

test('the data directory and everything in it is open to its owner alone', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder);
  const data = join(folder, 'data');
  assert.equal(statSync(data).mode & 0o777, 0o700);
  const names = readdirSync(data);
  for (const name of ['bootstrap.json', 'clientele.sqlite', 'master.key']) assert.ok(names.includes(name));
  for (const name of names) assert.equal(statSync(join(data, name)).mode & 0o777, 0o600, name);
  const { clientId, clientSecret, adminPassword } = JSON.parse(
    readFileSync(join(data, 'bootstrap.json'), 'utf8'),
  );
  assert.equal((await requestToken(serving.port, clientId, clientSecret)).status, 200);
  for (const secret of [clientSecret, adminPassword]) assert.ok(!serving.program.output().includes(secret));
  await stop(serving);
});

test('a database that SQLite cannot open is refused in words that name it, by the server and by commands', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const file = join(folder, 'data', 'clientele.sqlite');
  const faults = {
    'unable to open database file': () => mkdirSync(file),
    'file is not a database': () =>
      writeFileSync(file, 'something else, and long enough to be read'.repeat(100)),
  };
  for (const [reason, cause] of Object.entries(faults)) {
    rmSync(file, { recursive: true });
    cause();
    for (const words of [[], ['accounts', 'list']]) {
      const output = await refusal(run(context, folder, words, chosen));
      assert.ok(output.includes(`The database ${file} cannot be opened: ${reason}`), output);
    }
  }
});
