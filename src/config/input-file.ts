import { ValueFault } from './faults.ts';

/** Reads a whole file; `node:fs` `readFileSync` outside tests. */
export type ReadFile = (path: string) => Buffer;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this process',
  EPERM: 'may not be read by this process',
  EISDIR: 'is a directory',
  ENOTDIR: 'is below something that is not a directory',
};

/** @throws ValueFault that says why `path` cannot be read */
export function readInput(readFile: ReadFile, path: string): Buffer {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ValueFault(`the file ${path} ${reasons[code] ?? `cannot be read (${code})`}`);
  }
}

/** The text of a file that holds one secret; the line end that editors add is not part of it. */
export function readSecretFile(readFile: ReadFile, path: string): string {
  return decodeUtf8(readInput(readFile, path), path).replace(/\r?\n$/, '');
}

/** @throws ValueFault when `octets` are not UTF-8 */
export function decodeUtf8(octets: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new ValueFault(`the file ${path} is not UTF-8 text`);
  }
}
