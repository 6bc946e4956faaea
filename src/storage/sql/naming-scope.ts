import type { SqlBool } from 'kysely';
import { scopesNamedBy } from '../../clients/references.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Engine } from '../engine.ts';
import type { Parameters } from '../statement.ts';
import { parseRecord } from './client-row.ts';

/** Makes the search for clients by a scope. Only records in whose text the name stands are read, since there may be many others. */
export function createNamingScope({
  statement,
  scan,
}: Pick<Engine, 'statement' | 'scan'>): ClientStore['namingScope'] {
  const like = statement((db, args: Parameters<{ readonly pattern: string }>) =>
    db
      .selectFrom('clients')
      .select('record')
      .where(args.sql<SqlBool>`record like ${args.value('pattern')} escape '\\'`),
  );
  return async (scope) =>
    (await scan(like({ pattern: patternOf(scope) })))
      .map((row) => parseRecord(row.record))
      .filter((client) => scopesNamedBy(client).includes(scope))
      .map(({ id }) => id);
}

/** What the text of a record that names `scope` is like. A few others are too, such as that of a client that is called so. */
export function patternOf(scope: string): string {
  return `%${JSON.stringify(scope).replaceAll(/[\\%_]/g, '\\$&')}%`;
}
