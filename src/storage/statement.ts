import type { Compilable, Kysely, RawBuilder, Sql, SqlBool } from 'kysely';
import type { Schema } from './schema.ts';
import { keyOfStatement } from './statement-key.ts';

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

/** A statement whose text stood when the server had started; called with its arguments it makes a query. */
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
  /** For what Kysely has no word for; its own is not imported, since a server whose statements are written does without it. */
  readonly sql: Sql;
}

/** Builds one statement: the same calls whenever it is called. */
export type BuildStatement<Args, Row> = (db: Kysely<Schema>, parameters: Parameters<Args>) => Compilable<Row>;

/** Compiles one statement. */
export type CompileStatement = <Args extends { readonly [Name in keyof Args]: Argument }, Row>(
  build: BuildStatement<Args, Row>,
) => Statement<Args, Row>;

/** A statement in the words of an engine. */
export interface StatementText {
  readonly text: string;
  /** What is bound, in its order: the argument of this name, or always this value. */
  readonly parameters: readonly (string | { readonly value: SqlValue })[];
}

/** Has Kysely write a statement. */
export type WriteStatement = <Args, Row>(build: BuildStatement<Args, Row>) => StatementText;

/** What an engine compiles statements with. */
export interface StatementMeans {
  /** What is written already, by the key of what it was built with. */
  readonly written: Readonly<Record<string, StatementText>>;
  /** Loads what writes any other. */
  readonly loadWriter: () => WriteStatement;
  /** Binds a list as one parameter. */
  readonly encodeList: (list: readonly string[]) => SqlValue;
}

/** Makes the compiler of an engine. */
export function createStatementCompiler({
  written,
  loadWriter,
  encodeList,
}: StatementMeans): CompileStatement {
  const bind = (argument: Argument): SqlValue =>
    (Array.isArray(argument) ? encodeList(argument) : argument) as SqlValue;

  return <Args extends { readonly [Name in keyof Args]: Argument }, Row>(
    build: BuildStatement<Args, Row>,
  ): Statement<Args, Row> => {
    const { text, parameters } = written[keyOfStatement(build)] ?? loadWriter()(build);
    const readers = parameters.map((parameter) => {
      if (typeof parameter !== 'string') return () => parameter.value;
      const name = parameter as keyof Args;
      return (args: Args) => bind(args[name]);
    });
    return (args) => ({ text, parameters: readers.map((read) => read(args)) });
  };
}
