import type { Clock } from '../kernel/clock.ts';
import { randomUuid } from '../kernel/random.ts';
import { StartError } from '../kernel/start-error.ts';
import type { Account, AccountStore } from './account.ts';
import type { AccountDeclaration } from './declaration.ts';
import type { Passwords } from './passwords.ts';

/** What became of a declared account. */
export interface DeclaredAccount {
  readonly account: Account;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

/** The end users of this server. */
export interface Accounts {
  readonly load: (id: string) => Promise<Account | undefined>;
  readonly findByUsername: (username: string) => Promise<Account | undefined>;
  /** By user name, or else by id: how the operator names an account. */
  readonly find: (reference: string) => Promise<Account | undefined>;
  /**
   * Brings the stored accounts to what is declared; one that is there already causes no write. Not atomic across
   * accounts: after a failure, declaring the same again completes the rest.
   * @throws StartError when an id or a user name belongs to another account
   */
  readonly declare: (declarations: readonly AccountDeclaration[]) => Promise<readonly DeclaredAccount[]>;
  /**
   * Makes the administrator, or gives the stored one this name and password, enables it and makes it administrator.
   * @param administrator.id the account to rename when the user name changed; absent: it is found by its user name
   * @throws StartError when the user name belongs to another account
   */
  readonly ensureAdministrator: (administrator: {
    readonly id?: string;
    readonly username: string;
    readonly password: string;
  }) => Promise<DeclaredAccount>;
  /**
   * The ids of accounts that are named by user name or by id.
   * @throws StartError that names every unknown one
   */
  readonly idsOf: (references: readonly string[]) => Promise<readonly string[]>;
}

/** How often a declaration is tried again after another node wrote the same account in between. */
const mostAttempts = 5;

/** Builds the accounts over their store. */
export function createAccounts(deps: {
  readonly store: AccountStore;
  readonly clock: Clock;
  readonly passwords: Passwords;
}): Accounts {
  const { store } = deps;

  const declareOne = async (declaration: AccountDeclaration): Promise<DeclaredAccount> => {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const stored = await findDeclared(store, declaration);
      const declared = stored
        ? await replaceWhenChanged(deps, stored, declaration)
        : await insertNew(deps, declaration);
      if (declared) return declared;
    }
    throw new StartError(
      `account "${declaration.username}": the user name or the id belongs to another account`,
    );
  };

  const find = async (reference: string): Promise<Account | undefined> =>
    (await store.findByUsername(reference)) ?? (await store.load(reference));

  return {
    load: store.load,
    findByUsername: store.findByUsername,
    find,
    declare: async (declarations) => {
      const declared: DeclaredAccount[] = [];
      for (const declaration of declarations) declared.push(await declareOne(declaration));
      return declared;
    },
    ensureAdministrator: ({ id, username, password }) =>
      declareOne({
        id: id ?? null,
        username,
        credential: { kind: 'password', password },
        administrator: true,
        disabled: false,
      }),
    idsOf: async (references) => {
      const found = await Promise.all(references.map(find));
      const unknown = references.filter((_, index) => found[index] === undefined);
      if (unknown.length > 0) {
        throw new StartError(`No account has the user name or id ${unknown.join(', ')}.`);
      }
      return found.flatMap((account) => (account ? [account.id] : []));
    },
  };
}

type Deps = Parameters<typeof createAccounts>[0];

function findDeclared(
  store: AccountStore,
  { id, username }: AccountDeclaration,
): Promise<Account | undefined> {
  return id === null ? store.findByUsername(username) : store.load(id);
}

/** `undefined`: someone else took the id or the user name. */
async function insertNew(deps: Deps, declaration: AccountDeclaration): Promise<DeclaredAccount | undefined> {
  const account: Account = {
    id: declaration.id ?? randomUuid(),
    username: declaration.username,
    passwordHash: await declaredHash(deps.passwords, null, declaration),
    administrator: declaration.administrator,
    disabled: declaration.disabled,
    createdAt: deps.clock.now(),
  };
  const outcome = await deps.store.insert(account);
  return outcome === 'inserted' ? { account, outcome: 'created' } : undefined;
}

/** `undefined`: the account is gone, or its new user name is taken. */
async function replaceWhenChanged(
  deps: Deps,
  stored: Account,
  declaration: AccountDeclaration,
): Promise<DeclaredAccount | undefined> {
  const account: Account = {
    ...stored,
    username: declaration.username,
    passwordHash: await declaredHash(deps.passwords, stored.passwordHash, declaration),
    administrator: declaration.administrator,
    disabled: declaration.disabled,
  };
  if (isSame(account, stored)) return { account: stored, outcome: 'unchanged' };
  const outcome = await deps.store.replace(account);
  return outcome === 'replaced' ? { account, outcome: 'updated' } : undefined;
}

function isSame(a: Account, b: Account): boolean {
  return (
    a.username === b.username &&
    a.passwordHash === b.passwordHash &&
    a.administrator === b.administrator &&
    a.disabled === b.disabled
  );
}

/** The stored hash while it still is the declared password's at today's cost; a new one otherwise. */
async function declaredHash(
  passwords: Passwords,
  storedHash: string | null,
  { credential }: AccountDeclaration,
): Promise<string | null> {
  if (credential === null) return storedHash;
  if (credential.kind === 'hash') return credential.passwordHash;
  const { password } = credential;
  const stays =
    storedHash !== null &&
    !passwords.needsRehash(storedHash) &&
    (await passwords.verify(password, storedHash));
  return stays ? storedHash : passwords.hash(password);
}
