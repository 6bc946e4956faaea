import { chownSync, statSync } from 'node:fs';
import { runOn } from '../fixtures/postgres/databases.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { lasting, until } from './deadline.ts';
import { startExercise } from './exercise.ts';
import { type Fault, NotPossibleHere, type Trial } from './fault.ts';
import { disks, type FullableDisk, mountSmallFileSystem, type SmallFileSystem } from './full-disk.ts';
import { openPostgresSite, openSqliteSite, type PostgresSite } from './site.ts';
import { requestToken, type World } from './world.ts';

const fullSeconds = 5;
/** A log that is written over again has room for a while. */
const untilFullSeconds = 30;
const tokensWhileFull = 20;

/** The disk of the embedded engine is full, and there is space again. */
export const diskFull: Fault = {
  name: 'disk-full',
  about: 'the disk below SQLite is full; JWTs, which need no write, are issued all the same',
  run: async (trial) => {
    const found = Object.entries(disks).map(([way, open]) => ({ way, disk: open(trial.context) }));
    if (found.every(({ disk }) => disk === undefined)) {
      throw new NotPossibleHere('neither may a file system be mounted, nor the size of files be limited');
    }
    for (const { way, disk } of found) {
      trial.remark(disk ? `by ${way}` : `not by ${way}, which this machine or user cannot have`);
      if (disk) await tryDisk(trial, disk);
    }
  },
};

/** The disk below the tables of PostgreSQL is full; its write-ahead log, without which it ends itself, has another. */
export const diskFullPostgres: Fault = {
  name: 'disk-full-postgres',
  about: 'the disk below the tables of PostgreSQL is full; JWTs are issued all the same',
  run: async (trial) => {
    const disk = mountSmallFileSystem(trial.context);
    if (disk === undefined) throw new NotPossibleHere('no file system may be mounted');
    const site = await openPostgresSite(trial.context);
    await moveTables(site, disk.place);
    const nodes = [await site.makeNode('node 1'), await site.makeNode('node 2')];
    const exercise = await startExercise(trial, site, nodes);
    await exercise.duringTrouble(nodes, () => whileFull(trial, exercise.world, disk));
    await exercise.end();
  },
};

/** Moves the database to a tablespace in `place`, which becomes its server's. */
async function moveTables({ cluster, url }: PostgresSite, place: string): Promise<void> {
  const [row] = await runOn(cluster.url, `select current_setting('data_directory') as directory`);
  const { uid, gid } = statSync(String(row?.['directory']));
  chownSync(place, uid, gid);
  const database = new URL(url).pathname.slice(1);
  await runOn(
    cluster.url,
    `create tablespace small location '${place}'`,
    `alter database ${database} set tablespace small`,
  );
}

async function tryDisk(trial: Trial, disk: FullableDisk): Promise<void> {
  const site = openSqliteSite(trial.context, disk.dataDirectory);
  const node = await site.makeNode('the server');
  const exercise = await startExercise(trial, site, [node]);
  const fault = () =>
    whileFull(trial, exercise.world, {
      fill: () => disk.fill(node.pid()),
      free: () => disk.free(node.pid()),
    });
  // Where a little is taken, so is now and then the write by which the server finds out.
  if (disk.takes === 'nothing') await exercise.duringAnOutage([node], fault);
  else await exercise.duringTrouble([node], fault);
  await exercise.end();
}

/** Fills a disk, sees that writes fail and that what needs none does not, and makes room again. */
async function whileFull(
  { ledger }: Trial,
  { send, nodes, chance }: World,
  { fill, free }: Pick<SmallFileSystem, 'fill' | 'free'>,
): Promise<void> {
  const failedBefore = ledger.counts.failed;
  fill();
  await until('writes fail', untilFullSeconds, () => ledger.counts.failed > failedBefore);
  for (let count = 0; count < tokensWhileFull; count += 1) {
    const { ending } = await requestToken(send, chance.pick(nodes), bootstrap);
    ledger.check(ending === 'ok', `a token that needs no write is ${ending} while the disk is full`);
  }
  await lasting(fullSeconds);
  free();
}
