import type { ScopeStore, StoredScope } from '../../applications/scope-store.ts';
import type { Engine } from '../engine.ts';
import type { Flag, ScopesTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import type { AppendAudit } from './audit.ts';
import type { Revisions } from './revisions.ts';

const columns = ['id', 'name', 'label', 'public', 'created_at', 'renamed_from'] as const;

/** The store of registered scopes. */
export function createScopeStore(engine: Engine, revisions: Revisions, appendAudit: AppendAudit): ScopeStore {
  const { list, insert, replace, finishRename, remove } = createStatements(engine);
  const bump = revisions.bump('scopes');

  return {
    list: async () => (await engine.read(list({}))).map(toScope),
    revision: () => revisions.of('scopes'),
    insert: (scope, audit) =>
      engine.write<'inserted' | 'taken'>({
        steps: [
          { run: insert({ ...toRow(scope), created_at: audit.at }), otherwise: 'taken' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'inserted',
      }),
    replace: (scope, { name, label, public: wasPublic, renamedFrom }, audit) =>
      engine.write<'replaced' | 'taken' | 'conflict'>({
        steps: [
          {
            run: replace({
              ...toRow(scope),
              seenName: name,
              seenLabel: label,
              seenPublic: wasPublic ? 1 : 0,
              seenRenamedFrom: renamedFrom,
            }),
            otherwise: 'conflict',
            duplicate: 'taken',
          },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'replaced',
      }),
    finishRename: async ({ id, renamedFrom }) => {
      if (renamedFrom === null) return;
      const steps = [{ run: finishRename({ id, renamed_from: renamedFrom }) }];
      await engine.write({ steps, done: 'finished' });
    },
    delete: (id, audit) =>
      engine.write<'deleted' | 'absent'>({
        steps: [{ run: remove({ id }), otherwise: 'absent' }, { run: appendAudit(audit) }, bump],
        done: 'deleted',
      }),
  };
}

type ChangingColumns = Omit<ScopesTable, 'created_at'>;

/** A row as it will be, and as it must be until then. */
interface Replacement extends ChangingColumns {
  readonly seenName: string;
  readonly seenLabel: string | null;
  readonly seenPublic: Flag;
  readonly seenRenamedFrom: string | null;
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    list: statement((db) => db.selectFrom('scopes').select(columns).orderBy('created_at').orderBy('id')),
    insert: statement((db, args: Parameters<ScopesTable>) =>
      db
        .insertInto('scopes')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    replace: statement((db, args: Parameters<Replacement>) =>
      db
        .updateTable('scopes')
        .set(args.row(['name', 'label', 'public', 'renamed_from']))
        .where('id', '=', args.value('id'))
        .where('name', '=', args.value('seenName'))
        .where('label', 'is not distinct from', args.value('seenLabel'))
        .where('public', '=', args.value('seenPublic'))
        .where('renamed_from', 'is not distinct from', args.value('seenRenamedFrom')),
    ),
    finishRename: statement((db, args: Parameters<{ readonly id: string; readonly renamed_from: string }>) =>
      db
        .updateTable('scopes')
        .set({ renamed_from: null })
        .where('id', '=', args.value('id'))
        .where('renamed_from', '=', args.value('renamed_from')),
    ),
    remove: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.deleteFrom('scopes').where('id', '=', args.value('id')),
    ),
  };
}

function toRow({ id, name, label, public: isPublic, renamedFrom }: StoredScope): ChangingColumns {
  return { id, name, label, public: isPublic ? 1 : 0, renamed_from: renamedFrom };
}

function toScope(row: ScopesTable): StoredScope {
  const { id, name, label, public: flag, renamed_from: renamedFrom } = row;
  return { id, name, label, public: flag === 1, renamedFrom };
}
