import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectService } from '../connect/face.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { databaseOf } from '../fixtures/test-storage.ts';
import { bootstrapToken, chosen, refusal, requestToken, run, serve, stop } from './server-process.ts';

const jwksOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text();

test('a second start keeps keys, tokens, clients and their secrets', async (context) => {
  const folder = temporaryDirectory(context);
  const settings = { ...chosen, CLIENTELE_ISSUER: 'http://localhost:1' };
  const first = await serve(context, folder, settings);
  const token = await bootstrapToken(first.port);
  const at = (port: number) => ({ issuer: `http://127.0.0.1:${port}` });
  const { client } = await connectService(at(first.port), token).createClient({
    name: 'Robot',
    hasSecret: true,
  });
  assert.ok(client?.clientSecret);
  const jwks = await jwksOf(first.port);
  await stop(first);

  const second = await serve(context, folder, settings);
  assert.equal(await jwksOf(second.port), jwks);
  const { clients } = await connectService(at(second.port), token).listClients({});
  assert.deepEqual(clients.map(({ clientId }) => clientId).sort(), [bootstrap.id, client.clientId].sort());
  const response = await fetch(`http://127.0.0.1:${second.port}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(response.status, 200);
  await stop(second);
});

test('a crash loses nothing that was answered, and the next start needs no help', async (context) => {
  const folder = temporaryDirectory(context);
  const first = await serve(context, folder, chosen);
  const service = connectService(
    { issuer: `http://127.0.0.1:${first.port}` },
    await bootstrapToken(first.port),
  );
  const { client } = await service.createClient({ name: 'Robot', hasSecret: true });
  first.program.child.kill('SIGKILL');
  await first.program.exit;
  const second = await serve(context, folder, chosen);
  const response = await requestToken(second.port, client?.clientId ?? '', client?.clientSecret ?? '', '');
  assert.equal(response.status, 200);
  await stop(second);
});

test('a data directory that cannot be used is refused without a stack', async (context) => {
  const folder = temporaryDirectory(context);
  writeFileSync(join(folder, 'data'), 'a file where the directory should be');
  assert.match(await refusal(run(context, folder, [])), /EEXIST|ENOTDIR/);
});

test('a database that a newer version has made is refused in words, by the server and by commands', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const database = await databaseOf(context, join(folder, 'data'));
  await database.run(`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`);
  const before = await database.content();
  for (const words of [[], ['accounts', 'list']]) {
    assert.match(await refusal(run(context, folder, words, chosen)), /made by a newer version/);
  }
  assert.equal(await database.content(), before);
});
