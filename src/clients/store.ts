import type { AuditEvent } from '../kernel/audit.ts';
import type { EpochSeconds } from '../kernel/clock.ts';
import type { Client } from './client.ts';
import type { ClientKey } from './key-pair.ts';
import type { AdoptedSecret, ClientSecret } from './secret.ts';

/** A client as it is at rest: the record, and beside it its secrets, oldest first. */
export interface StoredClient {
  readonly client: Client;
  readonly secrets: readonly ClientSecret[];
  /** The issuer of the provider that its people sign in at, as it is now; absent: they do here. */
  readonly providerIssuer?: string;
}

/** An image that this server keeps for a client. */
export interface LogoImage {
  /** Lower-case hex SHA-256 of `octets`. */
  readonly hash: string;
  readonly mediaType: string;
  readonly octets: Uint8Array;
}

/** Which clients a caller may see; absent: all. */
export interface Visibility {
  readonly ownerId: string;
  readonly applicationIds: readonly string[];
}

/** A new client with its first secrets and its key pair. */
export interface ClientInsert {
  readonly client: Client;
  readonly secrets: readonly ClientSecret[];
  /** Absent: the server's keys sign for it. */
  readonly key?: ClientKey;
  /** The revision that the scopes must be at, since the record names some. Absent: any. */
  readonly scopesRevision?: number;
  readonly audit: AuditEvent;
}

/** A changed record, valid only over the revision that it was made from (`client.revision - 1`). */
export interface ClientUpdate {
  readonly client: Client;
  /** An image stored with the record, replacing the kept one. Absent: what is kept stays while the record names it. */
  readonly image?: LogoImage;
  /** The key pair that takes over from the present one, which stays published for a while; null: none does. Absent: kept. */
  readonly key?: ClientKey | null;
  /** The revision that the scopes must be at, since the record names some that it did not. Absent: any. */
  readonly scopesRevision?: number;
  /** The secret that takes the place of all others with the record. Absent: they are kept. */
  readonly secret?: ClientSecret;
  /** An entry that stands beside that of the change, such as the reading of a secret in its answer. */
  readonly reading?: AuditEvent;
  readonly audit: AuditEvent;
}

/** A change of secrets alone, valid only while the record is at `revision`. */
export interface SecretsUpdate {
  readonly clientId: string;
  readonly revision: number;
  /** Ids of the secrets that end now; `all` for every one. */
  readonly revoke: readonly string[] | 'all';
  readonly add: readonly ClientSecret[];
  /** The most secrets that may be live afterwards. */
  readonly limit: number;
  readonly audit: AuditEvent;
}

/**
 * The registry's port to storage. Every write is one transaction together with its audit entry, durable when its
 * promise resolves; a race is an outcome, never an exception.
 */
export interface ClientStore {
  /** The current row, read after this call began. Calls of one tick share one read. */
  readonly load: (id: string) => Promise<StoredClient | undefined>;
  /** Whether `id` is, or ever was, a client's. */
  readonly wasClient: (id: string) => Promise<boolean>;
  /** Which of `ids` are registered now. */
  readonly existing: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Clients in order of creation, without secrets. */
  readonly list: (filter: {
    readonly applicationId?: string;
    readonly visibility?: Visibility;
  }) => Promise<readonly Client[]>;
  /** Ids of the clients whose record names `scope`. */
  readonly namingScope: (scope: string) => Promise<readonly string[]>;
  /**
   * `taken`: the id is, or ever was, another client's or an account's. `conflict`: its identity provider went meanwhile, or scopes changed.
   * `duplicate`: `key` is stored already.
   */
  readonly insert: (entry: ClientInsert) => Promise<'inserted' | 'taken' | 'conflict' | 'duplicate'>;
  /**
   * `conflict`: the stored revision or that of the scopes is another, or the client or its identity provider is gone. `duplicate`: `key`
   * is stored already. `crowded`: beside `key` the client would have more than `mostRetiredKeys` former ones.
   */
  readonly update: (entry: ClientUpdate) => Promise<'updated' | 'conflict' | 'duplicate' | 'crowded'>;
  /** `absent`: a secret in `revoke` does not exist. `full`: more than `limit` would be live. */
  readonly updateSecrets: (entry: SecretsUpdate) => Promise<'updated' | 'conflict' | 'absent' | 'full'>;
  /**
   * Deletes the client with its secrets, image, keys and tokens, and with what people have allowed it; its id stays taken for ever. It is
   * still to be told that its sessions have ended, where its record asks for it.
   */
  readonly remove: (entry: {
    readonly id: string;
    readonly revision: number;
    readonly audit: AuditEvent;
  }) => Promise<'removed' | 'conflict'>;
  /** Writes an audit entry that stands alone, such as the reading of a secret. */
  readonly appendAudit: (audit: AuditEvent) => Promise<void>;
  /** The kept image, when the client's record still names `hash`. */
  readonly loadImage: (clientId: string, hash: string) => Promise<LogoImage | undefined>;
  /** Replaces an imported hash by a keyed verifier; `conflict`: it is there no more. No audit entry, no revision. */
  readonly adoptSecret: (entry: AdoptedSecret) => Promise<'adopted' | 'conflict'>;
  /** Notes that secrets were used; no audit entry, no revision. */
  readonly recordSecretUse: (
    uses: readonly { readonly secretId: string; readonly at: EpochSeconds }[],
  ) => Promise<void>;
}
