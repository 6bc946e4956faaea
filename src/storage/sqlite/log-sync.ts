import { close, fdatasync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

/** Brings what was committed to the disk, off the thread. */
export interface LogSync {
  /** Resolves when everything that was committed before the call is on the disk. @throws Error of the system */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Takes the waiting for the disk over from `database`, the database in `file`, which would hold up the thread meanwhile: with
 * `synchronous = normal` it appends what is committed to its write-ahead log, in order, and itself syncs that only before anything of it
 * goes into the database. SQLite locks the log by another file, so that opening and closing it here drops no lock.
 */
export function openLogSync(database: DatabaseSync, file: string): LogSync {
  const log = openSync(`${file}-wal`, 'r+');
  database.exec('pragma synchronous = normal');
  return {
    sync: () => promisify(fdatasync)(log),
    close: () => promisify(close)(log),
  };
}
