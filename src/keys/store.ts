import type { EpochSeconds } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import type { PastKey } from './past-key.ts';

/** What a key is for. A pepper keys the verifiers of client secrets. */
export type KeyPurpose = 'signing' | 'pepper';

/**
 * Where a key stands in its life:
 *
 *     next ──► current ──► retired ──► (removed: the row is deleted)
 *
 * `next` is published but does not sign yet, `current` signs, `retired` is published until the last token that it
 * signed has expired. For each purpose and algorithm exactly one key is current.
 */
export type KeyState = 'next' | 'current' | 'retired';

/** A key at rest. */
export interface StoredKey {
  /** The `kid` of a signing key; the id of a pepper. */
  readonly id: string;
  readonly purpose: KeyPurpose;
  /** A JWS algorithm, or `HS256` for a pepper. */
  readonly algorithm: string;
  readonly state: KeyState;
  /** The private or secret key under the master key. */
  readonly sealed: string;
  /** Null for a pepper. */
  readonly publicJwk: JsonObject | null;
  readonly createdAt: EpochSeconds;
  /** When it began to sign; null while it is `next`. */
  readonly activatedAt: EpochSeconds | null;
  /** When it stopped signing; null before. */
  readonly retiredAt: EpochSeconds | null;
}

/** One step of a key's life: it happens only if the key is still in the state that it leaves. */
export interface KeyTransition {
  readonly id: string;
  readonly from: KeyState;
  readonly to: KeyState | 'removed';
  readonly at: EpochSeconds;
}

/** The port of `keys/` to storage. */
export interface KeyStore {
  readonly loadAll: () => Promise<readonly StoredKey[]>;
  /**
   * Applies all of `transitions` and inserts all of `keys` and `past`, or nothing. `conflict`: a key was not in the state that
   * its transition leaves, or another node has made a key of the same purpose, algorithm and state.
   */
  readonly change: (entry: {
    readonly transitions: readonly KeyTransition[];
    readonly keys: readonly StoredKey[];
    /** What is left of those that are removed; default: nothing. */
    readonly past?: readonly PastKey[];
  }) => Promise<'changed' | 'conflict'>;
}
