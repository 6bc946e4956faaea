import type { AuditEvent } from '../kernel/audit.ts';
import type { EpochSeconds } from '../kernel/clock.ts';

/** The secret that an account shares with an authenticator app. */
export interface TotpSecret {
  readonly accountId: string;
  /** Sealed under `totpContext`. */
  readonly sealed: string;
  /** False until a first code has proven that the app has it. */
  readonly confirmed: boolean;
  /** The time step of the last code that was accepted. */
  readonly lastStep: number;
  readonly createdAt: EpochSeconds;
}

/** A use of the secret as it was read. */
export interface TotpUse {
  readonly accountId: string;
  readonly sealed: string;
  /** The time step that the code is of. */
  readonly step: number;
}

/** What the sealed secret of an account is bound to. */
export function totpContext(accountId: string): string {
  return `totp-secret/${accountId}`;
}

/**
 * The port of second factors to storage. One statement decides each use. A change is one transaction together with its audit entries;
 * default: none.
 */
export interface SecondFactorStore {
  readonly load: (accountId: string) => Promise<TotpSecret | undefined>;
  /** Stores a secret that is not confirmed, in the place of one that was not either. `on`: there is one that is. */
  readonly begin: (secret: TotpSecret) => Promise<'begun' | 'on'>;
  /** Confirms the secret with its first code, and stores hashes of recovery codes. `conflict`: it is another, or confirmed already. */
  readonly confirm: (
    use: TotpUse,
    recoveryHashes: readonly string[],
    audit?: readonly AuditEvent[],
  ) => Promise<'confirmed' | 'conflict'>;
  /** `replayed`: this step or a later one was used, or the secret is another. */
  readonly useStep: (use: TotpUse) => Promise<'used' | 'replayed'>;
  /** Ends one that is in force, with its recovery codes. Of several who end it, one does. */
  readonly turnOff: (accountId: string, audit: readonly AuditEvent[]) => Promise<'ended' | 'off'>;
  /** Forgets a secret that was never confirmed. */
  readonly cancel: (accountId: string) => Promise<void>;
  /** Deletes the secret and the recovery codes. */
  readonly end: (accountId: string, audit?: readonly AuditEvent[]) => Promise<void>;
  /** Hashes of the recovery codes that are not used. */
  readonly recoveryHashes: (accountId: string) => Promise<readonly string[]>;
  /** `off`: there is no confirmed secret. */
  readonly replaceRecoveryHashes: (
    accountId: string,
    hashes: readonly string[],
    audit?: readonly AuditEvent[],
  ) => Promise<'replaced' | 'off'>;
  /** Deletes one. `absent`: it was used already. */
  readonly useRecoveryHash: (accountId: string, hash: string) => Promise<'used' | 'absent'>;
}
