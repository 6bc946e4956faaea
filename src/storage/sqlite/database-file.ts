import { closeSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../kernel/start-error.ts';
import type { SealedText } from '../../keys/data-key.ts';
import { refuseNewerSchema } from '../migrations/versions.ts';
import type { KeysTable } from '../schema.ts';
import { dataKeySetting, textOfKey } from '../sql/data-key-store.ts';
import { readSchemaVersions } from './schema-versions.ts';

/** What an embedded database tells of itself, without a key. */
export interface DatabaseFacts {
  /** The last migration that was applied to it. */
  readonly schema: string;
  /** How many clients it holds. */
  readonly clients: number;
  /** The sealed data key; undefined in a database that was made before there was one. */
  readonly dataKey: string | undefined;
  /** One of its sealed keys; undefined where a server has never started. */
  readonly text: SealedText | undefined;
}

/** The files that SQLite keeps beside a database. */
export function sideFilesOf(file: string): readonly string[] {
  return ['-wal', '-shm', '-journal'].map((suffix) => file + suffix);
}

/** Removes a database and all that SQLite keeps beside it, as far as it is there. */
export function removeDatabase(file: string): void {
  for (const path of [file, ...sideFilesOf(file)]) rmSync(path, { force: true });
}

/**
 * Sees to it that a copy of a database is whole, of this program and of no newer schema, stands in one file and is on the disk.
 * @param name what messages call it
 * @throws StartError when it is none of that
 */
export function settleDatabase(file: string, name: string): DatabaseFacts {
  const facts = readFacts(file, name);
  syncPath(file);
  return facts;
}

function readFacts(file: string, name: string): DatabaseFacts {
  const database = new DatabaseSync(file);
  try {
    // Its content need not be trusted: a view or a trigger in it must not run code.
    database.exec('pragma trusted_schema = off; pragma journal_mode = delete');
    checkIntegrity(database, name);
    checkLength(database, file, name);
    return { schema: schemaOf(database, name), ...contentOf(database) };
  } catch (cause) {
    throw isDamage(cause) ? new StartError(`${name} is damaged, or is no database.`, { cause }) : cause;
  } finally {
    database.close();
  }
}

function checkIntegrity(database: DatabaseSync, name: string): void {
  const [first] = database.prepare('pragma integrity_check(1)').all();
  if (first?.['integrity_check'] !== 'ok') throw new StartError(`${name} is damaged.`);
}

/** SQLite takes a last page that was cut for one that ends in zeros. */
function checkLength(database: DatabaseSync, file: string, name: string): void {
  const numberOf = (pragma: string) =>
    Number(Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[0]);
  const whole = numberOf('page_count') * numberOf('page_size');
  if (statSync(file).size !== whole) throw new StartError(`${name} is damaged: it was cut off.`);
}

function schemaOf(database: DatabaseSync, name: string): string {
  const names = readSchemaVersions(database);
  const last = names.at(-1);
  if (last === undefined) throw new StartError(`${name} is no database of Clientele.`);
  refuseNewerSchema(names, name);
  return last;
}

function contentOf(database: DatabaseSync): Omit<DatabaseFacts, 'schema'> {
  const counted = database.prepare('select count(*) as clients from clients').get();
  const setting = database.prepare('select value from settings where key = ?').get(dataKeySetting);
  const key = database.prepare('select id, purpose, sealed from keys limit 1').get();
  return {
    clients: Number(counted?.['clients']),
    dataKey: setting === undefined ? undefined : String(setting['value']),
    text: key === undefined ? undefined : textOfKey(key as unknown as KeysTable),
  };
}

/** Primary result codes of SQLite: SQLITE_CORRUPT and SQLITE_NOTADB. */
const damages = [11, 26];

/** Whether SQLite could not read a database for what stands in it. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && damages.includes(Number(error.errcode) & 0xff);
}

/** Makes what was written to a file, or renamed in a directory, durable. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
