import type { SecretVerifier } from '../clients/secret.ts';
import type { AuditAction, AuditEvent } from '../kernel/audit.ts';
import type { ClientKeyState } from '../keys/client-key-store.ts';
import type { KeyPurpose, KeyState } from '../keys/store.ts';
import type { PeopleSchema } from './people-schema.ts';

/**
 * A truth value as 0 or 1: SQLite has no type of its own for it.
 *
 * The other conventions: times are integers of epoch seconds, documents are JSON in text columns, names are snake_case.
 */
export type Flag = 0 | 1;

/** Every id that a client or an account has ever had; never deleted, so that no token of a deleted one comes back to life. */
export interface SubjectIdsTable {
  readonly id: string;
}

/** Clients. The columns beside `record` repeat what statements select, order and guard by. */
export interface ClientsTable {
  readonly id: string;
  readonly revision: number;
  readonly owner_id: string | null;
  readonly application_id: string | null;
  readonly created_at: number;
  /** Id of the audit entry of the creation: orders the clients that were created within one second. */
  readonly creation: string;
  readonly enabled: Flag;
  readonly internal: Flag;
  /** The provider that the record names; it cannot go while a record does. */
  readonly identity_provider_id: string | null;
  /** Not null: the client is to be told when sessions end. */
  readonly backchannel_logout_uri: string | null;
  /** The whole `Client` as JSON. */
  readonly record: string;
}

/** Secrets of clients; deleted with their client. */
export interface ClientSecretsTable {
  readonly id: string;
  readonly client_id: string;
  readonly label: string | null;
  readonly verifier_algorithm: SecretVerifier['algorithm'];
  readonly verifier_pepper: string | null;
  readonly verifier_digest: string;
  readonly sealed: string | null;
  readonly hint: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

/** The image that is kept for a client; deleted with it. */
export interface ClientImagesTable {
  readonly client_id: string;
  readonly hash: string;
  readonly media_type: string;
  readonly octets: Uint8Array;
}

/** The audit log. It outlives what it speaks of. */
export interface AuditEventsTable {
  readonly id: string;
  readonly at: number;
  readonly action: AuditAction;
  readonly target_id: string;
  readonly actor: string;
  readonly face: AuditEvent['face'];
  readonly request_id: string;
  /** `FieldChange[]` as JSON. */
  readonly changes: string;
}

/** Keys, sealed. At most one row per purpose and algorithm is `current`, and at most one `next`. */
export interface KeysTable {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: string;
  readonly state: KeyState;
  readonly sealed: string;
  /** A JWK as JSON. */
  readonly public_jwk: string | null;
  readonly created_at: number;
  readonly activated_at: number | null;
  readonly retired_at: number | null;
}

/** Key pairs of clients. At most one of a client is `current`. Those of deleted clients stay until they are purged. */
export interface ClientKeysTable {
  readonly kid: string;
  readonly client_id: string;
  readonly state: ClientKeyState;
  /** A JWK as JSON. */
  readonly public_jwk: string;
  readonly sealed: string | null;
  readonly remote_id: string | null;
  readonly created_at: number;
  readonly retired_at: number | null;
}

/** Public halves of keys that are removed, of the server and of clients. */
export interface PastKeysTable {
  readonly kid: string;
  /** A JWK as JSON. */
  readonly public_jwk: string;
  readonly expires_at: number;
}

/** A number for each thing that nodes keep in memory: it grows with every change of the thing. */
export interface RevisionsTable {
  readonly name: RevisionName;
  readonly revision: number;
}

/** What has a revision. */
export type RevisionName = 'client-keys' | 'scopes' | 'identity-providers';

/** Scopes that are registered, beside those that are built in or declared. */
export interface ScopesTable {
  readonly id: string;
  readonly name: string;
  readonly label: string | null;
  readonly public: Flag;
  readonly created_at: number;
  /** The name that records may still have, while a renaming is not finished. */
  readonly renamed_from: string | null;
}

/** Identity providers, the built-in one too. */
export interface IdentityProvidersTable {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly created_at: number;
  /** What its type needs, as JSON; null: nothing. */
  readonly settings: string | null;
  /** The one in `settings`; null: it has none. */
  readonly issuer: string | null;
  /** The secret that it has given this server, sealed. */
  readonly sealed: string | null;
}

/** Small facts that outlive a start. */
export interface SettingsTable {
  readonly key: string;
  readonly value: string;
}

/** Opaque access tokens by hash; deleted with their client. */
export interface OpaqueAccessTokensTable {
  readonly hash: string;
  readonly client_id: string;
  /** The claims as JSON. */
  readonly claims: string;
  readonly expires_at: number;
}

/** The `jti` of every JWT access token that was revoked before it expired. */
export interface DeniedTokensTable {
  readonly jti: string;
  readonly expires_at: number;
}

/** Tombstones of values that may be used once. */
export interface SingleUseTable {
  readonly kind: string;
  readonly key: string;
  readonly expires_at: number;
}

/** Every table, as Kysely sees them. */
export interface Schema extends PeopleSchema {
  readonly subject_ids: SubjectIdsTable;
  readonly clients: ClientsTable;
  readonly client_secrets: ClientSecretsTable;
  readonly client_images: ClientImagesTable;
  readonly audit_events: AuditEventsTable;
  readonly keys: KeysTable;
  readonly client_keys: ClientKeysTable;
  readonly past_keys: PastKeysTable;
  readonly revisions: RevisionsTable;
  readonly scopes: ScopesTable;
  readonly identity_providers: IdentityProvidersTable;
  readonly settings: SettingsTable;
  readonly opaque_access_tokens: OpaqueAccessTokensTable;
  readonly denied_tokens: DeniedTokensTable;
  readonly single_use: SingleUseTable;
}
