import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type DialectAdapter,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Schema } from '../schema.ts';
import type { WriteStatement } from '../statement.ts';
import { createStatementWriter, type ListContains } from '../statement-writer.ts';

/** A list is bound as a JSON array, so that one prepared statement serves every length. */
const containsInJson: ListContains = (column, list) =>
  sql`${column} in (select value from json_each(${list}))`;

/** Makes what writes the statements of this engine. */
export function createWriter(): WriteStatement {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  return createStatementWriter(db, containsInJson);
}

/** Kysely's own adapter does not migrate in a transaction, so a crash could leave half a schema; SQLite can. */
const migrationAdapter: DialectAdapter = {
  supportsCreateIfNotExists: true,
  supportsTransactionalDdl: true,
  supportsReturning: true,
  // A tool may migrate beside a server: the transaction keeps the two apart.
  acquireMigrationLock: async () => {},
  releaseMigrationLock: async () => {},
};

/** A Kysely that runs on `database`, for migrations. It does not close the database. */
export function createMigrationDatabase(database: DatabaseSync): Kysely<unknown> {
  const dialect = new SqliteDialect({ database: { close() {}, prepare: (text) => prepare(database, text) } });
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => migrationAdapter,
      createDriver: () => dialect.createDriver(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  });
}

function prepare(database: DatabaseSync, text: string) {
  const statement = database.prepare(text);
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  };
}
