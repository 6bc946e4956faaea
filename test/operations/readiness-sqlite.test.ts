import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../../src/kernel/encoding.ts';
import { openTestStorage } from '../fixtures/test-storage.ts';

async function open(context: TestContext) {
  const storage = await openTestStorage(context);
  assert.equal(await storage.isReady(), true);
  return { ...storage, file: join(storage.dataDirectory, 'clientele.sqlite') };
}

const mishaps: Readonly<Record<string, (file: string) => void>> = {
  'is deleted': (file) => rmSync(file),
  'is replaced by a copy of it': (file) => {
    copyFileSync(file, `${file}-copy`);
    renameSync(`${file}-copy`, file);
  },
  'has lost its write-ahead log': (file) => rmSync(`${file}-wal`),
};

for (const [mishap, happen] of Object.entries(mishaps)) {
  test(`a database that ${mishap} makes the storage not ready, though it answers`, async (context) => {
    const { file, isReady, stores } = await open(context);
    assert.ok(existsSync(`${file}-wal`));
    happen(file);
    assert.equal(await isReady(), false);
    await stores.settings.set('key', 'value');
    assert.equal(await stores.settings.get('key'), 'value');
  });
}

test('a database that can be read and not written is not ready, until it can', async (context) => {
  const { database, isReady, stores } = await open(context);
  await database.run(
    `create trigger full before insert on revisions begin select raise(abort, 'the disk is full'); end`,
  );
  assert.equal(await stores.settings.get('key'), undefined);
  assert.equal(await isReady(), false);
  await database.run('drop trigger full');
  assert.equal(await isReady(), true);
});

test('asking whether it is ready changes nothing that is stored, and is written to the disk each time', async (context) => {
  const { database, file, isReady } = await open(context);
  const log = () => sha256(readFileSync(`${file}-wal`));
  const before = await database.content();
  const written = [log()];
  for (let times = 0; times < 3; times += 1) {
    assert.equal(await isReady(), true);
    written.push(log());
  }
  assert.equal(new Set(written).size, 4);
  assert.equal(await database.content(), before);
});
