import type { Engine } from '../engine.ts';
import type { ClientImagesTable, ClientSecretsTable, ClientsTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import type { RecordColumns } from './client-row.ts';

const clientColumns = [
  'id',
  'revision',
  'owner_id',
  'application_id',
  'created_at',
  'creation',
  'enabled',
  'internal',
  'identity_provider_id',
  'backchannel_logout_uri',
  'record',
] as const;

const changingColumns = clientColumns.filter(
  (column) => column !== 'id' && column !== 'created_at' && column !== 'creation',
);

const secretColumns = [
  'id',
  'client_id',
  'label',
  'verifier_algorithm',
  'verifier_pepper',
  'verifier_digest',
  'sealed',
  'hint',
  'created_at',
  'created_by',
  'expires_at',
  'last_used_at',
] as const;

const joinedSecretColumns = secretColumns.map((column) => `client_secrets.${column}` as const);

interface Ids {
  readonly ids: readonly string[];
}

interface ClientAtRevision {
  readonly id: string;
  readonly revision: number;
}

interface SecretOfClient {
  readonly id: string;
  readonly client_id: string;
}

interface AdoptedRow
  extends SecretOfClient,
    Pick<
      ClientSecretsTable,
      'verifier_algorithm' | 'verifier_pepper' | 'verifier_digest' | 'sealed' | 'hint'
    > {
  readonly imported: string;
}

interface SecretsOfClient {
  readonly client_id: string;
}

interface LiveSecrets extends SecretsOfClient {
  readonly now: number;
  readonly limit: number;
}

/** Compiles the statements over a client's record. */
function createRecordStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    load: statement((db, args: Parameters<Ids>) =>
      db
        .selectFrom('clients')
        .leftJoin('client_secrets', 'client_secrets.client_id', 'clients.id')
        .leftJoin('identity_providers', 'identity_providers.id', 'clients.identity_provider_id')
        .select(['clients.record', 'identity_providers.issuer', ...joinedSecretColumns])
        .where(args.in('clients.id', 'ids'))
        .orderBy('clients.id')
        .orderBy('client_secrets.created_at')
        .orderBy('client_secrets.id'),
    ),
    existing: statement((db, args: Parameters<Ids>) =>
      db.selectFrom('clients').select('id').where(args.in('clients.id', 'ids')),
    ),
    insert: statement((db, args: Parameters<ClientsTable>) =>
      db.insertInto('clients').values(args.row(clientColumns)),
    ),
    update: statement((db, args: Parameters<RecordColumns & { readonly expected: number }>) =>
      db
        .updateTable('clients')
        .set(args.row(changingColumns))
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('expected')),
    ),
    /** Changes nothing; locks the row where writes run side by side. */
    guard: statement((db, args: Parameters<ClientAtRevision>) =>
      db
        .updateTable('clients')
        .set((row) => ({ revision: row.ref('revision') }))
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('revision')),
    ),
    /** Secrets, image and opaque tokens go by cascade; the id stays in `subject_ids`. */
    remove: statement((db, args: Parameters<ClientAtRevision>) =>
      db
        .deleteFrom('clients')
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('revision')),
    ),
  };
}

/** Compiles the statements over secrets. */
function createSecretStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    insertSecret: statement((db, args: Parameters<ClientSecretsTable>) =>
      db.insertInto('client_secrets').values(args.row(secretColumns)),
    ),
    deleteSecret: statement((db, args: Parameters<SecretOfClient>) =>
      db
        .deleteFrom('client_secrets')
        .where('id', '=', args.value('id'))
        .where('client_id', '=', args.value('client_id')),
    ),
    deleteSecrets: statement((db, args: Parameters<SecretsOfClient>) =>
      db.deleteFrom('client_secrets').where('client_id', '=', args.value('client_id')),
    ),
    /** One row while at most `limit` secrets are live, none otherwise. */
    guardLiveSecrets: statement((db, args: Parameters<LiveSecrets>) =>
      db
        .selectFrom('client_secrets')
        .select((row) => row.fn.countAll().as('live'))
        .where('client_id', '=', args.value('client_id'))
        .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', args.value('now'))]))
        .having((row) => row.fn.countAll(), '<=', args.value('limit')),
    ),
    /** Only while the imported hash is still there. */
    adoptSecret: statement((db, args: Parameters<AdoptedRow>) =>
      db
        .updateTable('client_secrets')
        .set(args.row(['verifier_algorithm', 'verifier_pepper', 'verifier_digest', 'sealed', 'hint']))
        .where('id', '=', args.value('id'))
        .where('client_id', '=', args.value('client_id'))
        .where('verifier_algorithm', '=', 'imported')
        .where('verifier_digest', '=', args.value('imported')),
    ),
    noteUse: statement((db, args: Parameters<{ readonly id: string; readonly at: number }>) =>
      db
        .updateTable('client_secrets')
        .set({ last_used_at: args.value('at') })
        .where('id', '=', args.value('id'))
        .where((row) =>
          row.or([row('last_used_at', 'is', null), row('last_used_at', '<', args.value('at'))]),
        ),
    ),
  };
}

/** Compiles the statements over images. */
function createImageStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    putImage: statement((db, args: Parameters<ClientImagesTable>) =>
      db
        .insertInto('client_images')
        .values(args.row(['client_id', 'hash', 'media_type', 'octets']))
        .onConflict((conflict) =>
          conflict.column('client_id').doUpdateSet((row) => ({
            hash: row.ref('excluded.hash'),
            media_type: row.ref('excluded.media_type'),
            octets: row.ref('excluded.octets'),
          })),
        ),
    ),
    dropImage: statement((db, args: Parameters<{ readonly client_id: string; readonly kept: string }>) =>
      db
        .deleteFrom('client_images')
        .where('client_id', '=', args.value('client_id'))
        .where('hash', '<>', args.value('kept')),
    ),
    loadImage: statement((db, args: Parameters<Pick<ClientImagesTable, 'client_id' | 'hash'>>) =>
      db
        .selectFrom('client_images')
        .select(['hash', 'media_type', 'octets'])
        .where('client_id', '=', args.value('client_id'))
        .where('hash', '=', args.value('hash')),
    ),
  };
}

/** Compiles every statement of the client store but the lists. */
export function createClientStatements(engine: Pick<Engine, 'statement'>) {
  return {
    ...createRecordStatements(engine),
    ...createSecretStatements(engine),
    ...createImageStatements(engine),
  };
}

/** Every statement of the client store but the lists. */
export type ClientStatements = ReturnType<typeof createClientStatements>;
