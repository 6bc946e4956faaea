import type {
  Account,
  AccountOrigin,
  AccountPage,
  AccountStore,
  PasswordReplacement,
  ProfileClaims,
} from '../../accounts/account.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { Engine, Step } from '../engine.ts';
import type { AccountsTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { type AppendAudit, auditSteps } from './audit.ts';
import { createTakeId } from './subject-ids.ts';

const values = [
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
const columns = ['id', 'origin', 'created_at', ...values] as const;

/** The store of end users. */
export function createAccountStore(engine: Engine, appendAudit: AppendAudit): AccountStore {
  const statements = createStatements(engine);
  const { byIds, byUsername, existing, replace, replacePassword } = statements;
  const insertAccount = createAccountInsertion(engine);
  const append = auditSteps(appendAudit);

  return {
    load: batchPerTick(async (ids: readonly string[]) => {
      const rows = await engine.read(byIds({ ids }));
      const found = new Map(rows.map((row) => [row.id, toAccount(row)]));
      return ids.map((id) => found.get(id));
    }, engine.noteReads),
    findByUsername: async (username) => (await engine.read(byUsername({ username }))).map(toAccount)[0],
    existing: async (ids) => new Set((await engine.read(existing({ ids }))).map((row) => row.id)),
    insert: (account, audit) =>
      engine.write({ steps: [...insertAccount(account), ...append(audit)], done: 'inserted' }),
    list: async ({ after, limit }) => {
      const page = after === null ? statements.firstPage({ limit }) : statements.page({ after, limit });
      return (await engine.scan(page)).map(toAccount);
    },
    replace: (account, audit) =>
      engine.write<'replaced' | 'conflict' | 'taken'>({
        steps: [
          {
            run: replace({ ...toRow(account), revision: account.revision + 1, expected: account.revision }),
            otherwise: 'conflict',
            duplicate: 'taken',
          },
          ...append(audit),
        ],
        done: 'replaced',
      }),
    replacePassword: (replacement, audit) =>
      engine.write({
        steps: [{ run: replacePassword(replacement), otherwise: 'conflict' }, ...append(audit)],
        done: 'replaced',
      }),
  };
}

/** Makes the steps that stand first where an account is created. */
export function createAccountInsertion(
  engine: Pick<Engine, 'statement'>,
): (account: Account) => readonly Step<'taken'>[] {
  const takeId = createTakeId(engine);
  const insert = engine.statement((db, args: Parameters<AccountsTable>) =>
    db
      .insertInto('accounts')
      .values(args.row(columns))
      .onConflict((conflict) => conflict.doNothing()),
  );
  return (account) => [takeId(account.id), { run: insert(toRow(account)), otherwise: 'taken' }];
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    byIds: statement((db, args: Parameters<{ readonly ids: readonly string[] }>) =>
      db.selectFrom('accounts').select(columns).where(args.in('accounts.id', 'ids')),
    ),
    byUsername: statement((db, args: Parameters<{ readonly username: string }>) =>
      db.selectFrom('accounts').select(columns).where('username', '=', args.value('username')),
    ),
    existing: statement((db, args: Parameters<{ readonly ids: readonly string[] }>) =>
      db.selectFrom('accounts').select('id').where(args.in('accounts.id', 'ids')),
    ),
    firstPage: statement((db, args: Parameters<Pick<AccountPage, 'limit'>>) =>
      db.selectFrom('accounts').select(columns).orderBy('username').limit(args.value('limit')),
    ),
    page: statement((db, args: Parameters<{ readonly after: string; readonly limit: number }>) =>
      db
        .selectFrom('accounts')
        .select(columns)
        .where('username', '>', args.value('after'))
        .orderBy('username')
        .limit(args.value('limit')),
    ),
    replace: statement((db, args: Parameters<AccountsTable & { readonly expected: number }>) =>
      db
        .updateTable('accounts')
        .set(args.row(values))
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('expected')),
    ),
    replacePassword: statement((db, args: Parameters<PasswordReplacement>) =>
      db
        .updateTable('accounts')
        .set((row) => ({ password_hash: args.value('after'), revision: row('revision', '+', 1) }))
        .where('id', '=', args.value('id'))
        .where('password_hash', 'is not distinct from', args.value('before')),
    ),
  };
}

function toRow(account: Account): AccountsTable {
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

function toAccount(row: AccountsTable): Account {
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
