import type { ExpiryStore } from '../../protocol/store.ts';
import type { Engine } from '../engine.ts';
import type { Parameters } from '../statement.ts';

interface Purge {
  readonly before: number;
  readonly limit: number;
}

/** Purges what expires: opaque tokens, the denylist and tombstones; and audit entries where they do not stay for ever. */
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

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  const accessTokens = statement((db, args: Parameters<Purge>) =>
    db
      .deleteFrom('opaque_access_tokens')
      .where('hash', 'in', (row) =>
        row
          .selectFrom('opaque_access_tokens')
          .select('hash')
          .where('expires_at', '<', args.value('before'))
          .orderBy('expires_at')
          .limit(args.value('limit')),
      ),
  );
  const deniedTokens = statement((db, args: Parameters<Purge>) =>
    db
      .deleteFrom('denied_tokens')
      .where('jti', 'in', (row) =>
        row
          .selectFrom('denied_tokens')
          .select('jti')
          .where('expires_at', '<', args.value('before'))
          .orderBy('expires_at')
          .limit(args.value('limit')),
      ),
  );
  const singleUse = statement((db, args: Parameters<Purge>) =>
    db
      .deleteFrom('single_use')
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple('kind', 'key'),
          'in',
          selectFrom('single_use')
            .select(['kind', 'key'])
            .where('expires_at', '<', args.value('before'))
            .orderBy('expires_at')
            .limit(args.value('limit'))
            .$asTuple('kind', 'key'),
        ),
      ),
  );
  return [accessTokens, deniedTokens, singleUse];
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
