import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { Engine, Step } from '../engine.ts';
import type { RevisionName, RevisionsTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';

/** The revisions of what nodes keep in memory. */
export interface Revisions {
  /** The revision now. Calls of one tick share one read, whatever they ask for. */
  readonly of: (name: RevisionName) => Promise<number>;
  /** The step that stands in every write that changes the thing: last, because writes wait for one another there. */
  readonly bump: (name: RevisionName) => Step<never>;
  /** The step that fails with `otherwise` unless the thing is at `revision`; nobody changes it until the write ends. */
  readonly guard: <Outcome>(name: RevisionName, revision: number, otherwise: Outcome) => Step<Outcome>;
}

/** Makes the statements over revisions. */
export function createRevisions(engine: Pick<Engine, 'statement' | 'read' | 'noteReads'>): Revisions {
  const load = engine.statement((db) => db.selectFrom('revisions').select(['name', 'revision']));
  /** Changes nothing; locks the row where writes run side by side. */
  const hold = engine.statement((db, args: Parameters<RevisionsTable>) =>
    db
      .updateTable('revisions')
      .set((row) => ({ revision: row.ref('revision') }))
      .where('name', '=', args.value('name'))
      .where('revision', '=', args.value('revision')),
  );
  const grow = engine.statement((db, args: Parameters<{ readonly name: string }>) =>
    db
      .updateTable('revisions')
      .set((row) => ({ revision: row('revision', '+', 1) }))
      .where('name', '=', args.value('name') as never),
  );

  return {
    of: batchPerTick(async (names: readonly RevisionName[]) => {
      const rows = await engine.read(load({}));
      const revisions = new Map(rows.map((row) => [row.name, row.revision]));
      return names.map((name) => revisions.get(name) ?? 0);
    }, engine.noteReads),
    bump: (name) => ({ run: grow({ name }) }),
    guard: (name, revision, otherwise) => ({ run: hold({ name, revision }), otherwise }),
  };
}
