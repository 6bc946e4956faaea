import type { Kysely, Migration } from 'kysely';

/** The former name of a scope whose renaming not every record has followed yet. */
export const scopeRenames: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('scopes').addColumn('renamed_from', 'text').execute();
  },
};
