import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { AccountDeclaration } from '../accounts/declaration.ts';
import type { AccountEndings } from '../accounts/managed-accounts.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import type { Logger } from '../kernel/logger.ts';
import type { AppliedDeclarations } from './applied-declarations.ts';

/** What declaring accounts needs. */
export interface DeclareAccountsDependencies {
  readonly accounts: Pick<Accounts, 'declare' | 'findByUsername' | 'load'>;
  readonly applied: Pick<AppliedDeclarations, 'read' | 'write' | 'isSame'>;
  readonly endings: AccountEndings;
  readonly logger: Logger;
}

/**
 * Brings the accounts of the operator's file into force: a new one is made; of one that was declared before, the values that
 * changed in the file since are applied, and nothing else. So a password that its person has chosen stays, and who was
 * disabled on the command line is not enabled by the next start. Of whoever gets another password or is
 * disabled, every session and every grant ends.
 * @throws StartError when an id or a user name belongs to another account
 */
export async function declareAccounts(
  deps: DeclareAccountsDependencies,
  declarations: readonly AccountDeclaration[],
): Promise<void> {
  for (const declaration of declarations) await declareAccount(deps, declaration);
}

async function declareAccount(
  { accounts, applied, endings, logger }: DeclareAccountsDependencies,
  declaration: AccountDeclaration,
): Promise<void> {
  const { id, username, credential, ...values } = declaration;
  const name = `account/${id ?? username}`;
  const secret = secretOf(declaration);
  const isStored = (await findStored(accounts, declaration)) !== undefined;
  const last = isStored ? await applied.read(name) : undefined;
  // As it will be read again.
  const fields = JSON.parse(JSON.stringify({ username, ...values })) as JsonObject;
  const changed = Object.entries(fields).filter(
    ([field, value]) => !isDeepStrictEqual(last?.fields[field], value),
  );
  const hasNewSecret = secret !== null && !applied.isSame(last, secret);
  if (last !== undefined && changed.length === 0 && !hasNewSecret) return;
  const [declared] = await accounts.declare([
    { ...Object.fromEntries(changed), id, username, credential: hasNewSecret ? credential : null },
  ]);
  // Before it is remembered as applied: what fails here is left to the next start.
  if (isStored && declared !== undefined) {
    const isDisabled = changed.some(([field, value]) => field === 'disabled' && value === true);
    if (isDisabled || hasNewSecret) await endings.endAccount(declared.account.id);
  }
  await applied.write(name, { fields, secret });
  if (declared === undefined || declared.outcome === 'unchanged') return;
  const names = changed.map(([field]) => field);
  logger.info(
    { accountId: declared.account.id, fields: names, password: hasNewSecret },
    'a declared account was brought to the file',
  );
}

function findStored(
  accounts: DeclareAccountsDependencies['accounts'],
  { id, username }: AccountDeclaration,
): Promise<Account | undefined> {
  return id === null ? accounts.findByUsername(username) : accounts.load(id);
}

function secretOf({ credential }: AccountDeclaration): string | null {
  if (credential === null) return null;
  return credential.kind === 'hash' ? credential.passwordHash : credential.password;
}
