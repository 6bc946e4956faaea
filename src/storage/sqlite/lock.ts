import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../kernel/start-error.ts';
import { createPrivateFile } from './connection.ts';

/**
 * Claims a database for this process until the lock is closed or the process ends in any way: an exclusive
 * transaction on an empty database beside it, whose lock belongs to the operating system. The database itself stays
 * free for this process's own second connection and for backup tools.
 *
 * @throws StartError when another process holds it
 */
export function lockDatabase(file: string): DatabaseSync {
  const lockFile = `${file}-lock`;
  createPrivateFile(lockFile);
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (cause) {
    lock.close();
    throw isBusy(cause)
      ? new StartError(`The data directory ${dirname(file)} is in use by another process.`, { cause })
      : cause;
  }
}

const busy = 5;

/** Whether SQLite met a lock of somebody else's. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy;
}
