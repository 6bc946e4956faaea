import type { EpochSeconds } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';

/**
 * Where a client's key stands in its life:
 *
 *     current ──► retired ──► removed ──► (deleted)
 *        │      the client is    ▲
 *        └───────────────────────┘
 *                deleted
 *
 * `current` signs, `retired` is published until what it signed has expired, `removed` is published no more: it goes at once
 * where it is held here, and once its remote signer has forgotten it where that holds it.
 */
export type ClientKeyState = 'current' | 'retired' | 'removed';

/** A client's key at rest. */
export interface StoredClientKey {
  readonly kid: string;
  readonly clientId: string;
  /** Public members alone. */
  readonly publicJwk: JsonObject;
  /** PKCS #8 under the master key; null where a remote signer holds the key. */
  readonly sealed: string | null;
  /** What the remote signer calls the key; null where it is here. */
  readonly remoteId: string | null;
}

/** The port of `keys/` to the stored keys of clients. The registry writes them, in the transaction of the record. */
export interface ClientKeyStore {
  /** The key that signs for a client, read after this call began. Calls of one tick share one read. */
  readonly current: (clientId: string) => Promise<StoredClientKey | undefined>;
  /** The public keys that are published. */
  readonly published: () => Promise<readonly JsonObject[]>;
  /** Grows with every change of what `published` answers. */
  readonly revision: () => Promise<number>;
  /** Whether a key is stored, whoever's it is and wherever it stands in its life. */
  readonly has: (kid: string) => Promise<boolean>;
  /** Makes at most `limit` keys that were retired before `retiredBefore` removed ones, and past keys until `hintsUntil`; answers how many it found. */
  readonly withdraw: (
    retiredBefore: EpochSeconds,
    limit: number,
    hintsUntil: EpochSeconds,
  ) => Promise<number>;
  /** Deletes at most `limit` removed keys that are held here; answers how many went. */
  readonly deleteLocal: (limit: number) => Promise<number>;
  /** At most `limit` removed keys that a remote signer holds, by `kid`, from behind `after` on. */
  readonly removedRemote: (after: string, limit: number) => Promise<readonly StoredClientKey[]>;
  /** Deletes removed keys. */
  readonly delete: (kids: readonly string[]) => Promise<void>;
}
