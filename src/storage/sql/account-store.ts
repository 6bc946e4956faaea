import type { Account, AccountStore } from '../../accounts/account.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { Engine } from '../engine.ts';
import type { AccountsTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import { createTakeId } from './subject-ids.ts';

const columns = ['id', 'username', 'password_hash', 'administrator', 'disabled', 'created_at'] as const;

/** The store of end users. */
export function createAccountStore(engine: Engine): AccountStore {
  const { byId, byUsername, existing, insert, replace } = createStatements(engine);
  const takeId = createTakeId(engine);

  return {
    load: async (id) => (await engine.read(byId({ id }))).map(toAccount)[0],
    findByUsername: async (username) => (await engine.read(byUsername({ username }))).map(toAccount)[0],
    existing: async (ids) => new Set((await engine.read(existing({ ids }))).map((row) => row.id)),
    insert: (account) =>
      engine.write({
        steps: [takeId(account.id), { run: insert(toRow(account)), otherwise: 'taken' }],
        done: 'inserted',
      }),
    replace: (account) =>
      engine.write({
        steps: [{ run: replace(toRow(account)), otherwise: 'absent', duplicate: 'taken' }],
        done: 'replaced',
      }),
  };
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    byId: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.selectFrom('accounts').select(columns).where('id', '=', args.value('id')),
    ),
    byUsername: statement((db, args: Parameters<{ readonly username: string }>) =>
      db.selectFrom('accounts').select(columns).where('username', '=', args.value('username')),
    ),
    existing: statement((db, args: Parameters<{ readonly ids: readonly string[] }>) =>
      db.selectFrom('accounts').select('id').where(args.in('accounts.id', 'ids')),
    ),
    insert: statement((db, args: Parameters<AccountsTable>) =>
      db
        .insertInto('accounts')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    replace: statement((db, args: Parameters<AccountsTable>) =>
      db
        .updateTable('accounts')
        .set(args.row(['username', 'password_hash', 'administrator', 'disabled']))
        .where('id', '=', args.value('id')),
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
    created_at: account.createdAt,
  };
}

function toAccount(row: AccountsTable): Account {
  return {
    id: row.id,
    username: row.username,
    passwordHash: row.password_hash,
    administrator: row.administrator === 1,
    disabled: row.disabled === 1,
    createdAt: asEpochSeconds(row.created_at),
  };
}
