import type { SqlBool } from 'kysely';
import type { AllowedScopes } from '../../clients/allowed-scopes.ts';
import type { AllowedByPerson } from '../../protocol/authorization/consent.ts';
import type { GrantRecord } from '../../protocol/stored-grant.ts';
import type { Engine } from '../engine.ts';
import type { Parameters, Query, Statement } from '../statement.ts';
import { patternOf } from './naming-scope.ts';

/** A row whose record, as JSON, says scopes. */
interface Row {
  readonly id: string;
  readonly record: string;
}

/** Where to go on, and how far at once. */
interface Page {
  readonly pattern: string;
  readonly after: string;
  readonly limit: number;
}

/** A row as it was read, and the record that it gets. */
interface Rewriting extends Row {
  readonly seen: string;
}

/** A table that says scopes. */
interface Table {
  /** Rows whose record is like the pattern, by their ids. */
  readonly page: Statement<Page, Row>;
  /** Takes a scope out of a row, if the row is as it was read. Undefined: it does not say the scope. */
  readonly takeOut: (row: Row, scope: string) => Query<unknown> | undefined;
}

/** So many rows are read at once, and rewritten in one write. */
const rowsAtOnce = 200;

/** Makes what takes a scope out of consents and grants. */
export function createAllowedScopes(engine: Engine): AllowedScopes {
  // Grants come from consents: none is left behind that comes from one that still says the scope.
  const tables = [createConsents(engine), createGrants(engine)];
  return {
    forget: async (scope) => {
      for (const table of tables) {
        // A row that another has changed since it was read stays as it is, for the next time.
        while ((await takeOutOfAll(engine, table, scope)) > 0);
      }
    },
  };
}

/** @returns how many rows said the scope */
async function takeOutOfAll(
  { scan, write }: Pick<Engine, 'scan' | 'write'>,
  { page, takeOut }: Table,
  scope: string,
): Promise<number> {
  const pattern = patternOf(scope);
  let found = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows: readonly Row[] = await scan(page({ pattern, after, limit: rowsAtOnce }));
    // In the order of their ids, in which all who write to several do it.
    const steps = rows.map((row) => takeOut(row, scope)).flatMap((run) => (run ? [{ run }] : []));
    if (steps.length > 0) await write({ steps, done: 'taken' });
    found += steps.length;
    after = rows.at(-1)?.id;
  }
  return found;
}

/** The record without the scope; undefined: it does not say it. */
function without<Record extends { readonly scopes: readonly string[] }>(
  record: Record,
  scope: string,
): Record | undefined {
  const { scopes } = record;
  return scopes.includes(scope) ? { ...record, scopes: scopes.filter((name) => name !== scope) } : undefined;
}

function pageOf({ statement }: Pick<Engine, 'statement'>, table: 'consents' | 'grants'): Table['page'] {
  return statement((db, args: Parameters<Page>) =>
    db
      .selectFrom(table)
      .select(['id', 'record'])
      .where('id', '>', args.value('after'))
      .where(args.sql<SqlBool>`record like ${args.value('pattern')} escape '\\'`)
      .orderBy('id')
      .limit(args.value('limit')),
  );
}

function createConsents(engine: Pick<Engine, 'statement'>): Table {
  const rewrite = engine.statement((db, args: Parameters<Rewriting>) =>
    db
      .updateTable('consents')
      .set((row) => ({ record: args.value('record'), revision: row('revision', '+', 1) }))
      .where('id', '=', args.value('id'))
      .where('record', '=', args.value('seen')),
  );
  return {
    page: pageOf(engine, 'consents'),
    takeOut: ({ id, record: seen }, scope) => {
      const left = without(JSON.parse(seen) as AllowedByPerson, scope);
      return left && rewrite({ id, seen, record: JSON.stringify(left) });
    },
  };
}

function createGrants(engine: Pick<Engine, 'statement'>): Table {
  const rewrite = engine.statement((db, args: Parameters<Rewriting>) =>
    db
      .updateTable('grants')
      .set({ record: args.value('record') })
      .where('id', '=', args.value('id'))
      .where('record', '=', args.value('seen')),
  );
  const end = engine.statement((db, args: Parameters<Pick<Rewriting, 'id' | 'seen'>>) =>
    db.deleteFrom('grants').where('id', '=', args.value('id')).where('record', '=', args.value('seen')),
  );
  return {
    page: pageOf(engine, 'grants'),
    takeOut: ({ id, record: seen }, scope) => {
      const left = without(JSON.parse(seen) as GrantRecord, scope);
      // An answer that names no scope would say that all were granted (RFC 6749 §5.1).
      if (left?.scopes.length === 0) return end({ id, seen });
      return left && rewrite({ id, seen, record: JSON.stringify(left) });
    },
  };
}
