import { type Kysely, type Migration, Migrator } from 'kysely';
import { initial } from './0001-initial.ts';
import { clientKeysAndDirectory } from './0002-client-keys-and-directory.ts';
import { subjectIds } from './0003-subject-ids.ts';
import { scopeRenames } from './0004-scope-renames.ts';
import { purgeIndexes } from './0005-purge-indexes.ts';
import { people } from './0006-people.ts';
import { tokenFamilies } from './0007-token-families.ts';
import { providerIssuers } from './0008-provider-issuers.ts';
import { usernameKeys } from './0009-username-keys.ts';
import { pastKeys } from './0010-past-keys.ts';
import type { SchemaVersion } from './versions.ts';

/** Column types whose names differ between engines. */
export interface ColumnTypes {
  readonly octets: 'blob' | 'bytea';
}

function migrationsFor(types: ColumnTypes): Readonly<Record<SchemaVersion, Migration>> {
  return {
    '0001-initial': initial(types),
    '0002-client-keys-and-directory': clientKeysAndDirectory,
    '0003-subject-ids': subjectIds,
    '0004-scope-renames': scopeRenames,
    '0005-purge-indexes': purgeIndexes,
    '0006-people': people,
    '0007-token-families': tokenFamilies,
    '0008-provider-issuers': providerIssuers,
    '0009-username-keys': usernameKeys,
    '0010-past-keys': pastKeys,
  };
}

/**
 * Brings a database to the newest schema, in one transaction; no other node may do so at the same time. Applied
 * migrations are never edited: a change of the schema is a new one.
 *
 * @throws Error when a migration fails; nothing was changed
 */
export async function migrate(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrationsFor(types) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the database could not be migrated', { cause: error });
}
