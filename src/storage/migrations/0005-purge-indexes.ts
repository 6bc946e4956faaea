import type { Kysely, Migration } from 'kysely';

/** What is purged once a minute is found without reading the whole table. */
export const purgeIndexes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('audit_events_by_at').on('audit_events').columns(['at']).execute();
    await db.schema
      .createIndex('client_keys_by_state_retired_at')
      .on('client_keys')
      .columns(['state', 'retired_at'])
      .execute();
  },
};
