import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Query } from '../statement.ts';

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** A connection to an SQLite database that keeps the statements that it has prepared. */
export interface Connection {
  readonly database: DatabaseSync;
  /** Runs a query and answers its rows. */
  readonly rows: <Row>(query: Query<Row>) => readonly Row[];
  /** Runs a query and answers how many rows it returned or, if it returns none, changed. */
  readonly count: (query: Query<unknown>) => number;
}

/** Keeps prepared statements for `database`. Texts come from a closed set, so nothing is ever evicted. */
export function createConnection(database: DatabaseSync): Connection {
  const statements = new Map<string, Prepared>();

  const prepare = (text: string): Prepared => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    statements.set(text, prepared);
    return prepared;
  };

  return {
    database,
    rows: <Row>({ text, parameters }: Query<Row>) =>
      prepare(text).statement.all(...parameters) as readonly unknown[] as readonly Row[],
    count: ({ text, parameters }) => {
      const { statement, returnsRows } = prepare(text);
      return returnsRows ? statement.all(...parameters).length : Number(statement.run(...parameters).changes);
    },
  };
}

/**
 * Makes the file, readable by its owner only, unless it exists. A file that exists is not opened: closing it again
 * would drop every lock that this process holds on it (fcntl).
 */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const millisecondsToWaitForALock = 2_000;

/**
 * Opens the connection that writes: a commit is on the disk when it returns (`synchronous = full`, and `fullfsync`
 * where the system's fsync does not flush the drive), until `openLogSync` takes that over.
 * The log is copied into the database every 16 MB: pages that are written again and again, as those of indexes, are copied once for all of them. Foreign keys stay off until the schema is migrated.
 */
export function openForWriting(file: string): DatabaseSync {
  createPrivateFile(file);
  const database = new DatabaseSync(file, {
    timeout: millisecondsToWaitForALock,
    enableForeignKeyConstraints: false,
  });
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma fullfsync = on;
    pragma checkpoint_fullfsync = on;
    pragma trusted_schema = off;
    pragma cache_size = -65536;
    pragma temp_store = memory;
    pragma wal_autocheckpoint = 4000;
    pragma journal_size_limit = 67108864;
  `);
  return database;
}

/** Opens a connection that cannot write. */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: millisecondsToWaitForALock, readOnly: true });
  database.exec('pragma trusted_schema = off; pragma cache_size = -16384;');
  return database;
}
