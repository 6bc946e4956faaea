import type { SecondFactorStore, TotpSecret, TotpUse } from '../../accounts/second-factor-store.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { Engine, Step } from '../engine.ts';
import type { RecoveryCodesTable, TotpSecretsTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { type AppendAudit, auditSteps } from './audit.ts';
import { findPerTick, type Keys } from './find-per-tick.ts';

const columns = ['account_id', 'sealed', 'confirmed', 'last_step', 'created_at'] as const;

/** The store of what people prove themselves with beside a password: authenticator apps and recovery codes. */
export function createSecondFactorStore(engine: Engine, appendAudit: AppendAudit): SecondFactorStore {
  const secrets = createSecretStatements(engine);
  const codes = createCodeStatements(engine);
  const append = auditSteps(appendAudit);

  const insertCodes = (accountId: string, hashes: readonly string[]): Step<never>[] => [
    { run: codes.removeAll({ account_id: accountId }) },
    ...hashes.map((hash) => ({ run: codes.insert({ account_id: accountId, hash }) })),
  ];

  return {
    load: findPerTick(engine, secrets.byAccounts, (row) => [row.account_id, toSecret(row)]),
    begin: (secret) =>
      engine.write({ steps: [{ run: secrets.begin(toRow(secret)), otherwise: 'on' }], done: 'begun' }),
    confirm: (use, recoveryHashes, audit) =>
      engine.write<'confirmed' | 'conflict'>({
        steps: [
          { run: secrets.confirm(use), otherwise: 'conflict' },
          ...insertCodes(use.accountId, recoveryHashes),
          ...append(audit),
        ],
        done: 'confirmed',
      }),
    useStep: (use) =>
      engine.write({ steps: [{ run: secrets.use(use), otherwise: 'replayed' }], done: 'used' }),
    turnOff: (account_id, audit) =>
      engine.write<'ended' | 'off'>({
        steps: [
          { run: secrets.removeWhere({ account_id, confirmed: 1 }), otherwise: 'off' },
          { run: codes.removeAll({ account_id }) },
          ...append(audit),
        ],
        done: 'ended',
      }),
    cancel: async (account_id) => {
      await engine.write({
        steps: [{ run: secrets.removeWhere({ account_id, confirmed: 0 }) }],
        done: 'cancelled',
      });
    },
    end: async (accountId, audit) => {
      const owner = { account_id: accountId };
      await engine.write({
        steps: [{ run: secrets.remove(owner) }, { run: codes.removeAll(owner) }, ...append(audit)],
        done: 'ended',
      });
    },
    recoveryHashes: async (accountId) =>
      (await engine.read(codes.list({ account_id: accountId }))).map(({ hash }) => hash),
    replaceRecoveryHashes: (accountId, hashes, audit) =>
      engine.write<'replaced' | 'off'>({
        steps: [
          { run: secrets.guard({ account_id: accountId }), otherwise: 'off' },
          ...insertCodes(accountId, hashes),
          ...append(audit),
        ],
        done: 'replaced',
      }),
    useRecoveryHash: (accountId, hash) =>
      engine.write({
        steps: [{ run: codes.remove({ account_id: accountId, hash }), otherwise: 'absent' }],
        done: 'used',
      }),
  };
}

type Owner = Pick<TotpSecretsTable, 'account_id'>;

function createSecretStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    byAccounts: statement((db, args: Parameters<Keys>) =>
      db.selectFrom('totp_secrets').select(columns).where(args.in('totp_secrets.account_id', 'keys')),
    ),
    begin: statement((db, args: Parameters<TotpSecretsTable>) =>
      db
        .insertInto('totp_secrets')
        .values(args.row(columns))
        .onConflict((conflict) =>
          conflict
            .column('account_id')
            .doUpdateSet(args.row(['sealed', 'last_step', 'created_at']))
            .where('totp_secrets.confirmed', '=', 0),
        ),
    ),
    confirm: statement((db, args: Parameters<TotpUse>) =>
      db
        .updateTable('totp_secrets')
        .set({ confirmed: 1, last_step: args.value('step') })
        .where('account_id', '=', args.value('accountId'))
        .where('sealed', '=', args.value('sealed'))
        .where('confirmed', '=', 0),
    ),
    use: statement((db, args: Parameters<TotpUse>) =>
      db
        .updateTable('totp_secrets')
        .set({ last_step: args.value('step') })
        .where('account_id', '=', args.value('accountId'))
        .where('sealed', '=', args.value('sealed'))
        .where('confirmed', '=', 1)
        .where('last_step', '<', args.value('step')),
    ),
    guard: statement((db, args: Parameters<Owner>) =>
      db
        .updateTable('totp_secrets')
        .set((row) => ({ confirmed: row.ref('confirmed') }))
        .where('account_id', '=', args.value('account_id'))
        .where('confirmed', '=', 1),
    ),
    removeWhere: statement((db, args: Parameters<Pick<TotpSecretsTable, 'account_id' | 'confirmed'>>) =>
      db
        .deleteFrom('totp_secrets')
        .where('account_id', '=', args.value('account_id'))
        .where('confirmed', '=', args.value('confirmed')),
    ),
    remove: statement((db, args: Parameters<Owner>) =>
      db.deleteFrom('totp_secrets').where('account_id', '=', args.value('account_id')),
    ),
  };
}

function createCodeStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    list: statement((db, args: Parameters<Owner>) =>
      db.selectFrom('recovery_codes').select('hash').where('account_id', '=', args.value('account_id')),
    ),
    insert: statement((db, args: Parameters<RecoveryCodesTable>) =>
      db.insertInto('recovery_codes').values(args.row(['account_id', 'hash'])),
    ),
    remove: statement((db, args: Parameters<RecoveryCodesTable>) =>
      db
        .deleteFrom('recovery_codes')
        .where('account_id', '=', args.value('account_id'))
        .where('hash', '=', args.value('hash')),
    ),
    removeAll: statement((db, args: Parameters<Owner>) =>
      db.deleteFrom('recovery_codes').where('account_id', '=', args.value('account_id')),
    ),
  };
}

function toRow(secret: TotpSecret): TotpSecretsTable {
  return {
    account_id: secret.accountId,
    sealed: secret.sealed,
    confirmed: secret.confirmed ? 1 : 0,
    last_step: secret.lastStep,
    created_at: secret.createdAt,
  };
}

function toSecret(row: TotpSecretsTable): TotpSecret {
  return {
    accountId: row.account_id,
    sealed: row.sealed,
    confirmed: row.confirmed === 1,
    lastStep: row.last_step,
    createdAt: asEpochSeconds(row.created_at),
  };
}
