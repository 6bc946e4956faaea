import type { Client } from 'pg';
import { statements } from '../gen/statements/postgresql.ts';
import { requireOwnModule } from '../kernel/own-module.ts';
import { StartError } from '../kernel/start-error.ts';
import type { BatchListener, Engine } from './engine.ts';
import { isNewestSchema, refuseNewerSchema } from './migrations/versions.ts';
import { checkServes } from './postgres/check.ts';
import { type Connections, type ConnectionUse, createConnections } from './postgres/connections.ts';
import { createGroups } from './postgres/group.ts';
import { createPreparation } from './postgres/prepared.ts';
import { asStartFault } from './postgres/start-faults.ts';
import { withStartLock } from './postgres/start-lock.ts';
import { asUnavailable } from './postgres/unavailable.ts';
import { runWrite } from './postgres/write.ts';
import { createStatementCompiler, type Query, type WriteStatement } from './statement.ts';

/** The text form of an array. */
const encodeList = (list: readonly string[]): string =>
  `{${list.map((text) => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;

/**
 * The connections of one node: 14 of the 100 that a server allows unless it is told otherwise. A write may wait for a lock
 * and a scan for the disk, so neither shares connections with the reads that every request begins with.
 */
const uses = {
  /** Reads are batched by tick and take below a millisecond: what takes seconds is a fault, and is ended. */
  read: { most: 4, statementTimeoutMs: 5_000 },
  /** Longer than any write that waits for its turn over one client, shorter than the patience of those who wait for an answer. */
  write: { most: 8, statementTimeoutMs: 10_000 },
  /** Lists of everything. */
  scan: { most: 2, statementTimeoutMs: 60_000 },
} as const satisfies Readonly<Record<string, ConnectionUse>>;

/** Which PostgreSQL database. */
export interface PostgresOptions {
  /** `postgres://…`, with what `pg` reads in its query, such as `sslmode` and `sslrootcert`. Holds a password. */
  readonly url: string;
  /** `tool`: for a command that ends soon; it does not make the schema where there is none. Default: `server`. */
  readonly use?: 'server' | 'tool';
  readonly batches?: BatchListener | undefined;
}

/**
 * Opens a PostgreSQL database, which many nodes may share, and brings its schema up to date.
 *
 * @throws StartError when the server cannot be reached, refuses, or is none that this version works with
 * @throws Error when the database cannot be migrated
 */
export async function openPostgres({ url, use = 'server', batches }: PostgresOptions): Promise<Engine> {
  await withStartLock(url, async (client) => {
    await checkServer(client);
    if (use === 'tool') await checkStarted(client);
    await migrateDatabase(client);
  });
  const prepare = createPreparation();
  const connections = {
    read: createConnections(url, uses.read, prepare),
    write: createConnections(url, uses.write, prepare),
    scan: createConnections(url, uses.scan, prepare),
  };
  return createEngine(connections, batches);
}

/** The oldest release that the tests run on. */
const oldestRelease = 15;

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ release: number; encoding: string; standby: boolean }>(
    `select current_setting('server_version_num')::int / 10000 as release,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`,
  );
  for (const { release, encoding, standby } of rows) {
    if (release < oldestRelease) {
      throw new StartError(
        `DATABASE_URL: PostgreSQL ${release} is too old; ${oldestRelease} or later is needed.`,
      );
    }
    if (encoding !== 'UTF8') {
      throw new StartError(`DATABASE_URL: the database is encoded in ${encoding}; it must be UTF8.`);
    }
    if (standby) throw new StartError('DATABASE_URL: the server is a standby, which cannot be written to.');
  }
}

async function checkStarted(client: Client): Promise<void> {
  const { rows } = await client.query<{ started: boolean }>(
    `select to_regclass('settings') is not null as started`,
  );
  if (rows[0]?.started !== true) throw new StartError('The database is empty: start the server once.');
}

async function migrateDatabase(client: Client): Promise<void> {
  try {
    const applied = await readSchemaVersions(client);
    refuseNewerSchema(applied, `The database "${client.database}"`);
    if (isNewestSchema(applied)) return;
    // As on the embedded engine, Kysely is loaded where there is something for it to do.
    const { createMigrationDatabase } = await import('./postgres/dialect.ts');
    const { migrate } = await import('./migrations/migrate.ts');
    await migrate(createMigrationDatabase(client), { octets: 'bytea' });
  } catch (error) {
    const fault = asStartFault(error instanceof Error ? (error.cause ?? error) : error, client);
    throw fault instanceof StartError ? fault : error;
  }
}

async function readSchemaVersions(client: Client): Promise<readonly string[]> {
  const made = await client.query<{ made: boolean }>(
    `select to_regclass('kysely_migration') is not null as made`,
  );
  if (made.rows[0]?.made !== true) return [];
  const applied = await client.query<{ name: string }>(
    'select name from kysely_migration order by name collate "C"',
  );
  return applied.rows.map(({ name }) => name);
}

function loadWriter(): WriteStatement {
  const dialect = requireOwnModule(import.meta.url, './postgres/dialect.ts');
  return (dialect as typeof import('./postgres/dialect.ts')).createWriter();
}

function createEngine(
  { read, write, scan }: Readonly<Record<keyof typeof uses, Connections>>,
  batches: BatchListener | undefined,
): Engine {
  const writeSingle = createGroups(write, batches?.writes);
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  /** Lets the end wait for what was submitted before it. */
  const submit = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    if (closing !== undefined) throw new Error('the storage is closed');
    const result = run();
    running.add(result);
    try {
      return await result;
    } catch (error) {
      throw asUnavailable(error);
    } finally {
      running.delete(result);
    }
  };

  const rowsOf = async <Row>(connections: Connections, query: Query<Row>): Promise<readonly Row[]> => {
    const { rows } = await connections.use((session) => session.run(query));
    return rows;
  };

  const close = async (): Promise<void> => {
    await Promise.allSettled(running);
    await Promise.all([read, write, scan].map((connections) => connections.end()));
  };

  return {
    statement: createStatementCompiler({ written: statements, loadWriter, encodeList }),
    read: (query) => submit(() => rowsOf(read, query)),
    scan: (query) => submit(() => rowsOf(scan, query)),
    write: (value) => submit(() => (value.steps.length === 1 ? writeSingle(value) : runWrite(write, value))),
    check: () => submit(() => checkServes(read)),
    noteReads: batches?.reads,
    connections: () => ({ read: read.counts(), write: write.counts(), scan: scan.counts() }),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
