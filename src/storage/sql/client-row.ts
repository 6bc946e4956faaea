import type { Client } from '../../clients/client.ts';
import type { ClientSecret, SecretVerifier } from '../../clients/secret.ts';
import type { StoredClient } from '../../clients/store.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { ClientSecretsTable, ClientsTable } from '../schema.ts';

/** The columns of `clients` that change with the record. */
export type RecordColumns = Omit<ClientsTable, 'created_at' | 'creation'>;

/** A record as a row. */
export function toRecordColumns(client: Client): RecordColumns {
  return {
    id: client.id,
    revision: client.revision,
    owner_id: client.ownerId,
    application_id: client.applicationId,
    enabled: client.enabled ? 1 : 0,
    internal: client.internal ? 1 : 0,
    identity_provider_id: client.identityProviderId,
    backchannel_logout_uri: client.backchannelLogoutUri,
    record: JSON.stringify(client),
  };
}

/** Reads a stored record, the only place that trusts what it finds: nobody but this module writes one. */
export function parseRecord(record: string): Client {
  return JSON.parse(record) as Client;
}

/** A secret as a row. */
export function toSecretRow(clientId: string, secret: ClientSecret): ClientSecretsTable {
  return {
    id: secret.id,
    client_id: clientId,
    label: secret.label,
    verifier_algorithm: secret.verifier.algorithm,
    verifier_pepper: secret.verifier.algorithm === 'imported' ? null : secret.verifier.pepper,
    verifier_digest: secret.verifier.digest,
    sealed: secret.sealed,
    hint: secret.hint,
    created_at: secret.createdAt,
    created_by: secret.createdBy,
    expires_at: secret.expiresAt,
    last_used_at: secret.lastUsedAt,
  };
}

function toVerifier(row: ClientSecretsTable): SecretVerifier {
  const { verifier_algorithm: algorithm, verifier_pepper: pepper, verifier_digest: digest } = row;
  return algorithm === 'imported' ? { algorithm, digest } : { algorithm, pepper: pepper ?? '', digest };
}

function toSecret(row: ClientSecretsTable): ClientSecret {
  return {
    id: row.id,
    label: row.label,
    verifier: toVerifier(row),
    sealed: row.sealed,
    hint: row.hint,
    createdAt: asEpochSeconds(row.created_at),
    createdBy: row.created_by,
    expiresAt: row.expires_at === null ? null : asEpochSeconds(row.expires_at),
    lastUsedAt: row.last_used_at === null ? null : asEpochSeconds(row.last_used_at),
  };
}

type Nullable<Row> = { readonly [Column in keyof Row]: Row[Column] | null };

interface RecordRow {
  readonly record: string;
  /** Of the provider that the record names. */
  readonly issuer: string | null;
}

/** One row of clients LEFT JOIN client_secrets: the record and one of its secrets, or nulls when it has none. */
export type JoinedRow = Nullable<ClientSecretsTable> & RecordRow;

function hasSecret(row: JoinedRow): row is ClientSecretsTable & RecordRow {
  return row.id !== null;
}

/** Gathers joined rows into clients. The rows of one client stand together, its secrets in the wanted order. */
export function toStoredClients(rows: readonly JoinedRow[]): ReadonlyMap<string, StoredClient> {
  const clients = new Map<string, StoredClient>();
  let client: Client | undefined;
  let record: string | undefined;
  let secrets: ClientSecret[] = [];
  for (const row of rows) {
    if (client === undefined || row.record !== record) {
      record = row.record;
      client = parseRecord(record);
      secrets = [];
      const { issuer } = row;
      clients.set(
        client.id,
        issuer === null ? { client, secrets } : { client, secrets, providerIssuer: issuer },
      );
    }
    if (hasSecret(row)) secrets.push(toSecret(row));
  }
  return clients;
}
