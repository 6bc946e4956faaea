import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { asEpochSeconds } from '../../src/kernel/clock.ts';
import { backUpDatabase } from '../../src/storage/sqlite/backup.ts';
import { type RestoreRequest, restoreDatabase } from '../../src/storage/sqlite/restore.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { killEverywhere } from './killed-programs.ts';

const name = 'clientele.sqlite';
const suffixes = ['', '-wal', '-shm'];

/** A data directory whose database says `which`, left as a server leaves it that was killed: with all of it in the WAL. */
async function makeKilled(folder: string, which: string): Promise<string> {
  const [running, killed] = [join(folder, `${which}-running`), join(folder, which)];
  const storage = await openStorage({ dataDirectory: running });
  await storage.stores.settings.set('which', which);
  mkdirSync(killed);
  for (const suffix of suffixes) copyFileSync(join(running, name + suffix), join(killed, name + suffix));
  await storage.close();
  assert.ok(statSync(join(killed, `${name}-wal`)).size > 0);
  return killed;
}

/** What the database in a data directory says. */
async function read(dataDirectory: string): Promise<string | undefined> {
  const storage = await openStorage({ dataDirectory });
  try {
    return await storage.stores.settings.get('which');
  } finally {
    await storage.close();
  }
}

/** A backup that says "new", and beside it what is there already. */
async function makeFixture(context: TestContext) {
  const folder = temporaryDirectory(context);
  const backup = join(folder, 'backup');
  const database = join(await makeKilled(folder, 'new'), name);
  await backUpDatabase({ database, target: backup, existing: 'keep', check() {} });
  const request = (dataDirectory: string, changes: Partial<RestoreRequest> = {}): RestoreRequest => ({
    backup,
    database: join(dataDirectory, name),
    existing: 'refuse',
    now: asEpochSeconds(1_800_000_000),
    check() {},
    ...changes,
  });
  return { folder, backup, request };
}

test('a backup holds what was committed and not yet checkpointed, in one file', async (context) => {
  const { folder, backup, request } = await makeFixture(context);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(folder).filter((file) => file.startsWith('backup')),
    ['backup'],
  );
  const empty = join(folder, 'empty');
  const { setAside, schema } = restoreDatabase(request(empty));
  assert.equal(setAside, null);
  assert.match(schema, /^\d{4}-/);
  assert.equal(await read(empty), 'new');
  assert.equal(statSync(join(empty, name)).mode & 0o777, 0o600);
  assert.equal(statSync(empty).mode & 0o777, 0o700);
});

test('a database that is there stays unless it may be set aside; then it is kept whole, with what stood in its WAL', async (context) => {
  const { folder, request } = await makeFixture(context);
  const old = await makeKilled(folder, 'old');
  assert.throws(() => restoreDatabase(request(old)), /There is a database in .* already; --force/);
  const { setAside } = restoreDatabase(request(old, { existing: 'set-aside' }));
  assert.equal(setAside, join(old, `${name}.before-20270115T080000Z`));
  assert.deepEqual(readdirSync(old).sort(), [name, `${name}-lock`, `${name}.before-20270115T080000Z`].sort());
  assert.equal(await read(old), 'new');

  const again = join(folder, 'again');
  restoreDatabase(request(again, { backup: setAside ?? '' }));
  assert.equal(await read(again), 'old');
});

test('a WAL that lies about without its database is never read into the restored one', async (context) => {
  const { folder, request } = await makeFixture(context);
  const old = await makeKilled(folder, 'old');
  const only = join(folder, 'only-wal');
  mkdirSync(only);
  for (const suffix of ['-wal', '-shm']) copyFileSync(join(old, name + suffix), join(only, name + suffix));
  assert.throws(() => restoreDatabase(request(only)), /There is a database/);
  restoreDatabase(request(only, { existing: 'set-aside' }));
  assert.equal(await read(only), 'new');
});

test('a database that SQLite cannot read is set aside as it is', async (context) => {
  const { folder, request } = await makeFixture(context);
  const old = await makeKilled(folder, 'old');
  const damaged = Buffer.alloc(8192, 'x');
  for (const suffix of ['', '-wal']) writeFileSync(join(old, name + suffix), damaged);
  const { setAside } = restoreDatabase(request(old, { existing: 'set-aside' }));
  assert.deepEqual(readFileSync(setAside ?? ''), damaged);
  assert.equal(await read(old), 'new');
});

const damages: Readonly<Record<string, (backup: string) => void>> = {
  'is no database': (backup) => writeFileSync(backup, 'a letter to the operator'.repeat(1000)),
  'is empty': (backup) => truncateSync(backup, 0),
  'was truncated to its first half': (backup) => truncateSync(backup, Math.floor(statSync(backup).size / 2)),
  'lost its last octets': (backup) => truncateSync(backup, statSync(backup).size - 100),
  'has a page of zeros': (backup) => {
    const database = new DatabaseSync(backup);
    const page = database.prepare(`select rootpage from sqlite_schema where name = 'settings'`).get()?.[
      'rootpage'
    ];
    database.close();
    overwrite(backup, (Number(page) - 1) * 4096, Buffer.alloc(4096));
  },
  'is a database of another program': (backup) => {
    truncateSync(backup, 0);
    new DatabaseSync(backup).exec('create table notes (text)');
  },
  'was made by a newer version': (backup) => {
    new DatabaseSync(backup).exec(
      `insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`,
    );
  },
};

function overwrite(file: string, position: number, octets: Buffer): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, octets, 0, octets.length, position);
  closeSync(descriptor);
}

for (const [what, damage] of Object.entries(damages)) {
  test(`a backup that ${what} is refused in words, and the database that is there stays as it is`, async (context) => {
    const { folder, backup, request } = await makeFixture(context);
    const old = await makeKilled(folder, 'old');
    damage(backup);
    assert.throws(() => restoreDatabase(request(old, { existing: 'set-aside' })), {
      name: 'StartError',
      message: /is damaged|is no database of Clientele|was made by a newer version/,
    });
    assert.deepEqual(
      readdirSync(old).sort(),
      [...suffixes.map((suffix) => name + suffix), `${name}-lock`].sort(),
    );
    assert.equal(await read(old), 'old');
  });
}

test('what speaks against a backup is heard before anything is changed', async (context) => {
  const { folder, request } = await makeFixture(context);
  const old = await makeKilled(folder, 'old');
  const check = () => {
    throw new Error('no');
  };
  assert.throws(() => restoreDatabase(request(old, { existing: 'set-aside', check })), /^Error: no$/);
  assert.equal(await read(old), 'old');
});

test('a database that is in use is not a backup', async (context) => {
  const { folder, request } = await makeFixture(context);
  const inUse = join(await makeKilled(folder, 'old'), name);
  assert.throws(() => restoreDatabase(request(join(folder, 'x'), { backup: inUse })), /has a WAL beside it/);
});

test('a restore while a server, or another command, has the database open is refused', async (context) => {
  const { folder, request } = await makeFixture(context);
  const old = join(folder, 'served');
  const server = await openStorage({ dataDirectory: old });
  atEnd(context, server.close);
  await server.stores.settings.set('which', 'old');
  assert.throws(
    () => restoreDatabase(request(old, { existing: 'set-aside' })),
    /is in use by another process/,
  );
  await server.close();
  const tool = await openStorage({ dataDirectory: old, use: 'tool' });
  assert.equal(await tool.stores.settings.get('which'), 'old');
  assert.throws(() => restoreDatabase(request(old, { existing: 'set-aside' })), /Another command uses/);
  await tool.close();
  assert.equal(await read(old), 'old');
});

test('killed at any moment, a restore leaves the old database or the new one, and can be done again', async (context) => {
  const { folder, backup, request } = await makeFixture(context);
  const old = await makeKilled(folder, 'old');
  const seen: (string | undefined)[] = [];
  let round = 0;
  const kills = await killEverywhere(
    join(import.meta.dirname, 'restore-once.ts'),
    async () => {
      const dataDirectory = join(folder, `round-${round++}`);
      mkdirSync(dataDirectory);
      for (const suffix of suffixes)
        copyFileSync(join(old, name + suffix), join(dataDirectory, name + suffix));
      return { args: [backup, join(dataDirectory, name)] };
    },
    async ([, database = '']) => {
      const dataDirectory = join(database, '..');
      seen.push(await read(dataDirectory));
      const now = asEpochSeconds(1_900_000_000);
      restoreDatabase(request(dataDirectory, { existing: 'set-aside', now }));
      assert.equal(await read(dataDirectory), 'new');
    },
  );
  assert.ok(kills >= 10);
  assert.ok(seen.slice(0, -1).includes('new'), 'was also killed after the change');
  assert.deepEqual(seen, seen.toSorted().reverse());
  assert.deepEqual(new Set(seen), new Set(['old', 'new']));
});

test('a backup that is refused, or fails, leaves no file and harms none', async (context) => {
  const { folder, backup } = await makeFixture(context);
  const database = join(await makeKilled(folder, 'old'), name);
  const before = readdirSync(folder).sort();
  const refused = backUpDatabase({ database, target: backup, existing: 'keep', check() {} });
  await assert.rejects(refused, /exists already; --force/);
  const fails = () => {
    throw new Error('no');
  };
  for (const target of [backup, join(folder, 'other')]) {
    await assert.rejects(
      backUpDatabase({ database, target, existing: 'replace', check: fails }),
      /^Error: no$/,
    );
  }
  assert.deepEqual(readdirSync(folder).sort(), before);
  await backUpDatabase({ database, target: backup, existing: 'replace', check() {} });
  assert.deepEqual(readdirSync(folder).sort(), before);
});
