import type { AuditOf } from '../kernel/audit.ts';
import type { Account, AccountStore } from './account.ts';
import type { PasswordFault, PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import { orWait, type SignInLimits, type Wait } from './sign-in-limits.ts';

/** What became of a change. */
export type PasswordChangeOutcome = 'changed' | 'wrong-credentials' | PasswordFault | Wait;

/** Lets people change their password. */
export interface PasswordChange {
  /**
   * Changes the password of who is signed in. What ends with it (the other sessions) is for the caller to end.
   * @param change.current null: the account has none yet
   */
  readonly change: (change: {
    readonly account: Pick<Account, 'id'>;
    readonly current: string | null;
    readonly next: string;
    readonly audit: AuditOf;
  }) => Promise<PasswordChangeOutcome>;
}

/** What changing a password needs. */
export interface PasswordChangeDependencies {
  readonly store: Pick<AccountStore, 'load' | 'replacePassword'>;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly limits: Pick<SignInLimits, 'perSecondFactor'>;
}

/** Makes it. A session alone does not do: whoever finds a browser open must not keep the account. */
export function createPasswordChange(deps: PasswordChangeDependencies): PasswordChange {
  return {
    change: (change) => orWait(() => changePassword(deps, change)),
  };
}

async function changePassword(
  { store, passwords, policy, limits }: PasswordChangeDependencies,
  { account: { id }, current, next, audit }: Parameters<PasswordChange['change']>[0],
): Promise<Exclude<PasswordChangeOutcome, Wait>> {
  const account = await store.load(id);
  if (account === undefined || account.disabled) return 'wrong-credentials';
  const fault = await policy.faultOf(next, account);
  if (fault !== undefined) return fault;
  const before = account.passwordHash;
  if (before !== null) {
    limits.perSecondFactor?.take(`password ${id}`);
    if (!(await passwords.verify(current ?? '', before))) return 'wrong-credentials';
  }
  const after = await passwords.hash(next);
  const outcome = await store.replacePassword({ id, before, after }, [audit('account.password-changed', id)]);
  // Somebody else has changed it meanwhile: what was verified is the password no more.
  return outcome === 'replaced' ? 'changed' : 'wrong-credentials';
}
