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
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { randomOctets, randomUuid } from '../kernel/random.ts';
import { dataFiles } from './data-directory.ts';
import { ConfigurationError, ValueFault } from './faults.ts';
import { parseMasterKey } from './values.ts';

/**
 * The key that seals signing keys and client secrets: the operator's, or the one in the data directory, which is
 * made at the first start. Where there is a database already, a new key would open nothing of it, so none is made.
 * @throws ConfigurationError when the file could have been read or replaced by someone else, is not a key, or is gone
 */
export function loadMasterKey(configuration: {
  readonly masterKey: Buffer | null;
  readonly dataDirectory: string;
}): Buffer {
  if (configuration.masterKey !== null) return configuration.masterKey;
  const path = join(configuration.dataDirectory, dataFiles.masterKey);
  mkdirSync(configuration.dataDirectory, { recursive: true, mode: 0o700 });
  try {
    return readKey(path) ?? makeFirstKey(path);
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
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return readKey(path) ?? makeKey(path);
  } finally {
    rmSync(draft);
  }
  syncDirectory(dirname(path));
  return key;
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
