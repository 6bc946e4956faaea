import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

/**
 * Loaded before a program (`--import`): kills it, as `kill -9` does, right before the operation on files or databases whose number
 * `KILL_POINT` is. Whatever the program does between two of them leaves no trace.
 */
const killPoint = Number(process.env['KILL_POINT']);
let operations = 0;

type Methods = Record<string, (...args: unknown[]) => unknown>;

function watch(owner: object, names: readonly string[]): void {
  const methods = owner as Methods;
  for (const name of names) {
    const original = methods[name];
    if (original === undefined) throw new Error(`there is no ${name}`);
    methods[name] = function (this: unknown, ...args: unknown[]) {
      operations += 1;
      if (operations === killPoint) process.kill(process.pid, 'SIGKILL');
      return original.apply(this, args);
    };
  }
}

watch(fs, [
  'chmodSync',
  'copyFileSync',
  'fsyncSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'writeFileSync',
]);
watch(DatabaseSync.prototype, ['exec', 'close']);
syncBuiltinESMExports();
