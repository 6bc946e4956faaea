import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

interface Place {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * Remembers which files lie at `paths`. A file that is deleted or replaced while it is open takes writes without an error, and
 * nobody finds them again.
 *
 * @returns what throws once another file, or none, lies there
 */
export function watchPlaces(paths: readonly string[]): () => Promise<void> {
  const places = paths.map((path): Place => {
    const { dev, ino } = statSync(path, { bigint: true });
    return { path, device: dev, inode: ino };
  });
  return async () => {
    await Promise.all(places.map(checkPlace));
  };
}

async function checkPlace({ path, device, inode }: Place): Promise<void> {
  const { dev, ino } = await stat(path, { bigint: true });
  if (dev !== device || ino !== inode) throw new Error(`${path} is another file than the one that is open`);
}
