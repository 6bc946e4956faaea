import type { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import type { BatchListener, Engine, Write } from './engine.ts';
import { migrate } from './migrations/migrate.ts';
import { createConnection, openForWriting } from './sqlite/connection.ts';
import { createCompiler, createMigrationDatabase } from './sqlite/dialect.ts';
import { createGroupCommit } from './sqlite/group-commit.ts';
import { watchPlaces } from './sqlite/in-place.ts';
import { lockDatabase } from './sqlite/lock.ts';
import { createScanner } from './sqlite/scanner.ts';
import { asUnavailable } from './sqlite/unavailable.ts';
import { createStatementCompiler, type ListBinding } from './statement.ts';

/** A list is bound as a JSON array, so that one prepared statement serves every length. */
const jsonLists: ListBinding = {
  contains: (column, list) => sql`${column} in (select value from json_each(${list}))`,
  encode: (list) => JSON.stringify(list),
};

interface Lock {
  readonly close: () => void;
}

const noLock: Lock = { close() {} };

/** Where an SQLite database lies. */
export interface SqliteOptions {
  /** Made with mode 0600 when it does not exist; `-wal`, `-shm` and `-lock` stand beside it. */
  readonly file: string;
  /**
   * `server` (default): refuses to open beside another server. `tool`: opens beside a server, for a command that ends soon.
   * Both see each other's writes at once; a second server would not know what the first one keeps in memory.
   */
  readonly use?: 'server' | 'tool';
  readonly batches?: BatchListener | undefined;
}

/**
 * Opens the embedded engine and brings its schema up to date.
 *
 * Reads run at once on the calling thread, writes are committed in groups, scans run on a worker.
 *
 * @throws StartError when another server has the database open
 * @throws Error when it cannot be opened or migrated
 */
export async function openSqlite({ file, use = 'server', batches }: SqliteOptions): Promise<Engine> {
  const lock = use === 'server' ? lockDatabase(file) : noLock;
  try {
    return createEngine(file, await openDatabase(file), { lock, batches });
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function openDatabase(file: string): Promise<DatabaseSync> {
  const database = openForWriting(file);
  try {
    await migrate(createMigrationDatabase(database), { octets: 'blob' });
    database.exec('pragma foreign_keys = on');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Changes nothing, and is written to the disk all the same: SQLite does not compare pages. */
const writeNothing: Write<'written'> = {
  steps: [{ run: { text: 'update revisions set revision = revision', parameters: [] } }],
  done: 'written',
};

interface EngineParts {
  readonly lock: Lock;
  readonly batches: BatchListener | undefined;
}

function createEngine(file: string, database: DatabaseSync, { lock, batches }: EngineParts): Engine {
  const connection = createConnection(database);
  const groupCommit = createGroupCommit(connection, batches?.writes);
  const checkPlaces = watchPlaces([file, `${file}-wal`]);
  const scanner = createScanner(file);
  let closing: Promise<void> | undefined;

  const refuseWhenClosed = (): void => {
    if (closing !== undefined) throw new Error('the storage is closed');
  };

  const close = async (): Promise<void> => {
    groupCommit.flush();
    await scanner.close();
    try {
      database.close();
    } finally {
      lock.close();
    }
  };

  return {
    statement: createStatementCompiler(createCompiler(), jsonLists),
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
