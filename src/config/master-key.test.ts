import assert from 'node:assert/strict';
import {
  chmodSync,
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
import { loadMasterKey } from './master-key.ts';

function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientele-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'data');
}

test('the first start makes a key that later starts read, open to nobody else', (t) => {
  const dataDirectory = makeDirectory(t);
  const key = loadMasterKey({ masterKey: null, dataDirectory });
  assert.equal(key.length, 32);
  assert.deepEqual(loadMasterKey({ masterKey: null, dataDirectory }), key);
  assert.deepEqual(readdirSync(dataDirectory), ['master.key']);
  assert.equal(statSync(join(dataDirectory, 'master.key')).mode & 0o777, 0o600);
  assert.equal(statSync(dataDirectory).mode & 0o777, 0o700);
  assert.equal(readFileSync(join(dataDirectory, 'master.key'), 'latin1'), `${key.toString('base64')}\n`);
});

test('no file is made when the operator gives the key', (t) => {
  const dataDirectory = makeDirectory(t);
  const masterKey = Buffer.alloc(32, 1);
  assert.equal(loadMasterKey({ masterKey, dataDirectory }), masterKey);
  assert.throws(() => readdirSync(dataDirectory), { code: 'ENOENT' });
});

test('a key that others could have read, that is a link, or that is no key is refused and stays as it is', (t) => {
  const dataDirectory = makeDirectory(t);
  const path = join(dataDirectory, 'master.key');
  const refuses = (message: RegExp) =>
    assert.throws(
      () => loadMasterKey({ masterKey: null, dataDirectory }),
      (error) => error instanceof ConfigurationError && message.test(error.message),
    );
  loadMasterKey({ masterKey: null, dataDirectory });
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
  loadMasterKey({ masterKey: null, dataDirectory });
  rmSync(join(dataDirectory, 'master.key'));
  writeFileSync(join(dataDirectory, 'clientele.sqlite'), '');
  assert.throws(
    () => loadMasterKey({ masterKey: null, dataDirectory }),
    /is missing beside an existing database/,
  );
  assert.deepEqual(readdirSync(dataDirectory), ['clientele.sqlite']);
});
