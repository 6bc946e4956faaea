import { type Kysely, type Migration, sql } from 'kysely';

/**
 * User names are one without regard to case. Of accounts whose names were told apart by it, the oldest gets the name in every
 * spelling; the others have none but their own, exactly, and nobody is kept out.
 */
export const usernameKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('accounts').addColumn('username_key', 'text').execute();
    const { rows } = await sql<{ readonly id: string; readonly username: string }>`
      select id, username from accounts order by created_at, id`.execute(db);
    const taken = new Set<string>();
    for (const { id, username } of rows) {
      const key = username.normalize('NFKC').toLowerCase().normalize('NFKC');
      if (taken.has(key)) continue;
      taken.add(key);
      await sql`update accounts set username_key = ${key} where id = ${id}`.execute(db);
    }
    await db.schema
      .createIndex('accounts_by_username_key')
      .on('accounts')
      .column('username_key')
      .unique()
      .execute();
  },
};
