import type { DatabaseSync } from 'node:sqlite';
import { statements } from '../gen/statements/sqlite.ts';
import { requireOwnModule } from '../kernel/own-module.ts';
import type { BatchListener, Engine, Write } from './engine.ts';
import { isNewestSchema, refuseNewerSchema } from './migrations/versions.ts';
import { createConnection, openForWriting } from './sqlite/connection.ts';
import { createGroupCommit } from './sqlite/group-commit.ts';
import { watchPlaces } from './sqlite/in-place.ts';
import { lockDatabase } from './sqlite/lock.ts';
import { openLogSync } from './sqlite/log-sync.ts';
import { createScanner } from './sqlite/scanner.ts';
import { readSchemaVersions } from './sqlite/schema-versions.ts';
import { asUnavailable } from './sqlite/unavailable.ts';
import { createStatementCompiler, type WriteStatement } from './statement.ts';

interface Lock {
  readonly close: () => void;
}

const noLock: Lock = { close() {} };

type Use = 'server' | 'tool';

/** Where an SQLite database lies. */
export interface SqliteOptions {
  /** Made with mode 0600 when it does not exist; `-wal`, `-shm` and `-lock` stand beside it. */
  readonly file: string;
  /**
   * `server` (default): refuses to open beside another server. `tool`: opens beside a server, for a command that ends soon.
   * Both see each other's writes at once; a second server would not know what the first one keeps in memory. Where the schema is
   * to be brought up to date, a tool too refuses to do so beside a server.
   */
  readonly use?: Use;
  readonly batches?: BatchListener | undefined;
}

/**
 * Opens the embedded engine and brings its schema up to date.
 *
 * Reads run at once on the calling thread, writes are committed in groups and wait for the disk beside it, scans run on a worker.
 *
 * @throws StartError when another server has the database open, a newer version made it, it is damaged, or the disk or the system refuses it
 * @throws Error when it cannot be migrated
 */
export async function openSqlite({ file, use = 'server', batches }: SqliteOptions): Promise<Engine> {
  try {
    const lock = use === 'server' ? lockDatabase(file) : noLock;
    try {
      return createEngine(file, await openDatabase(file, use), { lock, batches });
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    const { asStartFault } = await import('./sqlite/start-faults.ts');
    throw asStartFault(error, file);
  }
}

async function openDatabase(file: string, use: Use): Promise<DatabaseSync> {
  const database = openForWriting(file);
  try {
    const applied = readSchemaVersions(database);
    refuseNewerSchema(applied, `The database ${file}`);
    if (!isNewestSchema(applied)) await migrateAs[use](database, file);
    database.exec('pragma foreign_keys = on');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Kysely is a third of all modules: it is loaded to migrate, or to write a statement that is not written yet. */
async function migrateDatabase(database: DatabaseSync): Promise<void> {
  const { createMigrationDatabase } = await import('./sqlite/dialect.ts');
  const { migrate } = await import('./migrations/migrate.ts');
  await migrate(createMigrationDatabase(database), { octets: 'blob' });
}

const migrateAs: Readonly<Record<Use, (database: DatabaseSync, file: string) => Promise<void>>> = {
  server: migrateDatabase,
  // A server that runs is an older version, and would not know what it has before it.
  tool: async (database, file) => {
    const lock = lockDatabase(file);
    try {
      await migrateDatabase(database);
    } finally {
      lock.close();
    }
  },
};

function loadWriter(): WriteStatement {
  const dialect = requireOwnModule(import.meta.url, './sqlite/dialect.ts');
  return (dialect as typeof import('./sqlite/dialect.ts')).createWriter();
}

/** Leaves everything as it was, and is written to the disk all the same, which an update to what stands there already is not. */
const writeNothing: Write<'written'> = {
  steps: [
    { run: { text: `insert into revisions (name, revision) values ('readiness', 0)`, parameters: [] } },
    { run: { text: `delete from revisions where name = 'readiness'`, parameters: [] } },
  ],
  done: 'written',
};

interface EngineParts {
  readonly lock: Lock;
  readonly batches: BatchListener | undefined;
}

function createEngine(file: string, database: DatabaseSync, { lock, batches }: EngineParts): Engine {
  const connection = createConnection(database);
  const log = openLogSync(database, file);
  const groupCommit = createGroupCommit({ connection, sync: log.sync, noteWrites: batches?.writes });
  const checkPlaces = watchPlaces([file, `${file}-wal`]);
  const scanner = createScanner(file);
  let closing: Promise<void> | undefined;

  const refuseWhenClosed = (): void => {
    if (closing !== undefined) throw new Error('the storage is closed');
  };

  const close = async (): Promise<void> => {
    await groupCommit.drain();
    await log.close();
    await scanner.close();
    try {
      database.close();
    } finally {
      lock.close();
    }
  };

  return {
    statement: createStatementCompiler({ written: statements, loadWriter, encodeList: JSON.stringify }),
    read: async (query) => {
      refuseWhenClosed();
      try {
        return connection.rows(query);
      } catch (error) {
        throw asUnavailable(error);
      }
    },
    scan: async (query) => {
      refuseWhenClosed();
      try {
        return await scanner.scan(query);
      } catch (error) {
        throw asUnavailable(error);
      }
    },
    write: async (write) => {
      refuseWhenClosed();
      return groupCommit.write(write);
    },
    check: async () => {
      refuseWhenClosed();
      await groupCommit.write(writeNothing);
      await checkPlaces();
    },
    noteReads: batches?.reads,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
