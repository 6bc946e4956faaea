import { write, writeSync } from 'node:fs';

/** Where finished lines go. */
export interface LineOutput {
  readonly write: (line: string) => void;
  /** Writes what still waits, as far as it can be written, before the process ends. */
  readonly flushSync: () => void;
}

/** Characters that wait at most: far more than a reader that keeps up ever leaves, and no burden to the memory. */
const mostWaiting = 4 * 1024 * 1024;

const millisecondsBetweenTries = 100;

/**
 * Writes lines to a file descriptor off the thread, in their order. A full disk, a reader that is gone and one that does not
 * read hold nobody up and end nothing: lines wait for a while, and those that find no room are lost whole.
 */
export function createLineOutput(descriptor: number): LineOutput {
  let waiting = '';
  /** What is written at the moment, or could not be. */
  let next: Uint8Array = new Uint8Array();
  let state: 'idle' | 'writing' | 'failed' = 'idle';

  const advance = (): void => {
    state = 'idle';
    if (next.length === 0) {
      next = Buffer.from(waiting);
      waiting = '';
    }
    if (next.length === 0) return;
    state = 'writing';
    write(descriptor, next, (error, written) => {
      if (error === null) {
        next = next.subarray(written);
        return advance();
      }
      state = 'failed';
      setTimeout(advance, millisecondsBetweenTries).unref();
    });
  };

  return {
    write: (line) => {
      if (waiting.length + line.length > mostWaiting) return;
      waiting += line;
      if (state === 'idle') advance();
    },
    flushSync: () => {
      // What is being written ends by itself.
      const left = Buffer.concat([state === 'writing' ? Buffer.alloc(0) : next, Buffer.from(waiting)]);
      next = new Uint8Array();
      waiting = '';
      writeNow(descriptor, left);
    },
  };
}

/** A reader that is only slow gets a second. */
const mostTries = 10;

function writeNow(descriptor: number, octets: Uint8Array): void {
  let left = octets;
  for (let tries = 0; left.length > 0 && tries < mostTries; tries += 1) {
    try {
      left = left.subarray(writeSync(descriptor, left));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millisecondsBetweenTries);
    }
  }
}
