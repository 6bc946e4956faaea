import type {
  IdentityProvider,
  IdentityProviderStore,
  IdentityProviderType,
  ProviderReplacement,
} from '../../identity-providers/identity-provider.ts';
import type { Engine, Step } from '../engine.ts';
import type { IdentityProvidersTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import type { AppendAudit } from './audit.ts';
import type { Revisions } from './revisions.ts';

const columns = ['id', 'name', 'type', 'created_at'] as const;

/** The store of identity providers. */
export function createIdentityProviderStore(
  engine: Engine,
  revisions: Revisions,
  appendAudit: AppendAudit,
): IdentityProviderStore {
  const { list, insert, replace, put, remove } = createStatements(engine);
  const bump = revisions.bump('identity-providers');

  const replacing = (change: ProviderReplacement): readonly Step<'taken' | 'conflict'>[] => {
    const { name: seenName, type: seenType } = change.seen;
    const run = replace({ ...change.provider, seenName, seenType });
    return [{ run, otherwise: 'conflict', duplicate: 'taken' }, { run: appendAudit(change.audit) }];
  };

  return {
    list: async () => (await engine.read(list({}))).map(toProvider),
    revision: () => revisions.of('identity-providers'),
    insert: (provider, audit) =>
      engine.write<'inserted' | 'taken'>({
        steps: [
          { run: insert({ ...provider, created_at: audit.at }), otherwise: 'taken' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'inserted',
      }),
    replace: (replacement) =>
      engine.write<'replaced' | 'taken' | 'conflict'>({
        steps: [...replacing(replacement), bump],
        done: 'replaced',
      }),
    declare: ({ provider, audit, displaced }) =>
      engine.write<'declared' | 'taken' | 'conflict'>({
        steps: [
          ...(displaced === null ? [] : replacing(displaced)),
          { run: put({ ...provider, created_at: audit.at }), duplicate: 'taken' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'declared',
      }),
    delete: (id, audit) =>
      engine.write<'deleted' | 'absent' | 'in-use'>({
        steps: [
          { run: remove({ id }), otherwise: 'absent', orphan: 'in-use' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'deleted',
      }),
  };
}

/** A row as it will be, and as it must be until then. */
interface Replacement extends IdentityProvider {
  readonly seenName: string;
  readonly seenType: string;
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    list: statement((db) =>
      db.selectFrom('identity_providers').select(columns).orderBy('created_at').orderBy('id'),
    ),
    insert: statement((db, args: Parameters<IdentityProvidersTable>) =>
      db
        .insertInto('identity_providers')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    replace: statement((db, args: Parameters<Replacement>) =>
      db
        .updateTable('identity_providers')
        .set(args.row(['name', 'type']))
        .where('id', '=', args.value('id'))
        .where('name', '=', args.value('seenName'))
        .where('type', '=', args.value('seenType')),
    ),
    put: statement((db, args: Parameters<IdentityProvidersTable>) =>
      db
        .insertInto('identity_providers')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.column('id').doUpdateSet(args.row(['name', 'type']))),
    ),
    remove: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.deleteFrom('identity_providers').where('id', '=', args.value('id')),
    ),
  };
}

function toProvider({ id, name, type }: IdentityProvidersTable): IdentityProvider {
  return { id, name, type: type as IdentityProviderType };
}
