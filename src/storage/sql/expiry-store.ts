import type { ExpiryStore } from '../../protocol/store.ts';
import type { Engine } from '../engine.ts';
import type { Schema } from '../schema.ts';
import type { Parameters } from '../statement.ts';

interface Purge {
  readonly before: number;
  readonly limit: number;
}

/**
 * Purges what expires: tokens, codes and grants, sessions and what waits for people, the denylist and tombstones; and audit entries
 * where they do not stay for ever.
 */
export function createExpiryStore(engine: Engine): ExpiryStore {
  const statements = createStatements(engine);
  const purgeAudit = createAuditStatement(engine);

  return {
    purge: (before, limit) =>
      engine.write({
        steps: statements.map((purge) => ({ run: purge({ before, limit }) })),
        done: (rows) => rows.reduce((sum, count) => sum + count, 0),
      }),
    purgeAudit: (before, limit) =>
      engine.write({ steps: [{ run: purgeAudit({ before, limit }) }], done: ([count = 0]) => count }),
  };
}

/** The tables whose rows end at `expires_at`, by what names a row. Codes and refresh tokens stand before the grants that they go with. */
const expiring = {
  opaque_access_tokens: ['hash'],
  denied_tokens: ['jti'],
  single_use: ['kind', 'key'],
  authorization_codes: ['hash'],
  refresh_tokens: ['hash'],
  grants: ['id'],
  interactions: ['id'],
  sessions: ['id'],
  logout_notices: ['session_id', 'client_id'],
  past_keys: ['kid'],
} as const satisfies Partial<Record<keyof Schema, readonly string[]>>;

function createStatements(engine: Pick<Engine, 'statement'>) {
  const purges = Object.entries(expiring).map(([table, key]) => createPurge(engine, table, key));
  return [...purges, createAnswerPurge(engine)];
}

function createPurge({ statement }: Pick<Engine, 'statement'>, table: string, key: readonly string[]) {
  return statement((db, { sql, value }: Parameters<Purge>) => {
    const rows = sql.table(table);
    const name = sql.join(key.map((column) => sql.ref(column)));
    return {
      compile: () =>
        sql`delete from ${rows} where (${name}) in (select ${name} from ${rows} where expires_at < ${value('before')} order by expires_at limit ${value('limit')})`.compile(
          db,
        ),
    };
  });
}

/** A rotated refresh token stays, so that its reuse is seen; what was answered for it is of no use after the grace time. */
function createAnswerPurge({ statement }: Pick<Engine, 'statement'>) {
  return statement((db, args: Parameters<Purge>) =>
    db
      .updateTable('refresh_tokens')
      .set({ answer: null })
      .where('hash', 'in', (row) =>
        row
          .selectFrom('refresh_tokens')
          .select('hash')
          .where('answer', 'is not', null)
          .where('rotated_at', '<', args.value('before'))
          .orderBy('rotated_at')
          .limit(args.value('limit')),
      ),
  );
}

function createAuditStatement({ statement }: Pick<Engine, 'statement'>) {
  return statement((db, args: Parameters<Purge>) =>
    db
      .deleteFrom('audit_events')
      .where('id', 'in', (row) =>
        row
          .selectFrom('audit_events')
          .select('id')
          .where('at', '<', args.value('before'))
          .orderBy('at')
          .limit(args.value('limit')),
      ),
  );
}
