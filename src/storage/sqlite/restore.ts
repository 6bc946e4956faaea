import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EpochSeconds } from '../../kernel/clock.ts';
import { StartError } from '../../kernel/start-error.ts';
import { createPrivateFile } from './connection.ts';
import {
  type DatabaseFacts,
  isDamage,
  removeDatabase,
  settleDatabase,
  sideFilesOf,
  syncPath,
} from './database-file.ts';
import { isBusy, lockDatabase } from './lock.ts';

/** What happens to a database that is where another is to be restored. */
export type ExistingDatabase = 'refuse' | 'set-aside';

/** What is restored, and where to. */
export interface RestoreRequest {
  readonly backup: string;
  /** The database of the data directory, which is made (mode 0700) where it does not exist. */
  readonly database: string;
  readonly existing: ExistingDatabase;
  /** Part of the name of a database that is set aside. */
  readonly now: EpochSeconds;
  /** Sees what the backup holds before anything is changed. @throws whatever speaks against it */
  readonly check: (facts: DatabaseFacts) => void;
}

/** A database that was restored. */
export interface RestoreFacts extends DatabaseFacts {
  /** Where the database is that was there before; null where there was none. */
  readonly setAside: string | null;
}

/**
 * Puts a backup into the place of a database:
 *
 *     copied aside ─► found whole ─► old one closed ─► old one has a second name ─► renamed over the old one
 *                                    (no WAL left)                                  ▲ the one step that counts
 *
 * Up to that step the old database is in its place as it was, from it on the new one. No WAL of the old one ever lies beside the new.
 * @throws StartError when somebody uses the database, there is one that may not be set aside, or the backup is damaged or newer
 */
export function restoreDatabase(request: RestoreRequest): RestoreFacts {
  const { backup, database, existing, now, check } = request;
  checkSource(backup);
  mkdirSync(dirname(database), { recursive: true, mode: 0o700 });
  const lock = lockDatabase(database);
  const draft = `${database}.new`;
  try {
    if (existing === 'refuse' && isThere(database)) {
      throw new StartError(`There is a database in ${dirname(database)} already; --force sets it aside.`);
    }
    removeDatabase(draft);
    createPrivateFile(draft);
    copyFileSync(backup, draft);
    // The copy has got the mode of the backup.
    chmodSync(draft, 0o600);
    const facts = settleDatabase(draft, backup);
    check(facts);
    const setAside = isThere(database) ? setDatabaseAside(database, now) : null;
    renameSync(draft, database);
    syncPath(dirname(database));
    return { ...facts, setAside };
  } finally {
    removeDatabase(draft);
    lock.close();
  }
}

function checkSource(backup: string): void {
  if (!existsSync(backup)) throw new StartError(`${backup} does not exist.`);
  if (existsSync(`${backup}-wal`)) {
    throw new StartError(
      `${backup} has a WAL beside it: it is a database in use, not what \`clientele backup\` makes.`,
    );
  }
}

/** A WAL without its database counts: SQLite would read it into whatever comes into that place. */
function isThere(database: string): boolean {
  return [database, ...sideFilesOf(database)].some((path) => existsSync(path));
}

/** Gives the database a second name; it stays in its place, in one file. */
function setDatabaseAside(database: string, now: EpochSeconds): string {
  const time = new Date(now * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  const aside = `${database}.before-${time}`;
  if (existsSync(aside)) throw new StartError(`${aside} exists already; try again.`);
  if (existsSync(database)) foldWal(database);
  for (const [index, path] of sideFilesOf(database).entries()) {
    if (existsSync(path)) renameSync(path, sideFilesOf(aside)[index] ?? path);
  }
  if (existsSync(database)) linkSync(database, aside);
  return aside;
}

/** Brings into the database's own file what still stands in its WAL. One that cannot be read has nothing to lose by being left as it is. */
function foldWal(database: string): void {
  const connection = new DatabaseSync(database, { timeout: 0 });
  try {
    connection.exec('pragma journal_mode = delete');
  } catch (cause) {
    if (isDamage(cause)) return;
    if (!isBusy(cause)) throw cause;
    throw new StartError(`Another command uses the database in ${dirname(database)}; try again.`, { cause });
  } finally {
    connection.close();
  }
}
