import type { AuditEvent } from '../kernel/audit.ts';
import type { EpochSeconds } from '../kernel/clock.ts';

/** An address (OpenID Connect Core §5.1.1). */
export interface AddressClaim {
  readonly formatted?: string;
  readonly street_address?: string;
  readonly locality?: string;
  readonly region?: string;
  readonly postal_code?: string;
  readonly country?: string;
}

/** The standard claims that an account has beside its id, its user name and its e-mail address (OpenID Connect Core §5.1). */
export interface ProfileClaims {
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly middle_name?: string;
  readonly nickname?: string;
  readonly profile?: string;
  readonly picture?: string;
  readonly website?: string;
  readonly gender?: string;
  readonly birthdate?: string;
  readonly zoneinfo?: string;
  readonly locale?: string;
  readonly phone_number?: string;
  readonly phone_number_verified?: boolean;
  readonly address?: AddressClaim;
}

/** Who has made an account: the operator, its person (`sign-up`), or the first sign-in at another identity provider (`provider`). */
export type AccountOrigin = 'operator' | 'sign-up' | 'provider';

/** An end user. */
export interface Account {
  /** A UUID; the `sub` of tokens issued in its name. */
  readonly id: string;
  /** Unique by its `usernameKey`, and shown as it is written. */
  readonly username: string;
  /** A PHC string (argon2id); null: it cannot sign in with a password. */
  readonly passwordHash: string | null;
  /** May administer every client. */
  readonly administrator: boolean;
  readonly disabled: boolean;
  /** A name that somebody else has chosen names nobody to the operator. */
  readonly origin: AccountOrigin;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly claims: ProfileClaims;
  /** Grows by one with each change. */
  readonly revision: number;
  readonly createdAt: EpochSeconds;
  readonly updatedAt: EpochSeconds;
}

/** A part of the accounts, in the order of their user names. */
export interface AccountPage {
  /** The user name that the page begins behind; null: the first page. */
  readonly after: string | null;
  readonly limit: number;
}

/** A password that takes the place of another, valid only while that one is there. */
export interface PasswordReplacement {
  readonly id: string;
  /** The hash that is stored; null: there is none. */
  readonly before: string | null;
  readonly after: string;
}

/** The port of `accounts/` to storage. A change is one transaction together with its audit entries; default: none. */
export interface AccountStore {
  /** Calls of one tick share one read. */
  readonly load: (id: string) => Promise<Account | undefined>;
  /**
   * By `usernameKey`. Where accounts were made when case told names apart, each is found by its exact name first, and by others
   * the oldest of them.
   */
  readonly findByUsername: (username: string) => Promise<Account | undefined>;
  /** Which of `ids` exist. */
  readonly existing: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly list: (page: AccountPage) => Promise<readonly Account[]>;
  /** `taken`: the username belongs to another account, or the id is, or ever was, an account's or a client's. */
  readonly insert: (account: Account, audit?: readonly AuditEvent[]) => Promise<'inserted' | 'taken'>;
  /**
   * Stores an account as it was read, with changes: everything but the id, the origin and the time of creation. Its revision grows by one.
   * `conflict`: the stored revision is another, or there is no such account. `taken`: the username belongs to another account.
   */
  readonly replace: (
    account: Account,
    audit?: readonly AuditEvent[],
  ) => Promise<'replaced' | 'conflict' | 'taken'>;
  /** Replaces the password alone; the time of the last change stays, since clients are told it as that of the profile. */
  readonly replacePassword: (
    replacement: PasswordReplacement,
    audit?: readonly AuditEvent[],
  ) => Promise<'replaced' | 'conflict'>;
}
