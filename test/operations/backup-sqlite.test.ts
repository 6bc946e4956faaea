import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../../src/kernel/encoding.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { connectService } from '../connect/face.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import {
  bootstrapToken,
  chosen,
  refusal,
  requestToken,
  run,
  serve,
  stop,
} from '../operator/server-process.ts';
import { assertNothingLost } from '../storage-suite/durability.ts';

/** Runs a command that must succeed; answers the JSON that it begins its output with. */
async function succeed(
  context: TestContext,
  folder: string,
  words: readonly string[],
): Promise<Readonly<Record<string, unknown>> & { readonly output: string }> {
  const program = await run(context, folder, words);
  assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
  const output = program.output();
  const facts = output.split('\n').find((line) => line.startsWith('{')) ?? assert.fail(output);
  return { ...JSON.parse(facts), output };
}

/** A folder for a server that has nothing yet but the master key of another. */
function withMasterKeyOf(folder: string, other: string): string {
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  copyFileSync(join(other, 'data/master.key'), join(folder, 'data/master.key'));
  return folder;
}

/** Starts a process that changes clients; answers what it has acknowledged, and how to end it. */
function startWriter(context: TestContext, dataDirectory: string) {
  const writer = join(import.meta.dirname, '../fixtures/storage-writer.ts');
  const child = spawn(process.execPath, [writer, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const acknowledged = new Map<string, number>();
  let waiting: { readonly count: number; readonly resolve: () => void } | undefined;
  let count = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [id = '', revision] = line.split(' ');
    acknowledged.set(id, Number(revision));
    count += 1;
    if (waiting !== undefined && count >= waiting.count) waiting.resolve();
  });
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  atEnd(context, end);
  return {
    acknowledged: () => new Map(acknowledged),
    /** Until it has acknowledged `more` changes beyond those so far. */
    goesOn: (more: number) =>
      new Promise<void>((resolve) => {
        waiting = { count: count + more, resolve };
      }),
    end,
  };
}

test('a backup under a running load of writes holds every change that was acknowledged before it began, and none by half', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const writer = startWriter(context, join(folder, 'data'));
  await writer.goesOn(200);
  const acknowledged = writer.acknowledged();
  const backup = join(folder, 'backup.sqlite');
  const { clients } = await succeed(context, folder, ['backup', backup]);
  await writer.goesOn(1);
  await writer.end();

  const restored = withMasterKeyOf(join(folder, 'restored'), folder);
  const facts = await succeed(context, restored, ['restore', backup]);
  assert.equal(facts['clients'], clients);
  const storage = await openStorage({ dataDirectory: join(restored, 'data') });
  atEnd(context, storage.close);
  const list: typeof storage.stores.clients.list = async (filter) =>
    (await storage.stores.clients.list(filter)).filter(({ id }) => acknowledged.has(id));
  const stores = { ...storage.stores, clients: { ...storage.stores.clients, list } };
  await assertNothingLost({ ...storage, stores }, acknowledged);
});

test('beside a running server a backup is made; restored elsewhere, it serves the same clients, secrets and keys', async (context) => {
  const folder = temporaryDirectory(context);
  const settings = { ...chosen, CLIENTELE_ISSUER: 'http://localhost:1' };
  const serving = await serve(context, folder, settings);
  const service = connectService(
    { issuer: `http://127.0.0.1:${serving.port}` },
    await bootstrapToken(serving.port),
  );
  const { client } = await service.createClient({ name: 'Robot', hasSecret: true });
  const { clientId, clientSecret } = client ?? assert.fail();
  const backup = join(folder, 'backup.sqlite');
  const facts = await succeed(context, folder, ['backup', backup]);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  const octets = readFileSync(backup);
  assert.equal(facts['octets'], octets.length);
  assert.equal(facts['sha256'], Buffer.from(sha256(octets), 'base64url').toString('hex'));
  assert.equal(facts['clients'], 2);
  assert.match(facts.output, /The master key is not in the backup.*in .*\/data\/master\.key/);
  const masterKey = readFileSync(join(folder, 'data/master.key'), 'latin1').trim();
  for (const secret of [masterKey, clientSecret ?? '', bootstrap.secret]) {
    assert.ok(!facts.output.includes(secret));
    assert.ok(!octets.includes(secret));
  }
  assert.ok(!octets.includes(Buffer.from(masterKey, 'base64')));

  await service.deleteClient({ clientId });
  assert.equal((await requestToken(serving.port, clientId, clientSecret ?? '', '')).status, 401);
  const restored = withMasterKeyOf(join(folder, 'restored'), folder);
  const { output } = await succeed(context, restored, ['restore', backup]);
  assert.match(output, /What was deleted, disabled or revoked since is in force again/);
  const again = await serve(context, restored, settings);
  assert.equal((await requestToken(again.port, bootstrap.id, bootstrap.secret)).status, 200);
  assert.equal((await requestToken(again.port, clientId, clientSecret ?? '', '')).status, 200);
  const jwks = await Promise.all(
    [serving, again].map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text()),
  );
  assert.equal(jwks[0], jwks[1]);
  await Promise.all([stop(serving), stop(again)]);
});

test('restore refuses a running server, a database that is there, and a master key that does not fit; nothing is changed', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder, chosen);
  const backup = join(folder, 'backup.sqlite');
  await succeed(context, folder, ['backup', backup]);
  const restore = (...options: readonly string[]) =>
    refusal(run(context, folder, ['restore', backup, ...options]));
  assert.match(await restore('--force'), /data is in use by another process/);
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 200);
  await stop(serving);
  assert.match(await restore(), /There is a database in .*--force sets it aside/);

  const data = join(folder, 'data');
  const before = readFileSync(join(data, 'clientele.sqlite'));
  writeFileSync(join(data, 'master.key'), Buffer.alloc(32, 3).toString('base64'));
  assert.match(await restore('--force'), /Start with the master key that this data was made with/);
  rmSync(join(data, 'master.key'));
  assert.match(await restore('--force'), /master\.key: is missing: put the key there/);
  assert.deepEqual(readFileSync(join(data, 'clientele.sqlite')), before);
  assert.ok(!existsSync(join(data, 'master.key')));
});

test('a backup is not made where nothing is, over a file, in the data directory, or with a key that opens nothing of it', async (context) => {
  const folder = temporaryDirectory(context);
  const backup = (file: string, ...options: readonly string[]) =>
    refusal(run(context, folder, ['backup', file, ...options]));
  assert.match(await backup('x'), /start the server once/);
  await stop(await serve(context, folder, chosen));
  const names = readdirSync(folder).sort();
  const data = join(folder, 'data');
  assert.match(await backup(join(data, 'clientele.sqlite'), '--force'), /belongs to another place/);
  assert.match(await backup(join(data, 'master.key'), '--force'), /belongs to another place/);
  assert.match(await backup(join(folder, 'nowhere/x')), /nowhere does not exist/);
  const letter = join(folder, 'letter');
  writeFileSync(letter, 'Dear operator');
  assert.match(await backup(letter), /letter exists already; --force replaces it/);
  assert.equal(readFileSync(letter, 'latin1'), 'Dear operator');
  rmSync(letter);
  writeFileSync(join(data, 'master.key'), Buffer.alloc(32, 3).toString('base64'));
  assert.match(await backup('x'), /The stored keys do not open/);
  assert.deepEqual(readdirSync(folder).sort(), names);
});

test('with a PostgreSQL database, backup and restore name the programs that are for it', async (context) => {
  const folder = temporaryDirectory(context);
  const settings = {
    DATABASE_URL: 'postgres://user:a-password@localhost:1/clientele',
    CLIENTELE_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  };
  for (const [word, means] of [
    ['backup', /pg_dump/],
    ['restore', /pg_restore/],
  ] as const) {
    const output = await refusal(run(context, folder, [word, 'file'], settings));
    assert.match(output, means);
    assert.ok(!output.includes('a-password'));
  }
  assert.deepEqual(readdirSync(folder), []);
});
