import type { FederatedIdentityStore } from '../../accounts/federated-identity-store.ts';
import type { Engine } from '../engine.ts';
import type { FederatedIdentitiesTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { createAccountInsertion } from './account-store.ts';
import { type AppendAudit, auditSteps } from './audit.ts';

/** The store of who people are at other identity providers. */
export function createFederatedIdentityStore(
  engine: Engine,
  appendAudit: AppendAudit,
): FederatedIdentityStore {
  const { find, insert } = createStatements(engine);
  const insertAccount = createAccountInsertion(engine);
  const append = auditSteps(appendAudit);

  return {
    find: async ({ providerId, issuer, subject }) => {
      const [row] = await engine.read(find({ provider_id: providerId, issuer, subject }));
      return row?.account_id;
    },
    insert: (account, { providerId, issuer, subject, at }, audit) => {
      const link = { provider_id: providerId, issuer, subject, account_id: account.id, created_at: at };
      return engine.write<'inserted' | 'linked' | 'taken' | 'gone'>({
        steps: [
          ...insertAccount(account),
          { run: insert(link), otherwise: 'linked', orphan: 'gone' },
          ...append(audit),
        ],
        done: 'inserted',
      });
    },
  };
}

type Key = Pick<FederatedIdentitiesTable, 'provider_id' | 'issuer' | 'subject'>;

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    find: statement((db, args: Parameters<Key>) =>
      db
        .selectFrom('federated_identities')
        .select('account_id')
        .where('provider_id', '=', args.value('provider_id'))
        .where('issuer', '=', args.value('issuer'))
        .where('subject', '=', args.value('subject')),
    ),
    insert: statement((db, args: Parameters<FederatedIdentitiesTable>) =>
      db
        .insertInto('federated_identities')
        .values(args.row(['provider_id', 'issuer', 'subject', 'account_id', 'created_at']))
        .onConflict((conflict) => conflict.doNothing()),
    ),
  };
}
