import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { migrationDatabase } from '../migrations/migration-database.ts';
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

/** A Kysely that runs on `database`, for migrations. It does not close the database. */
export function createMigrationDatabase(database: DatabaseSync): Kysely<unknown> {
  const prepared = { close() {}, prepare: (text: string) => prepare(database, text) };
  return migrationDatabase(new SqliteDialect({ database: prepared }));
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
