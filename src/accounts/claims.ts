import type { JsonValue } from '../kernel/encoding.ts';
import type { Account } from './account.ts';

/**
 * Every standard claim that the account has, by its name, but `sub` (OpenID Connect Core §5.1). Which of them a client may see
 * is for the protocol to say.
 */
export function standardClaims(account: Account): Readonly<Record<string, JsonValue>> {
  const { username, email, emailVerified, claims, createdAt, updatedAt } = account;
  return {
    ...(claims as Readonly<Record<string, JsonValue>>),
    preferred_username: username,
    ...(email !== null && { email, email_verified: emailVerified }),
    // Accounts that are older than this time have none.
    updated_at: Math.max(updatedAt, createdAt),
  };
}
