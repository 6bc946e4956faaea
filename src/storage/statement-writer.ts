import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Schema } from './schema.ts';
import type { BuildStatement, Parameters, SqlValue, WriteStatement } from './statement.ts';

/** Whether `column` is among the list in the parameter `list`, in the words of an engine. */
export type ListContains = (column: RawBuilder<unknown>, list: RawBuilder<unknown>) => RawBuilder<SqlBool>;

const marked: unique symbol = Symbol('argument');

/** Kysely carries it through as if it were the parameter's value. */
interface Marker {
  readonly [marked]: string;
}

function isMarker(parameter: unknown): parameter is Marker {
  return typeof parameter === 'object' && parameter !== null && marked in parameter;
}

function createParameters<Args>(contains: ListContains): Parameters<Args> {
  const value = <Name extends keyof Args & string>(name: Name): RawBuilder<Args[Name]> => {
    const marker: Marker = { [marked]: name };
    return sql<Args[Name]>`${marker}`;
  };
  return {
    value,
    row: <Name extends keyof Args & string>(names: readonly Name[]) =>
      Object.fromEntries(names.map((name) => [name, value(name)])) as {
        readonly [N in Name]: RawBuilder<Args[N]>;
      },
    in: (column, name) => contains(sql.ref(column), value(name)),
    sql,
  };
}

/** Makes what writes the statements of an engine, from a Kysely that is never connected. */
export function createStatementWriter(db: Kysely<Schema>, contains: ListContains): WriteStatement {
  return <Args, Row>(build: BuildStatement<Args, Row>) => {
    const { sql: text, parameters } = build(db, createParameters<Args>(contains)).compile();
    return {
      text,
      parameters: parameters.map((parameter) =>
        isMarker(parameter) ? parameter[marked] : { value: parameter as SqlValue },
      ),
    };
  };
}
