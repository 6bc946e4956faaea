import type { Passkey, PasskeyStore, PasskeyUse } from '../../accounts/passkey.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { Engine } from '../engine.ts';
import type { PasskeysTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { type AppendAudit, auditSteps } from './audit.ts';

const columns = [
  'id',
  'account_id',
  'public_key',
  'sign_count',
  'transports',
  'name',
  'created_at',
  'last_used_at',
] as const;

/** The store of passkeys. */
export function createPasskeyStore(engine: Engine, appendAudit: AppendAudit): PasskeyStore {
  const { find, listOf, holdAccount, checkRoom, insert, use, rename, remove, removeAll } =
    createStatements(engine);
  const append = auditSteps(appendAudit);

  return {
    find: async (id) => (await engine.read(find({ id }))).map(toPasskey)[0],
    listOf: async (accountId) => (await engine.read(listOf({ account_id: accountId }))).map(toPasskey),
    insert: (passkey, most, audit) => {
      const { accountId: account_id } = passkey;
      return engine.write<'inserted' | 'taken' | 'full' | 'gone'>({
        steps: [
          { run: holdAccount({ account_id }), otherwise: 'gone' },
          { run: checkRoom({ account_id, most }), otherwise: 'full' },
          { run: insert(toRow(passkey)), otherwise: 'taken' },
          ...append(audit),
        ],
        done: 'inserted',
      });
    },
    use: (used) => engine.write({ steps: [{ run: use(used), otherwise: 'stale' }], done: 'used' }),
    rename: (accountId, id, name) =>
      engine.write({
        steps: [{ run: rename({ id, account_id: accountId, name }), otherwise: 'absent' }],
        done: 'renamed',
      }),
    remove: (accountId, id, audit) =>
      engine.write({
        steps: [{ run: remove({ id, account_id: accountId }), otherwise: 'absent' }, ...append(audit)],
        done: 'removed',
      }),
    removeAll: async (accountId) => {
      await engine.write({ steps: [{ run: removeAll({ account_id: accountId }) }], done: 'removed' });
    },
  };
}

type Owner = Pick<PasskeysTable, 'account_id'>;

function createStatements(engine: Pick<Engine, 'statement'>) {
  const { statement } = engine;
  return {
    ...createAddingStatements(engine),
    find: statement((db, args: Parameters<Pick<PasskeysTable, 'id'>>) =>
      db.selectFrom('passkeys').select(columns).where('id', '=', args.value('id')),
    ),
    listOf: statement((db, args: Parameters<Owner>) =>
      db
        .selectFrom('passkeys')
        .select(columns)
        .where('account_id', '=', args.value('account_id'))
        .orderBy('created_at')
        .orderBy('id'),
    ),
    use: statement((db, args: Parameters<PasskeyUse>) =>
      db
        .updateTable('passkeys')
        .set({ sign_count: args.value('signCount'), last_used_at: args.value('at') })
        .where('id', '=', args.value('id'))
        // One that does not count says 0 for ever; one that counts never says the same again.
        .where((row) =>
          row.or([
            row('sign_count', '<', args.value('signCount')),
            row.and([row('sign_count', '=', 0), row('sign_count', '=', args.value('signCount'))]),
          ]),
        ),
    ),
    rename: statement((db, args: Parameters<Pick<PasskeysTable, 'id' | 'account_id' | 'name'>>) =>
      db
        .updateTable('passkeys')
        .set({ name: args.value('name') })
        .where('id', '=', args.value('id'))
        .where('account_id', '=', args.value('account_id')),
    ),
    remove: statement((db, args: Parameters<Pick<PasskeysTable, 'id' | 'account_id'>>) =>
      db
        .deleteFrom('passkeys')
        .where('id', '=', args.value('id'))
        .where('account_id', '=', args.value('account_id')),
    ),
    removeAll: statement((db, args: Parameters<Owner>) =>
      db.deleteFrom('passkeys').where('account_id', '=', args.value('account_id')),
    ),
  };
}

function createAddingStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    /** Changes nothing; locks the row where writes run side by side, so that the next step counts what others have added. */
    holdAccount: statement((db, args: Parameters<Owner>) =>
      db
        .updateTable('accounts')
        .set((row) => ({ disabled: row.ref('disabled') }))
        .where('id', '=', args.value('account_id')),
    ),
    checkRoom: statement((db, args: Parameters<Owner & { readonly most: number }>) =>
      db
        .updateTable('accounts')
        .set((row) => ({ disabled: row.ref('disabled') }))
        .where('id', '=', args.value('account_id'))
        .where(
          (row) =>
            row
              .selectFrom('passkeys')
              .select((count) => count.fn.countAll<number>().as('count'))
              .where('passkeys.account_id', '=', args.value('account_id')),
          '<',
          args.value('most'),
        ),
    ),
    insert: statement((db, args: Parameters<PasskeysTable>) =>
      db
        .insertInto('passkeys')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
  };
}

function toRow(passkey: Passkey): PasskeysTable {
  return {
    id: passkey.id,
    account_id: passkey.accountId,
    public_key: passkey.publicKey,
    sign_count: passkey.signCount,
    transports: JSON.stringify(passkey.transports),
    name: passkey.name,
    created_at: passkey.createdAt,
    last_used_at: passkey.lastUsedAt,
  };
}

function toPasskey(row: PasskeysTable): Passkey {
  return {
    id: row.id,
    accountId: row.account_id,
    publicKey: row.public_key,
    signCount: row.sign_count,
    transports: JSON.parse(row.transports) as readonly string[],
    name: row.name,
    createdAt: asEpochSeconds(row.created_at),
    lastUsedAt: row.last_used_at === null ? null : asEpochSeconds(row.last_used_at),
  };
}
