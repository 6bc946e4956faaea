import type { AuditEvent, AuditOf } from '../kernel/audit.ts';
import type { Account, AccountStore } from './account.ts';
import { changesOf } from './account-changes.ts';
import type { PasskeyStore } from './passkey.ts';
import type { PasswordFault } from './password-policy.ts';
import type { SecondFactorStore } from './second-factor-store.ts';
import { makeAccount, type NewPerson, type SignUpDependencies, type SignUpFault } from './sign-up.ts';

/** Port: ends what an account is signed in to, and tells the clients that asked to be told. */
export interface AccountEndings {
  /** Ends every session, and everything that clients hold in the name of the account. What it has allowed them stays. */
  readonly endAccount: (accountId: string, audit?: AuditOf) => Promise<unknown>;
}

/** What operators do to accounts. A name is that of a user; `absent`: nobody has it. */
export interface ManagedAccounts {
  /** Every account, in the order of the user names, some at a time. */
  readonly pages: () => AsyncIterable<readonly Account[]>;
  readonly create: (
    person: NewPerson & { readonly administrator: boolean },
  ) => Promise<Account | SignUpFault>;
  /** Nobody signs in to it any more, and everything that was in force for it has ended. */
  readonly disable: (username: string) => Promise<'disabled' | 'absent'>;
  readonly enable: (username: string) => Promise<'enabled' | 'absent'>;
  /** Ends every session, and everything that clients hold in the name of the account, which may sign in again at once. */
  readonly signOut: (username: string) => Promise<'signed-out' | 'absent'>;
  /** Does so for every account, and answers how many there are. */
  readonly signOutAll: () => Promise<number>;
  /**
   * Sets another password, and ends every session and everything that clients hold in the name of the account, offline too: whoever
   * was in it may have let a client in.
   * @param factors `forget`: passkeys, authenticator app and recovery codes go too, for who has lost them or has others in the account
   */
  readonly resetPassword: (
    username: string,
    password: string,
    factors: 'keep' | 'forget',
  ) => Promise<'reset' | 'absent' | PasswordFault>;
}

const accountsAtOnce = 500;

/** Makes it. */
export function createManagedAccounts(
  deps: Omit<SignUpDependencies, 'store'> & {
    readonly store: AccountStore;
    readonly passkeys: Pick<PasskeyStore, 'removeAll'>;
    readonly secondFactors: Pick<SecondFactorStore, 'end'>;
    readonly endings: AccountEndings;
    readonly audit: AuditOf;
  },
): ManagedAccounts {
  const { store, passwords, policy, endings, audit } = deps;

  /** Changes the account as it is, however often somebody else does meanwhile. */
  const change = async (
    username: string,
    changes: Partial<Account>,
    entriesOf: (before: Account, after: Account) => readonly AuditEvent[],
  ): Promise<Account | undefined> => {
    for (;;) {
      const account = await store.findByUsername(username);
      if (account === undefined) return undefined;
      const changed = { ...account, ...changes, updatedAt: deps.clock.now() };
      if ((await store.replace(changed, entriesOf(account, changed))) === 'replaced') return account;
    }
  };
  const set = (username: string, changes: Pick<Account, 'disabled'>) =>
    change(username, changes, (before, after) => [
      { ...audit('account.updated', before.id), changes: changesOf(before, after) },
    ]);

  return {
    pages: () => pagesOf(store),
    create: (person) => makeAccount(deps, { ...person, origin: 'operator' }, audit),
    disable: async (username) => {
      const account = await set(username, { disabled: true });
      if (account === undefined) return 'absent';
      // Behind the change, so that no session begins between the two.
      await endings.endAccount(account.id);
      return 'disabled';
    },
    enable: async (username) =>
      (await set(username, { disabled: false })) === undefined ? 'absent' : 'enabled',
    signOut: async (username) => {
      const account = await store.findByUsername(username);
      if (account === undefined) return 'absent';
      await endings.endAccount(account.id, audit);
      return 'signed-out';
    },
    signOutAll: async () => {
      let count = 0;
      for await (const page of pagesOf(store)) {
        // Side by side, so that they share their commits.
        await Promise.all(page.map(({ id }) => endings.endAccount(id, audit)));
        count += page.length;
      }
      return count;
    },
    resetPassword: async (username, password, factors) => {
      const account = await store.findByUsername(username);
      if (account === undefined) return 'absent';
      const { id } = account;
      const fault = await policy.faultOf(password, account);
      if (fault !== undefined) return fault;
      const passwordHash = await passwords.hash(password);
      // What a factor has proven before the change of the account counts no more behind it.
      if (factors === 'forget') {
        await deps.passkeys.removeAll(id);
        await deps.secondFactors.end(id, [audit('account.factors-removed', id)]);
      }
      await change(username, { passwordHash }, () => [audit('account.password-changed', id)]);
      // Behind everything else, so that nobody who is to stay outside has come in meanwhile.
      await endings.endAccount(id);
      return 'reset';
    },
  };
}

async function* pagesOf(store: Pick<AccountStore, 'list'>): AsyncGenerator<readonly Account[]> {
  let after: string | null = null;
  for (;;) {
    const page: readonly Account[] = await store.list({ after, limit: accountsAtOnce });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < accountsAtOnce) return;
    after = last.username;
  }
}
