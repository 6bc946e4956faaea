import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectService } from '../connect/face.ts';
import { bootstrap, temporaryDirectory } from '../fixtures/running-server.ts';
import { bootstrapToken, chosen, refusal, requestToken, run, serve, stop } from './server-process.ts';

const jwksOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text();

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
