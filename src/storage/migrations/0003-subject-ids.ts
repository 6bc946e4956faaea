import { type Kysely, type Migration, sql } from 'kysely';

/** One table takes the ids of clients and of accounts, so that whichever of the two comes second sees that the id is taken. */
export const subjectIds: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('client_ids').renameTo('subject_ids').execute();
    await sql`insert into subject_ids (id) select id from accounts where true on conflict do nothing`.execute(
      db,
    );
  },
};
