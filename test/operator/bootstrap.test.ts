import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, refusal, requestToken, run, serve, stop } from './server-process.ts';

test('a changed bootstrap secret replaces the old one', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const renewed = 'another-secret-of-the-tests';
  const serving = await serve(context, folder, { ...chosen, CLIENTELE_BOOTSTRAP_CLIENT_SECRET: renewed });
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 401);
  assert.equal((await requestToken(serving.port, bootstrap.id, renewed)).status, 200);
  await stop(serving);
});

test('bootstrap rotate beside a running server: the old secret is refused at once, the new one accepted', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder, chosen);
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 200);
  const rotation = await run(context, folder, ['bootstrap', 'rotate'], { PORT: String(serving.port) });
  assert.deepEqual(await rotation.exit, { code: 0, signal: null }, rotation.output());
  const path = join(folder, 'data/bootstrap.json');
  const { clientId, clientSecret } = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(rotation.output(), `The new secret is in ${path}\n`);
  assert.equal(clientId, bootstrap.id);
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 401);
  assert.equal((await requestToken(serving.port, bootstrap.id, clientSecret)).status, 200);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await stop(serving);
});

test('bootstrap rotate where no server has ever started says so and makes nothing', async (context) => {
  const folder = temporaryDirectory(context);
  assert.match(await refusal(run(context, folder, ['bootstrap', 'rotate'])), /start the server once/);
  assert.equal(existsSync(join(folder, 'data')), false);
});
