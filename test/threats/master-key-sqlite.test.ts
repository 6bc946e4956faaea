import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestServer } from '../fixtures/running-server.ts';

// against: operations/master-key
test('the server refuses to start on a master key that is bad or that others may read', async (context) => {
  const server = await startTestServer(context);
  const { dataDirectory } = server;
  await server.stop('restart with another key file');
  const path = join(dataDirectory, 'master.key');
  const key = readFileSync(path);
  for (const mode of [0o644, 0o640, 0o604, 0o660]) {
    chmodSync(path, mode);
    await assert.rejects(startTestServer(context, { dataDirectory }), { name: 'ConfigurationError' });
  }
  chmodSync(path, 0o600);
  writeFileSync(path, 'bad');
  await assert.rejects(startTestServer(context, { dataDirectory }), { name: 'ConfigurationError' });
  writeFileSync(path, key);
  await startTestServer(context, { dataDirectory });
});

// against: operations/defaults
test('every installation makes a master key of its own', async (context) => {
  const keys = [];
  for (let installation = 0; installation < 2; installation++) {
    const { dataDirectory } = await startTestServer(context);
    keys.push(readFileSync(join(dataDirectory, 'master.key'), 'utf8'));
  }
  assert.equal(new Set(keys).size, 2);
});
