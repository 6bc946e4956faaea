import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigurationError } from './faults.ts';
import { draftNextMasterKey, loadMasterKeys, publishNextMasterKey, readMasterKeys } from './master-key.ts';

const inFile = { masterKey: null, previousMasterKey: null };

function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientele-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'data');
}

test('the first start makes a key that later starts read, open to nobody else', (t) => {
  const dataDirectory = makeDirectory(t);
  const [key = assert.fail(), ...others] = loadMasterKeys({ ...inFile, dataDirectory });
  assert.equal(key.length, 32);
  assert.deepEqual(others, []);
  assert.deepEqual(loadMasterKeys({ ...inFile, dataDirectory }), [key]);
  assert.deepEqual(readdirSync(dataDirectory), ['master.key']);
  assert.equal(statSync(join(dataDirectory, 'master.key')).mode & 0o777, 0o600);
  assert.equal(statSync(dataDirectory).mode & 0o777, 0o700);
  assert.equal(readFileSync(join(dataDirectory, 'master.key'), 'latin1'), `${key.toString('base64')}\n`);
});

test('no file is made when the operator gives the key', (t) => {
  const dataDirectory = makeDirectory(t);
  const masterKey = Buffer.alloc(32, 1);
  assert.deepEqual(loadMasterKeys({ masterKey, previousMasterKey: null, dataDirectory }), [masterKey]);
  const previousMasterKey = Buffer.alloc(32, 2);
  const both = { masterKey, previousMasterKey, dataDirectory };
  assert.deepEqual(loadMasterKeys(both), [masterKey, previousMasterKey]);
  assert.deepEqual(readMasterKeys(both), [masterKey, previousMasterKey]);
  assert.throws(() => readdirSync(dataDirectory), { code: 'ENOENT' });
});

test('a key that others could have read, that is a link, or that is no key is refused and stays as it is', (t) => {
  const dataDirectory = makeDirectory(t);
  const path = join(dataDirectory, 'master.key');
  const refuses = (message: RegExp) =>
    assert.throws(
      () => loadMasterKeys({ ...inFile, dataDirectory }),
      (error) => error instanceof ConfigurationError && message.test(error.message),
    );
  loadMasterKeys({ ...inFile, dataDirectory });
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(path, mode);
    refuses(/open to other users/);
  }
  chmodSync(path, 0o600);
  writeFileSync(path, 'dG9vIHNob3J0');
  refuses(/exactly 32 bytes/);
  assert.equal(readFileSync(path, 'latin1'), 'dG9vIHNob3J0');
  rmSync(path);
  symlinkSync('/dev/zero', path);
  refuses(/symbolic link/);
});

test('beside a database no key is made: it would open nothing', (t) => {
  const dataDirectory = makeDirectory(t);
  loadMasterKeys({ ...inFile, dataDirectory });
  rmSync(join(dataDirectory, 'master.key'));
  writeFileSync(join(dataDirectory, 'clientele.sqlite'), '');
  assert.throws(() => loadMasterKeys({ ...inFile, dataDirectory }), /is missing beside an existing database/);
  assert.deepEqual(readdirSync(dataDirectory), ['clientele.sqlite']);
});

test('who works on what is there gets the key that is there, and none is made', (t) => {
  const dataDirectory = makeDirectory(t);
  assert.throws(() => readMasterKeys({ ...inFile, dataDirectory }), /master\.key: is missing/);
  assert.throws(() => readdirSync(dataDirectory), { code: 'ENOENT' });
  const keys = loadMasterKeys({ ...inFile, dataDirectory });
  assert.deepEqual(readMasterKeys({ ...inFile, dataDirectory }), keys);
});

test('the next key is one and the same until it takes over, and the one before is kept under its id', (t) => {
  const dataDirectory = makeDirectory(t);
  const [before = assert.fail()] = loadMasterKeys({ ...inFile, dataDirectory });
  const next = draftNextMasterKey(dataDirectory);
  assert.notDeepEqual(next, before);
  assert.deepEqual(draftNextMasterKey(dataDirectory), next);
  assert.deepEqual(loadMasterKeys({ ...inFile, dataDirectory }), [before, next]);

  // As when the publication before was killed on its way.
  linkSync(join(dataDirectory, 'master.key'), join(dataDirectory, 'master.key.id'));
  const kept = publishNextMasterKey(dataDirectory, 'id');
  assert.deepEqual(loadMasterKeys({ ...inFile, dataDirectory }), [next]);
  assert.equal(readFileSync(kept, 'latin1'), `${before.toString('base64')}\n`);
  assert.deepEqual(readdirSync(dataDirectory).sort(), ['master.key', 'master.key.id']);
  for (const name of readdirSync(dataDirectory)) {
    assert.equal(statSync(join(dataDirectory, name)).mode & 0o777, 0o600);
  }
});
