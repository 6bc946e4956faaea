import type { DatabaseSync } from 'node:sqlite';

/** The names of the migrations that were applied to a database, in their order; none in a database that nobody has migrated. */
export function readSchemaVersions(database: DatabaseSync): readonly string[] {
  const tables = database.prepare(`select name from sqlite_schema where name = 'kysely_migration'`).all();
  if (tables.length === 0) return [];
  const applied = database.prepare('select name from kysely_migration order by name').all();
  return applied.map((row) => String(row['name']));
}
