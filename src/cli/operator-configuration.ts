import { readFileSync } from 'node:fs';
import { type Configuration, readConfiguration } from '../config/configuration.ts';
import { StartError } from '../kernel/start-error.ts';

/**
 * The server's own settings, from where it reads them.
 * @throws ConfigurationError
 */
export function readOwnConfiguration(): Configuration {
  return readConfiguration({ env: process.env, readFile: readFileSync });
}

/**
 * Refuses a command that copies files where the database is none of ours.
 * @param means what does the same for a PostgreSQL database
 */
export function refuseServerDatabase({ databaseUrl }: Configuration, means: string): void {
  if (databaseUrl === null) return;
  throw new StartError(
    `DATABASE_URL names a PostgreSQL database: use ${means}; this command is for the embedded database.`,
  );
}

/** Where the master key is, for people. */
export function masterKeyPlace({ masterKey, dataDirectory }: Configuration): string {
  return masterKey === null ? `in ${dataDirectory}/master.key` : 'what CLIENTELE_MASTER_KEY holds';
}
