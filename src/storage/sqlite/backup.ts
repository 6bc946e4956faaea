import { createHash } from 'node:crypto';
import { createReadStream, existsSync, linkSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { randomUuid } from '../../kernel/random.ts';
import { StartError } from '../../kernel/start-error.ts';
import { createPrivateFile } from './connection.ts';
import { type DatabaseFacts, removeDatabase, settleDatabase, syncPath } from './database-file.ts';

/** A backup that was made. */
export interface BackupFacts extends DatabaseFacts {
  readonly octets: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

/** What happens to a file that is where a backup is to be. */
export type ExistingFile = 'keep' | 'replace';

/** What is backed up, and where to. */
export interface BackupRequest {
  /** The database; servers may use it. */
  readonly database: string;
  /** Gets mode 0600. */
  readonly target: string;
  readonly existing: ExistingFile;
  /** Sees what was copied before it gets its name. @throws whatever keeps it from getting it */
  readonly check: (facts: DatabaseFacts) => void;
}

/**
 * Copies a database as it is at one moment while others write to it, and holds none of them up. The copy is read and found whole
 * before it gets its name, and durable when the promise resolves: a file of that name is a backup, or was there before.
 * @throws StartError when the target exists and is to be kept, or the database is damaged
 */
export async function backUpDatabase(request: BackupRequest): Promise<BackupFacts> {
  const { database, target, existing, check } = request;
  if (existing === 'keep' && existsSync(target)) throw exists(target);
  const draft = `${target}.${randomUuid()}`;
  createPrivateFile(draft);
  try {
    await copyDatabase(database, draft);
    const facts = settleDatabase(draft, database);
    check(facts);
    const { size: octets } = statSync(draft);
    const sha256 = await digestOf(draft);
    publish[existing](draft, target);
    syncPath(dirname(target));
    return { ...facts, octets, sha256 };
  } finally {
    removeDatabase(draft);
  }
}

const millisecondsToWaitForALock = 10_000;
const pagesAtOnce = 1000;

/**
 * The transaction keeps what the copy reads as it was at its beginning. Without it every write of another process would make the copy
 * begin anew, and beside a busy server it would never end.
 */
async function copyDatabase(file: string, target: string): Promise<void> {
  const database = new DatabaseSync(file, { timeout: millisecondsToWaitForALock });
  try {
    database.exec('begin; select count(*) from sqlite_schema');
    await backup(database, target, { rate: pagesAtOnce });
    database.exec('rollback');
  } finally {
    database.close();
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const octets of createReadStream(file)) hash.update(octets);
  return hash.digest('hex');
}

const publish: Readonly<Record<ExistingFile, (draft: string, target: string) => void>> = {
  replace: renameSync,
  keep: (draft, target) => {
    try {
      linkSync(draft, target);
    } catch (error) {
      if (codeOf(error) === 'EEXIST' || existsSync(target)) throw exists(target);
      if (!linkless.includes(codeOf(error))) throw error;
      renameSync(draft, target);
    }
  },
};

/** What file systems without hard links say, such as those of network shares. */
const linkless: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function exists(target: string): StartError {
  return new StartError(`${target} exists already; --force replaces it.`);
}
