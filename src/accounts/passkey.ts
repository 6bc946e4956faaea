import type { AuditEvent } from '../kernel/audit.ts';
import type { EpochSeconds } from '../kernel/clock.ts';

/** A passkey of an account: a discoverable credential (WebAuthn Level 3 §4). */
export interface Passkey {
  /** The credential id, base64url. */
  readonly id: string;
  readonly accountId: string;
  /** A COSE key, base64url. */
  readonly publicKey: string;
  /** Grows with every use, or stays 0 where the authenticator does not count (WebAuthn Level 3 §6.1.1). */
  readonly signCount: number;
  /** How browsers reach it (WebAuthn Level 3 §5.8.4). */
  readonly transports: readonly string[];
  /** What its person calls it. */
  readonly name: string;
  readonly createdAt: EpochSeconds;
  readonly lastUsedAt: EpochSeconds | null;
}

/** That a passkey was used. */
export interface PasskeyUse {
  readonly id: string;
  /** The count that came with this use. */
  readonly signCount: number;
  readonly at: EpochSeconds;
}

/** The port of passkeys to storage. A change is one transaction together with its audit entries; default: none. */
export interface PasskeyStore {
  readonly find: (id: string) => Promise<Passkey | undefined>;
  /** Oldest first. */
  readonly listOf: (accountId: string) => Promise<readonly Passkey[]>;
  /**
   * `taken`: there is one with this credential id. `full`: the account has `most` of them, however many are added at once.
   * `gone`: there is no such account.
   */
  readonly insert: (
    passkey: Passkey,
    most: number,
    audit?: readonly AuditEvent[],
  ) => Promise<'inserted' | 'taken' | 'full' | 'gone'>;
  /** `stale`: the count is not above the stored one although one of them counts, or the passkey is gone. One statement decides. */
  readonly use: (use: PasskeyUse) => Promise<'used' | 'stale'>;
  readonly rename: (accountId: string, id: string, name: string) => Promise<'renamed' | 'absent'>;
  readonly remove: (
    accountId: string,
    id: string,
    audit?: readonly AuditEvent[],
  ) => Promise<'removed' | 'absent'>;
  readonly removeAll: (accountId: string) => Promise<void>;
}
