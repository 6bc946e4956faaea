import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../kernel/start-error.ts';

/** What was generated at the first start, or by a rotation; what the operator chose is not repeated here. */
export interface GeneratedCredentials {
  readonly issuer?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly adminUsername?: string;
  readonly adminPassword?: string;
}

/** The name of the file in the data directory. */
export const credentialsFileName = 'bootstrap.json';

/** Credentials that are on the disk beside `bootstrap.json`, and not in it yet. */
export interface DraftedCredentials {
  /** Puts them in its place; durable when it resolves. Answers the path. */
  readonly publish: () => Promise<string>;
}

/**
 * Writes what `bootstrap.json` will hold beside it (mode 0600; the directory, 0700, is made where it does not exist), so that whatever can go wrong does so before anything is changed.
 * @throws StartError when the file is there and is not JSON: it may hold the only copy of a password
 */
export async function draftCredentials(
  dataDirectory: string,
  credentials: GeneratedCredentials,
): Promise<DraftedCredentials> {
  const path = join(dataDirectory, credentialsFileName);
  const content = { ...(await readCredentials(path)), ...credentials };
  const draft = `${path}.new`;
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const file = await open(draft, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return {
    publish: async () => {
      await rename(draft, path);
      await syncDirectory(dataDirectory);
      return path;
    },
  };
}

/**
 * Adds to `bootstrap.json` (mode 0600); durable, and never half-written, when the promise resolves.
 * @throws StartError when the file is there and is not JSON: it may hold the only copy of a password
 */
export async function writeCredentials(
  dataDirectory: string,
  credentials: GeneratedCredentials,
): Promise<string> {
  return (await draftCredentials(dataDirectory, credentials)).publish();
}

/** Makes a renaming durable. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function readCredentials(path: string): Promise<Partial<GeneratedCredentials>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return JSON.parse(text) as Partial<GeneratedCredentials>;
  } catch (cause) {
    throw new StartError(`${path} is not JSON: move it away, so that it can be written anew`, { cause });
  }
}
