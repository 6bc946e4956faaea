import { type CreateTableBuilder, type Kysely, type Migration, sql } from 'kysely';

/** Who signs in, how, where, to which clients, and what they have allowed. */
export const people: Migration = {
  async up(db: Kysely<unknown>) {
    await extendAccounts(db);
    await extendClients(db);
    await createCredentials(db);
    await createSessions(db);
    await createConsentsAndGrants(db);
    await createLogoutNotices(db);
  },
};

async function extendAccounts(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  // Until here, nobody but the operator has made one.
  await schema
    .alterTable('accounts')
    .addColumn('origin', 'text', (column) => column.notNull().defaultTo('operator'))
    .execute();
  await schema.alterTable('accounts').addColumn('email', 'text').execute();
  await schema
    .alterTable('accounts')
    .addColumn('email_verified', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('accounts')
    .addColumn('claims', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute();
  await schema
    .alterTable('accounts')
    .addColumn('revision', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('accounts')
    .addColumn('updated_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.alterTable('identity_providers').addColumn('settings', 'text').execute();
  await schema.alterTable('identity_providers').addColumn('sealed', 'text').execute();
}

/** Endings of sessions select the clients that are to be told by it. */
async function extendClients(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('clients').addColumn('backchannel_logout_uri', 'text').execute();
  const { rows } = await sql<{ readonly id: string; readonly record: string }>`
    select id, record from clients`.execute(db);
  for (const { id, record } of rows) {
    const { backchannelLogoutUri = null } = JSON.parse(record);
    if (backchannelLogoutUri === null) continue;
    await sql`update clients set backchannel_logout_uri = ${backchannelLogoutUri} where id = ${id}`.execute(
      db,
    );
  }
}

async function createCredentials(db: Kysely<unknown>): Promise<void> {
  await ofAccount(db.schema.createTable('passkeys').addColumn('id', 'text', primaryKey))
    .addColumn('public_key', 'text', required)
    .addColumn('sign_count', 'bigint', required)
    .addColumn('transports', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('last_used_at', 'bigint')
    .execute();
  await index(db, 'passkeys', ['account_id']);
  await db.schema
    .createTable('totp_secrets')
    .addColumn('account_id', 'text', (column) =>
      column.primaryKey().notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('sealed', 'text', required)
    .addColumn('confirmed', 'integer', required)
    .addColumn('last_step', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .execute();
  await ofAccount(db.schema.createTable('recovery_codes'))
    .addColumn('hash', 'text', required)
    .addPrimaryKeyConstraint('recovery_codes_primary', ['account_id', 'hash'])
    .execute();
  await ofAccount(db.schema.createTable('federated_identities'))
    .addColumn('provider_id', 'text', (column) =>
      column.notNull().references('identity_providers.id').onDelete('cascade'),
    )
    .addColumn('issuer', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addPrimaryKeyConstraint('federated_identities_primary', ['provider_id', 'issuer', 'subject'])
    .execute();
  await index(db, 'federated_identities', ['account_id']);
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await ofAccount(db.schema.createTable('sessions').addColumn('id', 'text', primaryKey))
    .addColumn('secret_hash', 'text', required)
    .addColumn('identity_provider_id', 'text', required)
    .addColumn('auth_time', 'bigint', required)
    .addColumn('acr', 'text')
    .addColumn('amr', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('last_seen_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .addColumn('user_agent', 'text')
    .execute();
  await index(db, 'sessions', ['account_id']);
  await index(db, 'sessions', ['expires_at']);
  await ofClient(
    db.schema
      .createTable('session_clients')
      .addColumn('session_id', 'text', (column) =>
        column.notNull().references('sessions.id').onDelete('cascade'),
      ),
  )
    .addColumn('created_at', 'bigint', required)
    .addPrimaryKeyConstraint('session_clients_primary', ['session_id', 'client_id'])
    .execute();
  await index(db, 'session_clients', ['client_id']);
  await db.schema
    .createTable('interactions')
    .addColumn('id', 'text', primaryKey)
    .addColumn('browser_hash', 'text', required)
    .addColumn('kind', 'text', required)
    .addColumn('revision', 'bigint', required)
    .addColumn('state', 'text', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await index(db, 'interactions', ['expires_at']);
}

async function createConsentsAndGrants(db: Kysely<unknown>): Promise<void> {
  await ofClient(ofAccount(db.schema.createTable('consents').addColumn('id', 'text', primaryKey)))
    .addColumn('revision', 'bigint', required)
    .addColumn('record', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('last_used_at', 'bigint', required)
    .addUniqueConstraint('consents_of_client_and_account', ['client_id', 'account_id'])
    .execute();
  await index(db, 'consents', ['account_id']);
  await ofClient(ofAccount(db.schema.createTable('grants').addColumn('id', 'text', primaryKey)))
    .addColumn('consent_id', 'text', (column) =>
      column.notNull().references('consents.id').onDelete('cascade'),
    )
    .addColumn('session_id', 'text', required)
    .addColumn('offline', 'integer', required)
    .addColumn('record', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  for (const column of ['consent_id', 'client_id', 'account_id', 'session_id', 'expires_at']) {
    await index(db, 'grants', [column]);
  }
  await ofGrant(db.schema.createTable('authorization_codes').addColumn('hash', 'text', primaryKey))
    .addColumn('record', 'text', required)
    .addColumn('used_at', 'bigint')
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await ofGrant(db.schema.createTable('refresh_tokens').addColumn('hash', 'text', primaryKey))
    .addColumn('issued_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .addColumn('rotated_at', 'bigint')
    .addColumn('answer', 'text')
    .addColumn('answers_given', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  for (const table of ['authorization_codes', 'refresh_tokens']) {
    await index(db, table, ['grant_id']);
    await index(db, table, ['expires_at']);
  }
  await db.schema
    .createIndex('refresh_tokens_with_answer')
    .on('refresh_tokens')
    .column('rotated_at')
    .where(sql.ref('answer'), 'is not', null)
    .execute();
}

async function createLogoutNotices(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('logout_notices')
    .addColumn('session_id', 'text', required)
    .addColumn('client_id', 'text', required)
    .addColumn('account_id', 'text', required)
    .addColumn('record', 'text')
    .addColumn('created_at', 'bigint', required)
    .addColumn('due_at', 'bigint', required)
    .addColumn('attempts', 'bigint', required)
    .addColumn('state', 'text', required)
    .addColumn('fault', 'text')
    .addColumn('settled_at', 'bigint')
    .addColumn('expires_at', 'bigint', required)
    .addPrimaryKeyConstraint('logout_notices_primary', ['session_id', 'client_id'])
    .execute();
  await index(db, 'logout_notices', ['state', 'due_at']);
  await index(db, 'logout_notices', ['client_id']);
  await index(db, 'logout_notices', ['expires_at']);
}

type Table = CreateTableBuilder<string, string>;

const required = (column: Parameters<NonNullable<Parameters<Table['addColumn']>[2]>>[0]) => column.notNull();
const primaryKey: typeof required = (column) => column.primaryKey().notNull();

/** Goes with its account. */
function ofAccount(table: Table): Table {
  return table.addColumn('account_id', 'text', (column) =>
    column.notNull().references('accounts.id').onDelete('cascade'),
  );
}

/** Goes with its client. */
function ofClient(table: Table): Table {
  return table.addColumn('client_id', 'text', (column) =>
    column.notNull().references('clients.id').onDelete('cascade'),
  );
}

/** Goes with its grant. */
function ofGrant(table: Table): Table {
  return table.addColumn('grant_id', 'text', (column) =>
    column.notNull().references('grants.id').onDelete('cascade'),
  );
}

function index(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  return db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns([...columns])
    .execute();
}
