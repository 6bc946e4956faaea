import { StartError } from '../../kernel/start-error.ts';

/** The names of all migrations, in their order. The last that was applied to a database is the version of its schema. */
export const schemaVersions = [
  '0001-initial',
  '0002-client-keys-and-directory',
  '0003-subject-ids',
  '0004-scope-renames',
  '0005-purge-indexes',
  '0006-people',
  '0007-token-families',
  '0008-provider-issuers',
  '0009-username-keys',
  '0010-past-keys',
] as const;

/** The name of a migration. */
export type SchemaVersion = (typeof schemaVersions)[number];

/** Whether a database to which `applied` were applied, in their order, has the newest schema. */
export function isNewestSchema(applied: readonly string[]): boolean {
  return applied.length === schemaVersions.length && schemaVersions.every((name, at) => name === applied[at]);
}

/**
 * Refuses a database to which something was applied that this version does not know.
 * @param name what the message calls it
 * @throws StartError
 */
export function refuseNewerSchema(applied: readonly string[], name: string): void {
  const unknown = applied.find((version) => !schemaVersions.some((known) => known === version));
  if (unknown === undefined) return;
  throw new StartError(
    `${name} was made by a newer version: it has the schema ${unknown}, and this version knows none after ${schemaVersions.at(-1)}.`,
  );
}
