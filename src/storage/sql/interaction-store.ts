import type {
  InteractionKind,
  InteractionStore,
  StoredInteraction,
} from '../../interaction/interaction-store.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { Engine } from '../engine.ts';
import type { InteractionsTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';

const columns = ['id', 'browser_hash', 'kind', 'revision', 'state', 'expires_at'] as const;

/** The store of what waits for people. */
export function createInteractionStore(engine: Engine): InteractionStore {
  const { byId, insert, advance, take } = createStatements(engine);
  return {
    insert: (interaction) =>
      engine.write({
        steps: [{ run: insert(toRow(interaction)), otherwise: 'exists' }],
        done: 'inserted',
      }),
    load: async (id) => (await engine.read(byId({ id }))).map(toInteraction)[0],
    advance: ({ id, revision, state }) =>
      engine.write({
        steps: [
          {
            run: advance({ id, revision, state: JSON.stringify(state), seen: revision - 1 }),
            otherwise: 'conflict',
          },
        ],
        done: 'advanced',
      }),
    take: ({ id, revision }) =>
      engine.write({ steps: [{ run: take({ id, revision }), otherwise: 'conflict' }], done: 'taken' }),
  };
}

interface Seen extends Pick<InteractionsTable, 'id' | 'revision' | 'state'> {
  readonly seen: number;
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    byId: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.selectFrom('interactions').select(columns).where('id', '=', args.value('id')),
    ),
    insert: statement((db, args: Parameters<InteractionsTable>) =>
      db
        .insertInto('interactions')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    advance: statement((db, args: Parameters<Seen>) =>
      db
        .updateTable('interactions')
        .set(args.row(['revision', 'state']))
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('seen')),
    ),
    take: statement((db, args: Parameters<Pick<InteractionsTable, 'id' | 'revision'>>) =>
      db
        .deleteFrom('interactions')
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('revision')),
    ),
  };
}

function toRow(interaction: StoredInteraction): InteractionsTable {
  return {
    id: interaction.id,
    browser_hash: interaction.browserHash,
    kind: interaction.kind,
    revision: interaction.revision,
    state: JSON.stringify(interaction.state),
    expires_at: interaction.expiresAt,
  };
}

function toInteraction(row: InteractionsTable): StoredInteraction {
  return {
    id: row.id,
    kind: row.kind as InteractionKind,
    browserHash: row.browser_hash,
    revision: row.revision,
    state: JSON.parse(row.state) as object,
    expiresAt: asEpochSeconds(row.expires_at),
  };
}
