import type { EpochSeconds } from '../kernel/clock.ts';

/** An end user. */
export interface Account {
  /** A UUID; the `sub` of tokens issued in its name. */
  readonly id: string;
  /** Unique, compared exactly. */
  readonly username: string;
  /** A PHC string (argon2id); null: it cannot sign in with a password. */
  readonly passwordHash: string | null;
  /** May administer every client. */
  readonly administrator: boolean;
  readonly disabled: boolean;
  readonly createdAt: EpochSeconds;
}

/** The port of `accounts/` to storage. */
export interface AccountStore {
  readonly load: (id: string) => Promise<Account | undefined>;
  readonly findByUsername: (username: string) => Promise<Account | undefined>;
  /** Which of `ids` exist. */
  readonly existing: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** `taken`: the username belongs to another account, or the id is, or ever was, an account's or a client's. */
  readonly insert: (account: Account) => Promise<'inserted' | 'taken'>;
  /** Replaces everything but the id and the time of creation. */
  readonly replace: (account: Account) => Promise<'replaced' | 'absent' | 'taken'>;
}
