import { type Dialect, type DialectAdapter, Kysely, type KyselyPlugin } from 'kysely';

/**
 * Migrates in one transaction on both engines, where Kysely's own adapter for SQLite would not, so that a crash leaves no half a schema. No
 * lock of Kysely's: it would come after Kysely has made its tables, which two nodes cannot do at once. The start lock of PostgreSQL surrounds
 * everything; beside a server on SQLite, the transaction keeps a tool apart.
 */
const migrationAdapter: DialectAdapter = {
  supportsCreateIfNotExists: true,
  supportsTransactionalDdl: true,
  supportsReturning: true,
  acquireMigrationLock: async () => {},
  releaseMigrationLock: async () => {},
};

/** A Kysely that migrates what `dialect` reaches. */
export function migrationDatabase(dialect: Dialect, plugins: KyselyPlugin[] = []): Kysely<unknown> {
  return new Kysely<unknown>({
    plugins,
    dialect: {
      createAdapter: () => migrationAdapter,
      createDriver: () => dialect.createDriver(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  });
}
