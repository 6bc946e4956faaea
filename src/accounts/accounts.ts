import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent, AuditOf } from '../kernel/audit.ts';
import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import { randomUuid, readUuid } from '../kernel/random.ts';
import { StartError } from '../kernel/start-error.ts';
import type { Account, AccountOrigin, AccountStore } from './account.ts';
import { changesOf } from './account-changes.ts';
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
  /**
   * By id, or else by the user name of an account that the operator has made: how the operator names an account. A name that
   * somebody has chosen may be that of whom the operator means.
   */
  readonly find: (reference: string) => Promise<Account | undefined>;
  /**
   * Brings the stored accounts to what is declared; one that is there already causes no write. Not atomic across
   * accounts: after a failure, declaring the same again completes the rest.
   * @throws StartError when an id or a user name belongs to another account, or the user name to one that the operator has not made
   */
  readonly declare: (declarations: readonly AccountDeclaration[]) => Promise<readonly DeclaredAccount[]>;
  /**
   * Makes the administrator, or gives the stored one this name and password, enables it and makes it administrator.
   * @param administrator.id the account to rename when the user name changed; absent: it is found by its user name
   * @param administrator.password null: the stored one stays
   * @throws StartError when the user name belongs to another account, or to one that the operator has not made
   */
  readonly ensureAdministrator: (administrator: {
    readonly id?: string;
    readonly username: string;
    readonly password: string | null;
  }) => Promise<DeclaredAccount>;
  /**
   * The ids of accounts that are named as in `find`.
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
  /** Of what is declared. */
  readonly audit: AuditOf;
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

  const find = async (reference: string): Promise<Account | undefined> => {
    const id = readUuid(reference);
    const byId = id === undefined ? undefined : await store.load(id);
    if (byId !== undefined) return byId;
    const byName = await store.findByUsername(reference);
    return byName?.origin === 'operator' ? byName : undefined;
  };

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
        credential: password === null ? null : { kind: 'password', password },
        administrator: true,
        disabled: false,
      }),
    idsOf: async (references) => {
      const found = await Promise.all(references.map(find));
      const unknown = references.filter((_, index) => found[index] === undefined);
      if (unknown.length > 0) {
        const names = unknown.join(', ');
        throw new StartError(
          `No account that the operator has made has the user name ${names}, and none the id; others are named by id.`,
        );
      }
      return found.flatMap((account) => (account ? [account.id] : []));
    },
  };
}

type Deps = Parameters<typeof createAccounts>[0];

/** Whoever could choose a name must not be given what is declared for somebody else. */
async function findDeclared(
  store: AccountStore,
  { id, username }: AccountDeclaration,
): Promise<Account | undefined> {
  if (id !== null) return store.load(id);
  const stored = await store.findByUsername(username);
  if (stored === undefined || stored.origin === 'operator') return stored;
  throw new StartError(
    `account "${username}": the user name belongs to an account that the operator has not made; declared by its id, ${stored.id}, it is the one that is meant`,
  );
}

/** `undefined`: someone else took the id or the user name. */
async function insertNew(deps: Deps, declaration: AccountDeclaration): Promise<DeclaredAccount | undefined> {
  const account: Account = {
    ...newAccount({ ...declaration, origin: 'operator', at: deps.clock.now() }),
    ...declaredFields(declaration),
    passwordHash: await declaredHash(deps.passwords, null, declaration),
  };
  const outcome = await deps.store.insert(account, [deps.audit('account.created', account.id)]);
  return outcome === 'inserted' ? { account, outcome: 'created' } : undefined;
}

/** An account that nobody can sign in to yet. */
export function newAccount(made: {
  readonly id: string | null;
  readonly username: string;
  readonly origin: AccountOrigin;
  readonly at: EpochSeconds;
}): Account {
  return {
    id: made.id ?? randomUuid(),
    username: made.username,
    passwordHash: null,
    administrator: false,
    disabled: false,
    origin: made.origin,
    email: null,
    emailVerified: false,
    claims: {},
    revision: 1,
    createdAt: made.at,
    updatedAt: made.at,
  };
}

/** `undefined`: someone else changed the account, or its new user name is taken. */
async function replaceWhenChanged(
  deps: Deps,
  stored: Account,
  declaration: AccountDeclaration,
): Promise<DeclaredAccount | undefined> {
  const account: Account = {
    ...stored,
    ...declaredFields(declaration),
    passwordHash: await declaredHash(deps.passwords, stored.passwordHash, declaration),
  };
  if (isDeepStrictEqual(account, stored)) return { account: stored, outcome: 'unchanged' };
  const changed = { ...account, updatedAt: deps.clock.now() };
  if ((await deps.store.replace(changed, entriesOf(stored, changed, deps))) !== 'replaced') return undefined;
  return { account: { ...changed, revision: stored.revision + 1 }, outcome: 'updated' };
}

function entriesOf(before: Account, after: Account, { audit }: Pick<Deps, 'audit'>): readonly AuditEvent[] {
  const { id } = before;
  const updated = { ...audit('account.updated', id), changes: changesOf(before, after) };
  const isNewPassword = before.passwordHash !== after.passwordHash;
  return isNewPassword ? [updated, audit('account.password-changed', id)] : [updated];
}

const fields = ['username', 'administrator', 'disabled', 'email', 'emailVerified', 'claims'] as const;

/** What a declaration says of the record itself. */
function declaredFields(declaration: AccountDeclaration): Partial<Account> {
  return Object.fromEntries(
    fields.flatMap((field) => (declaration[field] === undefined ? [] : [[field, declaration[field]]])),
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
