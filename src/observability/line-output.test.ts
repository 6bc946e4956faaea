import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { temporaryDirectory } from '../../test/fixtures/temporary-directory.ts';
import { createLineOutput } from './line-output.ts';

/** A pipe that takes some 64 KiB, and refuses what is more until somebody reads. */
function openPipe(context: TestContext): number {
  const path = join(temporaryDirectory(context), 'pipe');
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  context.after(() => closeSync(descriptor));
  return descriptor;
}

/** What there is to read now. */
function readWhatIsThere(descriptor: number): string {
  const octets = Buffer.alloc(1024 * 1024);
  try {
    return octets.toString('utf8', 0, readSync(descriptor, octets));
  } catch {
    return '';
  }
}

async function readLines(descriptor: number, last: string): Promise<readonly string[]> {
  for (let text = ''; ; await setImmediate()) {
    text += readWhatIsThere(descriptor);
    if (text.endsWith(`${last}\n`)) return text.split('\n').slice(0, -1);
  }
}

test('what a reader has no room for comes once it reads, each line once and in order', async (context) => {
  const descriptor = openPipe(context);
  const output = createLineOutput(descriptor);
  const lines = Array.from({ length: 3000 }, (_, index) => `${index} ${'é'.repeat(40)}`);
  for (const line of lines) output.write(`${line}\n`);
  assert.deepEqual(await readLines(descriptor, lines.at(-1) ?? ''), lines);
});

test('for a reader that does not read some megabytes are kept; lines beyond them are lost, and later ones come', async (context) => {
  const descriptor = openPipe(context);
  const output = createLineOutput(descriptor);
  const written = Array.from({ length: 6000 }, (_, index) => `${index}`.padStart(1023, '.'));
  for (const line of written) output.write(`${line}\n`);
  // The first was on its way before the second came.
  const kept = written.slice(0, 1 + 4096);
  assert.deepEqual(await readLines(descriptor, kept.at(-1) ?? ''), kept);
  output.write('later\n');
  assert.deepEqual(await readLines(descriptor, 'later'), ['later']);
});

test('where nothing can be written, writing and the last flush end', {
  skip: !existsSync('/dev/full'),
}, (context) => {
  const descriptor = openSync('/dev/full', 'w');
  context.after(() => closeSync(descriptor));
  const output = createLineOutput(descriptor);
  for (let index = 0; index < 100; index += 1) output.write('a line\n');
  output.flushSync();
});
