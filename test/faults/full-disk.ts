import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

/** A data directory whose disk can be full. */
export interface FullableDisk {
  readonly dataDirectory: string;
  /** What a full disk still takes: octets of a log that is written over again, or none. */
  readonly takes: 'little' | 'nothing';
  /** @param pid the process that is to meet it */
  readonly fill: (pid: number) => void;
  readonly free: (pid: number) => void;
}

/** A way to have a disk that is full. @returns undefined where this machine, or this user, cannot have it */
export type OpenDisk = (context: Ending) => FullableDisk | undefined;

/** A small file system that can be full. */
export interface SmallFileSystem {
  readonly place: string;
  readonly fill: () => void;
  readonly free: () => void;
}

/** Mounts a small file system in memory, as root may; others may pass by it. @returns undefined where that is refused */
export function mountSmallFileSystem(context: Ending): SmallFileSystem | undefined {
  const folder = temporaryDirectory(context);
  const place = join(folder, 'disk');
  mkdirSync(place);
  chmodSync(folder, 0o711);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const unmount = (): void => {
    process.off('exit', unmount);
    execFileSync('umount', ['-l', place]);
  };
  atEnd(context, unmount);
  // A run that is interrupted leaves none behind.
  process.on('exit', unmount);
  const ballast = join(place, 'ballast');
  return { place, fill: () => fillWith(ballast), free: () => rmSync(ballast) };
}

/** Writes fail with ENOSPC. */
const openSmallFileSystem: OpenDisk = (context) => {
  const mounted = mountSmallFileSystem(context);
  return mounted && { ...mounted, dataDirectory: join(mounted.place, 'data'), takes: 'little' };
};

function fillWith(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const size of [1 << 20, 1 << 12]) writeUntilFull(descriptor, Buffer.alloc(size));
  } finally {
    closeSync(descriptor);
  }
}

function writeUntilFull(descriptor: number, octets: Buffer): void {
  try {
    for (;;) writeSync(descriptor, octets);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** In octets: not even the first page of a write-ahead log fits. */
const lessThanAnything = 4096;

/** The process may write nothing beyond the beginning of a file (RLIMIT_FSIZE), which any user may ask for on Linux: EFBIG. */
const openLimitedFiles: OpenDisk = (context) => {
  const limit = (pid: number, octets: number | 'unlimited'): void => {
    execFileSync('prlimit', [`--pid=${pid}`, `--fsize=${octets}:unlimited`], { stdio: 'ignore' });
  };
  try {
    limit(process.pid, 'unlimited');
  } catch {
    return undefined;
  }
  const dataDirectory = join(temporaryDirectory(context), 'data');
  return {
    dataDirectory,
    takes: 'nothing',
    fill: (pid) => limit(pid, lessThanAnything),
    free: (pid) => limit(pid, 'unlimited'),
  };
};

/** Every way. */
export const disks: Readonly<Record<string, OpenDisk>> = {
  'a small file system': openSmallFileSystem,
  'a limit on the size of files': openLimitedFiles,
};
