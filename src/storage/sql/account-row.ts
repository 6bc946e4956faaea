import type { Account, AccountOrigin, ProfileClaims } from '../../accounts/account.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { AccountsTable } from '../people-schema.ts';

/** The columns that change with an account. */
export const changingAccountColumns = [
  'username',
  'password_hash',
  'administrator',
  'disabled',
  'email',
  'email_verified',
  'claims',
  'revision',
  'updated_at',
] as const;
/** Every column. */
export const accountColumns = ['id', 'origin', 'created_at', ...changingAccountColumns] as const;

/** A row without what names are found by. */
export type AccountRow = Omit<AccountsTable, 'username_key'>;

/** An account as a row. */
export function toAccountRow(account: Account): AccountRow {
  return {
    id: account.id,
    username: account.username,
    password_hash: account.passwordHash,
    administrator: account.administrator ? 1 : 0,
    disabled: account.disabled ? 1 : 0,
    origin: account.origin,
    email: account.email,
    email_verified: account.emailVerified ? 1 : 0,
    claims: JSON.stringify(account.claims),
    revision: account.revision,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  };
}

/** A row as the account. */
export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    passwordHash: row.password_hash,
    administrator: row.administrator === 1,
    disabled: row.disabled === 1,
    origin: row.origin as AccountOrigin,
    email: row.email,
    emailVerified: row.email_verified === 1,
    claims: JSON.parse(row.claims) as ProfileClaims,
    revision: row.revision,
    createdAt: asEpochSeconds(row.created_at),
    updatedAt: asEpochSeconds(row.updated_at),
  };
}

/** An account beside what is its own, in names that do not meet. Its id is that row's `account_id`. */
export const joinedAccountColumns = [
  'accounts.username',
  'accounts.password_hash',
  'accounts.administrator',
  'accounts.disabled',
  'accounts.origin',
  'accounts.email',
  'accounts.email_verified',
  'accounts.claims as account_claims',
  'accounts.revision as account_revision',
  'accounts.created_at as account_created_at',
  'accounts.updated_at as account_updated_at',
] as const;

/** One row of `joinedAccountColumns`, with the id. */
export type JoinedAccountRow = Omit<
  AccountRow,
  'id' | 'claims' | 'revision' | 'created_at' | 'updated_at'
> & {
  readonly account_id: string;
  readonly account_claims: string;
  readonly account_revision: number;
  readonly account_created_at: number;
  readonly account_updated_at: number;
};

/** The account of a joined row. */
export function toJoinedAccount(row: JoinedAccountRow): Account {
  return toAccount({
    id: row.account_id,
    username: row.username,
    password_hash: row.password_hash,
    administrator: row.administrator,
    disabled: row.disabled,
    origin: row.origin,
    email: row.email,
    email_verified: row.email_verified,
    claims: row.account_claims,
    revision: row.account_revision,
    created_at: row.account_created_at,
    updated_at: row.account_updated_at,
  });
}
