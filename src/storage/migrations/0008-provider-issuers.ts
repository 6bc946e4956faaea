import { type Kysely, type Migration, sql } from 'kysely';

/**
 * A sign-in at another provider counts while the provider has the issuer that it had then. Sessions that are there are taken to be from
 * the issuers of this moment; what clients hold from them does not tell, and ends.
 */
export const providerIssuers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('identity_providers').addColumn('issuer', 'text').execute();
    await db.schema.alterTable('sessions').addColumn('provider_issuer', 'text').execute();
    const { rows } = await sql<{ readonly id: string; readonly settings: string }>`
      select id, settings from identity_providers where settings is not null`.execute(db);
    for (const { id, settings } of rows) {
      const { issuer } = JSON.parse(settings);
      await sql`update identity_providers set issuer = ${issuer} where id = ${id}`.execute(db);
      await sql`update sessions set provider_issuer = ${issuer} where identity_provider_id = ${id}`.execute(
        db,
      );
    }
  },
};
