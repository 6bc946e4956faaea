// `npm test`: every test on SQLite, then those that open a storage or a server once more on PostgreSQL, which this brings up
// and down. Goes on after a failure. Arguments: `--sqlite` or `--postgres` for one of the two alone, `--without-installing`, files
// for some tests alone, and whatever options `node --test` has.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from '../test/fixtures/postgres/cluster.ts';
import { prepareServer } from '../test/fixtures/postgres/databases.ts';
import { interruptTests, runTestGroups } from './test-groups.ts';

/** They install dependencies afresh. */
const installing = ['test/start.test.ts', 'test/tarball.test.ts'];
const sqliteOnly = globSync(['src/**/*-sqlite.test.ts', 'test/**/*-sqlite.test.ts']);
const postgresOnly = globSync([
  'src/**/*-postgres.test.ts',
  'test/**/*-postgres.test.ts',
  'test/nodes.test.ts',
]);
/** Who reaches this file by imports is on the driver that the run says. */
const driverFixture = 'test/fixtures/test-storage.ts';

interface Pass {
  readonly name: string;
  readonly files: readonly string[];
  readonly run: (files: readonly string[]) => Promise<boolean>;
}

const given = process.argv.slice(2);
const own = ['--sqlite', '--postgres', '--without-installing'];
const asked = given.filter((argument) => argument.endsWith('.ts')).flatMap((pattern) => globSync(pattern));
const options = given.filter((argument) => !own.includes(argument) && !argument.endsWith('.ts'));
const candidates = asked.length > 0 ? asked : globSync(['src/**/*.test.ts', 'test/**/*.test.ts']);
const files = candidates.filter(
  (file) => !given.includes('--without-installing') || !installing.includes(file),
);

const seen = new Map<string, boolean>();

function reachesDriver(file: string): boolean {
  const known = seen.get(file);
  if (known !== undefined) return known;
  seen.set(file, false); // while it is looked at: imports may run in a circle
  const imported = [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)];
  const reaches =
    file === driverFixture || imported.some(([, path = '']) => reachesDriver(join(file, '..', path)));
  seen.set(file, reaches);
  return reaches;
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    interruptTests(signal);
  });
}

async function runTests(
  passFiles: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  return !interrupted && (await runTestGroups({ files: passFiles, options, environment }));
}

const passes: Readonly<Record<string, Pass>> = {
  '--sqlite': {
    name: 'tests',
    files: files.filter((file) => !postgresOnly.includes(file)),
    run: (passFiles) => runTests(passFiles, { TEST_DRIVER: 'sqlite' }),
  },
  '--postgres': {
    name: 'tests on PostgreSQL',
    files: files.filter(
      (file) => postgresOnly.includes(file) || (reachesDriver(file) && !sqliteOnly.includes(file)),
    ),
    run: async (passFiles) => {
      const cluster = await startCluster();
      try {
        await prepareServer(cluster.url);
        return await runTests(passFiles, { TEST_DRIVER: 'postgres', TEST_DATABASE_URL: cluster.url });
      } finally {
        await cluster.stop();
      }
    },
  },
};

const chosen = Object.keys(passes).filter((name) => given.includes(name));
for (const [option, pass] of Object.entries(passes)) {
  const isWanted = chosen.length === 0 || chosen.includes(option);
  if (!isWanted || pass.files.length === 0 || interrupted) continue;
  console.log(`\n— ${pass.name}`);
  if (!(await pass.run(pass.files))) process.exitCode = 1;
}
