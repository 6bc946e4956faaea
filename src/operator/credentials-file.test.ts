import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/fixtures/temporary-directory.ts';
import { credentialsFileName, writeCredentials } from './credentials-file.ts';

const issuer = 'http://localhost:8080';

test('the credentials file is readable by its owner alone, whatever stood there before', async (context) => {
  const directory = temporaryDirectory(context);
  const path = join(directory, credentialsFileName);
  for (const leftover of [path, `${path}.new`]) {
    writeFileSync(leftover, '{}');
    chmodSync(leftover, 0o666);
  }
  assert.equal(await writeCredentials(directory, { issuer, clientId: 'a', clientSecret: 'b' }), path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { issuer, clientId: 'a', clientSecret: 'b' });
});

test('the file is replaced as a whole: whoever has it open reads the old content to its end', async (context) => {
  const directory = temporaryDirectory(context);
  const path = await writeCredentials(directory, { issuer, clientSecret: 'old' });
  const { ino } = statSync(path);
  await writeCredentials(directory, { issuer, clientSecret: 'new' });
  assert.notEqual(statSync(path).ino, ino);
  assert.deepEqual(readdirSync(directory), [credentialsFileName]);
});

test('what was written before stays, and what is written again replaces it', async (context) => {
  const directory = temporaryDirectory(context);
  await writeCredentials(directory, { issuer, adminUsername: 'admin', adminPassword: 'password' });
  const path = await writeCredentials(directory, { issuer, clientId: 'a', clientSecret: 'old' });
  await writeCredentials(directory, { issuer, clientSecret: 'new' });
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
    issuer,
    adminUsername: 'admin',
    adminPassword: 'password',
    clientId: 'a',
    clientSecret: 'new',
  });
});

test('a file that is not JSON is not overwritten', async (context) => {
  const directory = temporaryDirectory(context);
  const path = join(directory, credentialsFileName);
  writeFileSync(path, '{"adminPassword": "pass');
  await assert.rejects(
    writeCredentials(directory, { issuer, clientSecret: 'new' }),
    /bootstrap\.json is not JSON/,
  );
  assert.equal(readFileSync(path, 'utf8'), '{"adminPassword": "pass');
});
