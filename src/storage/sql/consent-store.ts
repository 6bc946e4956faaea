import { asEpochSeconds } from '../../kernel/clock.ts';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { AllowedByPerson, Consent, ConsentStore } from '../../protocol/authorization/consent.ts';
import type { Engine } from '../engine.ts';
import type { ConsentsTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { type AppendAudit, auditSteps } from './audit.ts';

const changing = ['revision', 'record', 'last_used_at'] as const;
const columns = ['id', 'client_id', 'account_id', 'created_at', ...changing] as const;

/** The store of what people have allowed clients. */
export function createConsentStore(engine: Engine, appendAudit: AppendAudit): ConsentStore {
  const append = auditSteps(appendAudit);
  const { ofPairs, byId, insert, replace, ofAccount, use } = createStatements(engine);

  const findPairs = batchPerTick(async (pairs: readonly string[]) => {
    const parts = pairs.map((pair) => pair.split(' '));
    const client_ids = [...new Set(parts.map(([clientId = '']) => clientId))];
    const account_ids = [...new Set(parts.map(([, accountId = '']) => accountId))];
    const rows = await engine.read(ofPairs({ client_ids, account_ids }));
    const found = new Map(rows.map((row) => [pairOf(row.client_id, row.account_id), toConsent(row)]));
    return pairs.map((pair) => found.get(pair));
  }, engine.noteReads);

  return {
    find: (clientId, accountId) => findPairs(pairOf(clientId, accountId)),
    load: async (id) => (await engine.read(byId({ id }))).map(toConsent)[0],
    insert: (consent, audit) =>
      engine.write({
        steps: [{ run: insert(toRow(consent)), otherwise: 'exists', orphan: 'gone' }, ...append(audit)],
        done: 'inserted',
      }),
    replace: (consent, audit) =>
      engine.write({
        steps: [
          { run: replace({ ...toRow(consent), expected: consent.revision - 1 }), otherwise: 'conflict' },
          ...append(audit),
        ],
        done: 'replaced',
      }),
    listOfAccount: async (accountId) =>
      (await engine.read(ofAccount({ account_id: accountId }))).map(toConsent),
    recordUse: async (uses) => {
      // In one order on every node, so that two that note the same consents do not wait for each other in a circle.
      const inOrder = uses.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const steps = inOrder.map(({ id, at }) => ({ run: use({ id, last_used_at: at }) }));
      if (steps.length > 0) await engine.write({ steps, done: 'recorded' });
    },
  };
}

/** Both are ids, which hold no space. */
function pairOf(clientId: string, accountId: string): string {
  return `${clientId} ${accountId}`;
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    // Of several clients and several accounts it also finds pairs that nobody asked for: they are passed over.
    ofPairs: statement(
      (
        db,
        args: Parameters<{
          readonly client_ids: readonly string[];
          readonly account_ids: readonly string[];
        }>,
      ) =>
        db
          .selectFrom('consents')
          .select(columns)
          .where(args.in('consents.account_id', 'account_ids'))
          .where(args.in('consents.client_id', 'client_ids')),
    ),
    byId: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.selectFrom('consents').select(columns).where('id', '=', args.value('id')),
    ),
    insert: statement((db, args: Parameters<ConsentsTable>) =>
      db
        .insertInto('consents')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.columns(['client_id', 'account_id']).doNothing()),
    ),
    replace: statement((db, args: Parameters<ConsentsTable & { readonly expected: number }>) =>
      db
        .updateTable('consents')
        .set(args.row(changing))
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('expected')),
    ),
    ofAccount: statement((db, args: Parameters<{ readonly account_id: string }>) =>
      db
        .selectFrom('consents')
        .select(columns)
        .where('account_id', '=', args.value('account_id'))
        .orderBy('last_used_at', 'desc')
        .orderBy('id', 'desc'),
    ),
    use: statement((db, args: Parameters<Pick<ConsentsTable, 'id' | 'last_used_at'>>) =>
      db
        .updateTable('consents')
        .set({ last_used_at: args.value('last_used_at') })
        .where('id', '=', args.value('id'))
        .where('last_used_at', '<', args.value('last_used_at')),
    ),
  };
}

function toRow(consent: Consent): ConsentsTable {
  return {
    id: consent.id,
    client_id: consent.clientId,
    account_id: consent.accountId,
    revision: consent.revision,
    record: JSON.stringify(consent.allowed),
    created_at: consent.createdAt,
    last_used_at: consent.lastUsedAt,
  };
}

function toConsent(row: ConsentsTable): Consent {
  return {
    id: row.id,
    clientId: row.client_id,
    accountId: row.account_id,
    revision: row.revision,
    allowed: JSON.parse(row.record) as AllowedByPerson,
    createdAt: asEpochSeconds(row.created_at),
    lastUsedAt: asEpochSeconds(row.last_used_at),
  };
}
