import type { Kysely, Migration } from 'kysely';

/** The public halves of keys whose time is over: ID tokens come back as hints for as long as sessions live. */
export const pastKeys: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('past_keys')
      .addColumn('kid', 'text', (column) => column.primaryKey().notNull())
      .addColumn('public_jwk', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await schema.createIndex('past_keys_by_expires_at').on('past_keys').columns(['expires_at']).execute();
  },
};
