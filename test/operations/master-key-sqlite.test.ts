import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMasterKeys } from '../../src/config/master-key.ts';
import { openVault } from '../../src/keys/data-key.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, refusal, requestToken, run, serve, stop } from '../operator/server-process.ts';
import { killEverywhere } from './killed-programs.ts';

/** Without what a key is written to before it gets its name. */
const keyFiles = (data: string) =>
  readdirSync(data)
    .filter((name) => /^master\.key(\.[\w-]{8}|\.next)?$/.test(name))
    .sort();

test('beside a running server the key file is replaced; the server goes on, and the next start uses the new key', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder, chosen);
  const data = join(folder, 'data');
  const before = readFileSync(join(data, 'master.key'), 'latin1');
  const rotation = await run(context, folder, ['master-key', 'rotate']);
  assert.deepEqual(await rotation.exit, { code: 0, signal: null }, rotation.output());

  const [, kept = ''] = keyFiles(data);
  assert.deepEqual(keyFiles(data), ['master.key', kept]);
  assert.match(rotation.output(), new RegExp(`The key before is in ${join(data, kept)}`));
  assert.equal(readFileSync(join(data, kept), 'latin1'), before);
  const after = readFileSync(join(data, 'master.key'), 'latin1');
  assert.notEqual(after, before);
  for (const key of [before, after]) assert.ok(!rotation.output().includes(key.trim()));
  for (const name of keyFiles(data)) assert.equal(statSync(join(data, name)).mode & 0o777, 0o600);
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 200);
  await stop(serving);

  const again = await serve(context, folder, chosen);
  assert.equal((await requestToken(again.port, bootstrap.id, bootstrap.secret)).status, 200);
  await stop(again);
  writeFileSync(join(data, 'master.key'), before);
  assert.match(
    await refusal(run(context, folder, [])),
    /Start with the master key that this data was made with/,
  );
});

test('with a key file that opens nothing of the data, none is made and nothing changes', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const data = join(folder, 'data');
  writeFileSync(join(data, 'master.key'), Buffer.alloc(32, 5).toString('base64'));
  assert.match(await refusal(run(context, folder, ['master-key', 'rotate'])), /The stored keys do not open/);
  assert.deepEqual(keyFiles(data), ['master.key']);
});

test('killed at any moment, a rotation leaves a key in a file that opens the data, and goes on when it is run again', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const origin = join(folder, 'data');
  const before = readFileSync(join(origin, 'master.key'), 'latin1');
  const program = join(import.meta.dirname, 'master-key-once.ts');
  const opens = async (dataDirectory: string): Promise<string> => {
    const keys = readMasterKeys({ masterKey: null, previousMasterKey: null, dataDirectory });
    const storage = await openStorage({ dataDirectory });
    try {
      return (await openVault(storage.stores.dataKey, keys)).keyId;
    } finally {
      await storage.close();
    }
  };
  const id = await opens(origin);
  let round = 0;
  /** One data directory for each set of files that was left. */
  const left = new Map<string, string>();
  const kills = await killEverywhere(
    program,
    async () => {
      round += 1;
      const dataDirectory = join(folder, `round-${round}`);
      cpSync(origin, dataDirectory, { recursive: true });
      return { args: [], settings: { CLIENTELE_DATA_DIR: dataDirectory } };
    },
    async () => {
      const dataDirectory = join(folder, `round-${round}`);
      assert.equal(await opens(dataDirectory), id);
      left.set(keyFiles(dataDirectory).join(' '), dataDirectory);
    },
  );
  assert.ok(kills >= 8);
  assert.equal(left.size, 4, [...left.keys()].join(' | '));

  // Wherever it was killed on its way, the next run ends with one key in use and the one before kept.
  const onTheWay = [...left].filter(([names]) => names.includes('next'));
  assert.equal(onTheWay.length, 2);
  for (const [, dataDirectory] of onTheWay) {
    const settings = { CLIENTELE_DATA_DIR: dataDirectory };
    const rotation = await run(context, folder, ['master-key', 'rotate'], settings);
    assert.deepEqual(await rotation.exit, { code: 0, signal: null }, rotation.output());
    const [inUse, kept = '', ...others] = keyFiles(dataDirectory);
    assert.equal(inUse, 'master.key');
    assert.equal(readFileSync(join(dataDirectory, kept), 'latin1'), before);
    assert.deepEqual(others, []);
    assert.equal(await opens(dataDirectory), id);
  }
});
