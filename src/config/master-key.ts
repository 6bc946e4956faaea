import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { randomOctets, randomUuid } from '../kernel/random.ts';
import { dataFiles } from './data-directory.ts';
import { ConfigurationError, ValueFault } from './faults.ts';
import { parseMasterKey } from './values.ts';

/** Where master keys come from: the operator's own, or else the files in the data directory. */
export interface MasterKeyOptions {
  readonly masterKey: Buffer | null;
  readonly previousMasterKey: Buffer | null;
  readonly dataDirectory: string;
}

/**
 * The keys that may open the data: first the one in use, which seals, then others of a rotation that is under way. They are the
 * operator's, or those in the data directory, where one is made at the first start. Where there is a database already, a new key
 * would open nothing of it, so none is made.
 * @throws ConfigurationError when a file could have been read or replaced by someone else, is not a key, or is gone
 */
export function loadMasterKeys(options: MasterKeyOptions): readonly Buffer[] {
  if (options.masterKey === null) mkdirSync(options.dataDirectory, { recursive: true, mode: 0o700 });
  return masterKeysOf(options, makeFirstKey);
}

/**
 * The same for commands that work on what is there: no key is made.
 * @throws ConfigurationError also when there is no key
 */
export function readMasterKeys(options: MasterKeyOptions): readonly Buffer[] {
  return masterKeysOf(options, () => {
    throw new ValueFault('is missing: put the key there, with mode 0600, or set CLIENTELE_MASTER_KEY');
  });
}

function masterKeysOf(
  { masterKey, previousMasterKey, dataDirectory }: MasterKeyOptions,
  makeFirst: (path: string) => Buffer,
): readonly Buffer[] {
  if (masterKey !== null) return previousMasterKey === null ? [masterKey] : [masterKey, previousMasterKey];
  // A rotation renames `next` to the name that is read last: at least one of the two readings meets the new key.
  const next = atPath(join(dataDirectory, dataFiles.nextMasterKey), readKey);
  const inUse = atPath(join(dataDirectory, dataFiles.masterKey), (path) => readKey(path) ?? makeFirst(path));
  return next === undefined ? [inUse] : [inUse, next];
}

/**
 * The key that takes over next, written beside the one in use; the same until it has taken over, so that a rotation that was killed
 * goes on with it.
 * @throws ConfigurationError
 */
export function draftNextMasterKey(dataDirectory: string): Buffer {
  return atPath(join(dataDirectory, dataFiles.nextMasterKey), (path) => readKey(path) ?? makeKey(path));
}

/**
 * Puts the next key into the place of the one in use, which is kept under its id; answers where. May be repeated. Durable when it
 * returns, and at every moment before that both keys are in a file.
 * @param id of the key that is replaced
 */
export function publishNextMasterKey(dataDirectory: string, id: string): string {
  const inUse = join(dataDirectory, dataFiles.masterKey);
  const kept = `${inUse}.${id}`;
  linkUnlessTaken(inUse, kept);
  renameSync(join(dataDirectory, dataFiles.nextMasterKey), inUse);
  syncDirectory(dataDirectory);
  return kept;
}

/** Completes what is wrong with the file at `path` with its name. */
function atPath<Key>(path: string, read: (path: string) => Key): Key {
  try {
    return read(path);
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    throw new ConfigurationError([{ where: path, message: error.message }]);
  }
}

function readKey(path: string): Buffer | undefined {
  const descriptor = openWithoutFollowing(path);
  if (descriptor === undefined) return undefined;
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw new ValueFault('must be a regular file');
    if (facts.uid !== process.getuid?.())
      throw new ValueFault('must belong to the user that runs the server');
    if ((facts.mode & 0o077) !== 0) {
      throw new ValueFault(
        'is open to other users: run chmod 600 on it, and replace the key if it may have been read',
      );
    }
    return parseMasterKey(readFileSync(descriptor, 'latin1').replace(/\n$/, ''));
  } finally {
    closeSync(descriptor);
  }
}

function openWithoutFollowing(path: string): number | undefined {
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new ValueFault('must not be a symbolic link');
    if (code === 'EACCES') throw new ValueFault('may not be read by this process');
    throw error;
  }
}

function makeFirstKey(path: string): Buffer {
  if (existsSync(join(dirname(path), dataFiles.database))) {
    throw new ValueFault(
      'is missing beside an existing database: put it back, or set CLIENTELE_MASTER_KEY to the key in use before',
    );
  }
  return makeKey(path);
}

/**
 * Writes a new key aside and links it into place, which fails when the name is taken: a crash leaves a whole key or
 * none, and of two servers that start at once both use the same.
 */
function makeKey(path: string): Buffer {
  const key = randomOctets(32);
  const draft = `${path}.${randomUuid()}`;
  writeFileSync(draft, `${key.toString('base64')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  try {
    if (!linkUnlessTaken(draft, path)) return readKey(path) ?? makeKey(path);
  } finally {
    rmSync(draft);
  }
  syncDirectory(dirname(path));
  return key;
}

/** Gives a file another name; false when that is taken. */
function linkUnlessTaken(path: string, name: string): boolean {
  try {
    linkSync(path, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
