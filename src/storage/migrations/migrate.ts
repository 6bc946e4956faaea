import { type Kysely, Migrator } from 'kysely';
import { initial } from './0001-initial.ts';
import { clientKeysAndDirectory } from './0002-client-keys-and-directory.ts';
import { subjectIds } from './0003-subject-ids.ts';
import { scopeRenames } from './0004-scope-renames.ts';

/** Column types whose names differ between engines. */
export interface ColumnTypes {
  readonly octets: 'blob' | 'bytea';
}

/**
 * Brings a database to the newest schema, in one transaction; no other node may do so at the same time. Applied
 * migrations are never edited: a change of the schema is a new one.
 *
 * @throws Error when a migration fails, or the database was made by a newer version; nothing was changed
 */
export async function migrate(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const migrations = {
    '0001-initial': initial(types),
    '0002-client-keys-and-directory': clientKeysAndDirectory,
    '0003-subject-ids': subjectIds,
    '0004-scope-renames': scopeRenames,
  };
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the database could not be migrated', { cause: error });
}
