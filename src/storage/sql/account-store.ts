import type { Account, AccountPage, AccountStore, PasswordReplacement } from '../../accounts/account.ts';
import { usernameKey } from '../../accounts/username.ts';
import type { Engine, Step } from '../engine.ts';
import type { AccountsTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { accountColumns, changingAccountColumns, toAccount, toAccountRow } from './account-row.ts';
import { type AppendAudit, auditSteps } from './audit.ts';
import { findPerTick, type Keys } from './find-per-tick.ts';
import { createTakeId } from './subject-ids.ts';

/** The store of end users. */
export function createAccountStore(engine: Engine, appendAudit: AppendAudit): AccountStore {
  const statements = createStatements(engine);
  const { byIds, byUsername, existing, replace, replacePassword } = statements;
  const insertAccount = createAccountInsertion(engine);
  const append = auditSteps(appendAudit);

  return {
    load: findPerTick(engine, byIds, (row) => [row.id, toAccount(row)]),
    findByUsername: async (username) => {
      const rows = await engine.read(byUsername({ username, username_key: usernameKey(username) }));
      return rows.map(toAccount)[0];
    },
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
            run: replace({
              ...toAccountRow(account),
              username_key: usernameKey(account.username),
              revision: account.revision + 1,
              expected: account.revision,
            }),
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
      .values(args.row([...accountColumns, 'username_key']))
      .onConflict((conflict) => conflict.doNothing()),
  );
  return (account) => {
    const row = { ...toAccountRow(account), username_key: usernameKey(account.username) };
    return [takeId(account.id), { run: insert(row), otherwise: 'taken' }];
  };
}

function createStatements(engine: Pick<Engine, 'statement'>) {
  return { ...createReads(engine), ...createChanges(engine) };
}

function createReads({ statement }: Pick<Engine, 'statement'>) {
  return {
    byIds: statement((db, args: Parameters<Keys>) =>
      db.selectFrom('accounts').select(accountColumns).where(args.in('accounts.id', 'keys')),
    ),
    /** Two at most: one has the very name, and the other the name in every spelling that is nobody's. */
    byUsername: statement(
      (db, args: Parameters<{ readonly username: string; readonly username_key: string }>) =>
        db
          .selectFrom('accounts')
          .select(accountColumns)
          .where((row) =>
            row.or([
              row('username', '=', args.value('username')),
              row('username_key', '=', args.value('username_key')),
            ]),
          )
          .orderBy((row) => row.case().when('username', '=', args.value('username')).then(0).else(1).end())
          .limit(1),
    ),
    existing: statement((db, args: Parameters<{ readonly ids: readonly string[] }>) =>
      db.selectFrom('accounts').select('id').where(args.in('accounts.id', 'ids')),
    ),
    firstPage: statement((db, args: Parameters<Pick<AccountPage, 'limit'>>) =>
      db.selectFrom('accounts').select(accountColumns).orderBy('username').limit(args.value('limit')),
    ),
    page: statement((db, args: Parameters<{ readonly after: string; readonly limit: number }>) =>
      db
        .selectFrom('accounts')
        .select(accountColumns)
        .where('username', '>', args.value('after'))
        .orderBy('username')
        .limit(args.value('limit')),
    ),
  };
}

function createChanges({ statement }: Pick<Engine, 'statement'>) {
  return {
    replace: statement((db, args: Parameters<AccountsTable & { readonly expected: number }>) =>
      db
        .updateTable('accounts')
        .set((row) => ({
          ...args.row(changingAccountColumns),
          // One that has no key gets it with another name.
          username_key: row
            .case()
            .when('username', '=', args.value('username'))
            .then(row.ref('username_key'))
            .else(args.value('username_key'))
            .end(),
        }))
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
