import type { Kysely, Migration } from 'kysely';

/** Keys of clients, scopes and identity providers that are kept here, the revisions that tell when they change, and an audit log of them all. */
export const clientKeysAndDirectory: Migration = {
  async up(db: Kysely<unknown>) {
    await createRevisions(db);
    await createClientKeys(db);
    await createScopes(db);
    await createIdentityProviders(db);
    await db.schema.alterTable('audit_events').renameColumn('client_id', 'target_id').execute();
  },
};

async function createRevisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('revisions')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .execute();
  const first = ['client-keys', 'scopes', 'identity-providers'].map((name) => ({ name, revision: 1 }));
  await (db as Kysely<{ revisions: { name: string; revision: number } }>)
    .insertInto('revisions')
    .values(first)
    .execute();
}

/** Without a foreign key: what a deleted client leaves with a remote signer is still to be removed there. */
async function createClientKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('client_keys')
    .addColumn('kid', 'text', (column) => column.primaryKey().notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('public_jwk', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text')
    .addColumn('remote_id', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('retired_at', 'bigint')
    .execute();
  await db.schema.createIndex('client_keys_by_client_id').on('client_keys').columns(['client_id']).execute();
  await db.schema
    .createIndex('client_keys_one_current')
    .unique()
    .on('client_keys')
    .columns(['client_id', 'state'])
    .where('state', '=', 'current')
    .execute();
}

async function createScopes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('scopes')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('label', 'text')
    .addColumn('public', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createIdentityProviders(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('identity_providers')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await (db as Kysely<{ identity_providers: { id: string; name: string; type: string; created_at: number } }>)
    .insertInto('identity_providers')
    .values({
      id: 'd37983e5-df8e-5729-b4a0-92ab5d38b546',
      name: 'Clientele',
      type: 'internal',
      created_at: 0,
    })
    .execute();
  await db.schema
    .alterTable('clients')
    .addColumn('identity_provider_id', 'text', (column) => column.references('identity_providers.id'))
    .execute();
  await db.schema
    .createIndex('clients_by_identity_provider_id')
    .on('clients')
    .columns(['identity_provider_id'])
    .execute();
}
