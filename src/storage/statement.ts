import { type Compilable, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** What both engines bind as it is. */
export type SqlValue = null | number | string | Uint8Array;

/** An argument of a statement: a value, or a list for `Parameters.in`. */
export type Argument = SqlValue | readonly string[];

declare const row: unique symbol;

/** A statement with its arguments bound: what an engine runs. */
export interface Query<Row> {
  /** Of one statement always the same text, so that an engine can find its prepared statement by it. */
  readonly text: string;
  readonly parameters: readonly SqlValue[];
  /** Only for the type checker. */
  readonly [row]?: Row;
}

/** A statement that was compiled when the server started; called with its arguments it makes a query. */
export type Statement<Args, Row> = (args: Args) => Query<Row>;

type ColumnName = {
  [Table in keyof Schema]: `${Table}.${keyof Schema[Table] & string}`;
}[keyof Schema];

type ListName<Args> = {
  [Name in keyof Args]: Args[Name] extends readonly string[] ? Name : never;
}[keyof Args];

/** Stands for the arguments while a statement is built. */
export interface Parameters<Args> {
  /** The argument `name`. */
  readonly value: <Name extends keyof Args & string>(name: Name) => RawBuilder<Args[Name]>;
  /** Arguments that are named like the columns that they are for. */
  readonly row: <Name extends keyof Args & string>(
    names: readonly Name[],
  ) => { readonly [N in Name]: RawBuilder<Args[N]> };
  /** Whether `column` is among the list `name`, of any length. */
  readonly in: (column: ColumnName, name: ListName<Args> & string) => RawBuilder<SqlBool>;
}

/** Compiles one statement. */
export type CompileStatement = <Args extends { readonly [Name in keyof Args]: Argument }, Row>(
  build: (db: Kysely<Schema>, parameters: Parameters<Args>) => Compilable<Row>,
) => Statement<Args, Row>;

/** How an engine binds a list as one parameter. */
export interface ListBinding {
  /** Whether `column` is among the list in the parameter `list`. */
  readonly contains: (column: RawBuilder<unknown>, list: RawBuilder<unknown>) => RawBuilder<SqlBool>;
  readonly encode: (list: readonly string[]) => SqlValue;
}

const marked: unique symbol = Symbol('argument');

/** Kysely carries it through as if it were the parameter's value. */
interface Marker {
  readonly [marked]: string;
}

function isMarker(parameter: unknown): parameter is Marker {
  return typeof parameter === 'object' && parameter !== null && marked in parameter;
}

function createParameters<Args>(list: ListBinding): Parameters<Args> {
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
    in: (column, name) => list.contains(sql.ref(column), value(name)),
  };
}

/** Makes the compiler of an engine from a Kysely that is never connected. */
export function createStatementCompiler(db: Kysely<Schema>, list: ListBinding): CompileStatement {
  const bind = (argument: Argument): SqlValue =>
    (Array.isArray(argument) ? list.encode(argument) : argument) as SqlValue;

  return <Args extends { readonly [Name in keyof Args]: Argument }, Row>(
    build: (db: Kysely<Schema>, parameters: Parameters<Args>) => Compilable<Row>,
  ): Statement<Args, Row> => {
    const { sql: text, parameters } = build(db, createParameters<Args>(list)).compile();
    const readers = parameters.map((parameter) => {
      if (!isMarker(parameter)) return () => parameter as SqlValue;
      const name = parameter[marked] as keyof Args;
      return (args: Args) => bind(args[name]);
    });
    return (args) => ({ text, parameters: readers.map((read) => read(args)) });
  };
}
