import type { Visibility } from '../../clients/store.ts';
import type { Engine } from '../engine.ts';
import type { Parameters, Query } from '../statement.ts';

interface ListArguments {
  readonly application_id: string;
  readonly owner_id: string;
  readonly application_ids: readonly string[];
}

interface ListFilter {
  readonly applicationId?: string;
  readonly visibility?: Visibility;
}

type Condition = 'of-application' | 'visible';

/** Makes the query of a list: one statement for each set of conditions, so that each can use its own index. */
export function createClientList({
  statement,
}: Pick<Engine, 'statement'>): (filter: ListFilter) => Query<{ readonly record: string }> {
  const select = (...conditions: readonly Condition[]) =>
    statement((db, args: Parameters<ListArguments>) =>
      db
        .selectFrom('clients')
        .select('record')
        .$if(conditions.includes('of-application'), (query) =>
          query.where('application_id', '=', args.value('application_id')),
        )
        .$if(conditions.includes('visible'), (query) =>
          query.where((row) =>
            row.or([
              row('owner_id', '=', args.value('owner_id')),
              args.in('clients.application_id', 'application_ids'),
            ]),
          ),
        )
        .orderBy('created_at')
        .orderBy('creation'),
    );

  const all = select();
  const ofApplication = select('of-application');
  const visible = select('visible');
  const visibleOfApplication = select('of-application', 'visible');

  return ({ applicationId, visibility }) => {
    const everyone = visibility === undefined;
    const [wanted, wantedOfApplication] = everyone ? [all, ofApplication] : [visible, visibleOfApplication];
    const list = applicationId === undefined ? wanted : wantedOfApplication;
    return list({
      application_id: applicationId ?? '',
      owner_id: visibility?.ownerId ?? '',
      application_ids: visibility?.applicationIds ?? [],
    });
  };
}
