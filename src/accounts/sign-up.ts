import { z } from 'zod';
import type { AuditOf } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Account, AccountOrigin, AccountStore } from './account.ts';
import { newAccount } from './accounts.ts';
import type { PasswordFault, PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import { orWait } from './sign-in-limits.ts';
import { isChoosableUsername } from './username.ts';

/** Why an account was not made. */
export type SignUpFault =
  | 'username-unusable'
  | 'username-taken'
  | 'email-unusable'
  | PasswordFault
  | 'too-many-tries'
  | 'busy';

/** Whom an account is made for. */
export interface NewPerson {
  readonly username: string;
  /** Null: none. It is not verified: nobody has proven that it is theirs. */
  readonly email: string | null;
  readonly password: string;
}

/** Makes accounts for people who choose their own password. */
export interface SignUp {
  readonly signUp: (person: NewPerson, audit: AuditOf) => Promise<Account | SignUpFault>;
}

/** What making accounts needs. */
export interface SignUpDependencies {
  readonly store: Pick<AccountStore, 'insert' | 'findByUsername'>;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly clock: Clock;
}

/** Makes it. Whether strangers may have accounts at all is for the caller to know. */
export function createSignUp(deps: SignUpDependencies): SignUp {
  return {
    signUp: (person, audit) =>
      makeAccount(deps, { ...person, administrator: false, origin: 'sign-up' }, audit),
  };
}

/** Whom an account is made for, by whom, and with which role. */
export interface NewAccount extends NewPerson {
  readonly administrator: boolean;
  readonly origin: AccountOrigin;
}

/** Makes an account with a password that keeps to the policy. */
export async function makeAccount(
  { store, passwords, policy, clock }: SignUpDependencies,
  { username, email, password, administrator, origin }: NewAccount,
  audit: AuditOf,
): Promise<Account | SignUpFault> {
  if (!isChoosableUsername(username)) return 'username-unusable';
  if (email !== null && !isEmail(email)) return 'email-unusable';
  const fault = await policy.faultOf(password, { username, email });
  if (fault !== undefined) return fault;
  // Hashing costs; the insertion decides.
  if (await store.findByUsername(username)) return 'username-taken';
  const hashed = await orWait(() => passwords.hash(password));
  if (typeof hashed !== 'string') return hashed.reason;
  const account: Account = {
    ...newAccount({ id: null, username, origin, at: clock.now() }),
    passwordHash: hashed,
    administrator,
    email,
  };
  const outcome = await store.insert(account, [audit('account.created', account.id)]);
  return outcome === 'inserted' ? account : 'username-taken';
}

function isEmail(text: string): boolean {
  return text.length <= 254 && z.email().safeParse(text).success;
}
