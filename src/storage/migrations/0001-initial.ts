import type { Kysely, Migration } from 'kysely';
import type { ColumnTypes } from './migrate.ts';

/** Every table of the first version. */
export function initial({ octets }: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await createClients(db);
      await createClientSecrets(db);
      await createClientImages(db, octets);
      await createAuditEvents(db);
      await createKeys(db);
      await createAccounts(db);
      await createTokens(db);
    },
  };
}

async function createClients(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('client_ids')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .execute();
  await db.schema
    .createTable('clients')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull().references('client_ids.id'))
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('owner_id', 'text')
    .addColumn('application_id', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('creation', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('internal', 'integer', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
  await createIndex(db, 'clients', ['created_at', 'creation']);
  await createIndex(db, 'clients', ['owner_id', 'created_at', 'creation']);
  await createIndex(db, 'clients', ['application_id', 'created_at', 'creation']);
}

async function createClientSecrets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('client_secrets')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('client_id', 'text', (column) => column.notNull().references('clients.id').onDelete('cascade'))
    .addColumn('label', 'text')
    .addColumn('verifier_algorithm', 'text', (column) => column.notNull())
    .addColumn('verifier_pepper', 'text')
    .addColumn('verifier_digest', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text')
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await createIndex(db, 'client_secrets', ['client_id', 'created_at', 'id']);
}

async function createClientImages(db: Kysely<unknown>, octets: ColumnTypes['octets']): Promise<void> {
  await db.schema
    .createTable('client_images')
    .addColumn('client_id', 'text', (column) =>
      column.primaryKey().notNull().references('clients.id').onDelete('cascade'),
    )
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addColumn('octets', octets, (column) => column.notNull())
    .execute();
}

async function createAuditEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('face', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('changes', 'text', (column) => column.notNull())
    .execute();
  await createIndex(db, 'audit_events', ['client_id', 'id']);
}

async function createKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('keys')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('public_jwk', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('activated_at', 'bigint')
    .addColumn('retired_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('keys_one_current_one_next')
    .unique()
    .on('keys')
    .columns(['purpose', 'algorithm', 'state'])
    .where('state', 'in', ['current', 'next'])
    .execute();
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('username', 'text', (column) => column.notNull().unique())
    .addColumn('password_hash', 'text')
    .addColumn('administrator', 'integer', (column) => column.notNull())
    .addColumn('disabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('settings')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
}

async function createTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('opaque_access_tokens')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('client_id', 'text', (column) => column.notNull().references('clients.id').onDelete('cascade'))
    .addColumn('claims', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await createIndex(db, 'opaque_access_tokens', ['client_id']);
  await createIndex(db, 'opaque_access_tokens', ['expires_at']);

  await db.schema
    .createTable('denied_tokens')
    .addColumn('jti', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await createIndex(db, 'denied_tokens', ['expires_at']);

  await db.schema
    .createTable('single_use')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('single_use_pkey', ['kind', 'key'])
    .execute();
  await createIndex(db, 'single_use', ['expires_at']);
}

async function createIndex(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  await db.schema
    .createIndex([table, 'by', ...columns].join('_'))
    .on(table)
    .columns([...columns])
    .execute();
}
