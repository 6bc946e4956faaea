import {
  type ColumnDefinitionNode,
  DummyDriver,
  Kysely,
  type KyselyPlugin,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import type { Client } from 'pg';
import { migrationDatabase } from '../migrations/migration-database.ts';
import type { Schema } from '../schema.ts';
import type { WriteStatement } from '../statement.ts';
import { createStatementWriter, type ListContains } from '../statement-writer.ts';

/** A list is bound as an array, so that one prepared statement serves every length. */
const containsInArray: ListContains = (column, list) => sql`${column} = any(${list}::text[])`;

/** Makes what writes the statements of this engine. */
export function createWriter(): WriteStatement {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return createStatementWriter(db, containsInArray);
}

/** A Kysely that runs on `client`, for migrations. It does not end the client. */
export function createMigrationDatabase(client: Client): Kysely<unknown> {
  const connection = {
    query: (text: string, parameters: readonly unknown[]) => client.query(text, [...parameters]),
    release() {},
  };
  const pool = { connect: async () => connection as never, end: async () => {} };
  return migrationDatabase(new PostgresDialect({ pool }), [orderedByOctets]);
}

const textByOctets = sql.raw('text collate "C"').toOperationNode();

function byOctets(column: ColumnDefinitionNode): ColumnDefinitionNode {
  const { dataType } = column;
  const isText = 'dataType' in dataType && dataType.dataType === 'text';
  return isText ? { ...column, dataType: textByOctets } : column;
}

/**
 * Gives every text column the collation `C`: in order as on the embedded engine, whatever the database was made with, and
 * with indexes that no update of the system's locales can break.
 */
const orderedByOctets: KyselyPlugin = {
  transformQuery: ({ node }) => {
    if (node.kind === 'CreateTableNode') return { ...node, columns: node.columns.map(byOctets) };
    if (node.kind !== 'AlterTableNode' || node.columnAlterations === undefined) return node;
    const columnAlterations = node.columnAlterations.map((alteration) =>
      alteration.kind === 'AddColumnNode'
        ? { ...alteration, column: byOctets(alteration.column) }
        : alteration,
    );
    return { ...node, columnAlterations };
  },
  transformResult: async ({ result }) => result,
};
