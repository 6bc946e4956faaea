import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { shellEnvironment } from '../programs.ts';

const preload = join(import.meta.dirname, 'kill-point.ts');

/**
 * Runs a program again and again, killed before its first operation on files or databases, then before its second, and so on until
 * it is no longer killed; answers how often it was.
 * @param prepare makes the data that it works on, and answers its arguments and settings
 * @param look sees what it has left
 */
export async function killEverywhere(
  program: string,
  prepare: () => Promise<{
    readonly args: readonly string[];
    readonly settings?: Readonly<Record<string, string>>;
  }>,
  look: (args: readonly string[]) => Promise<void>,
): Promise<number> {
  for (let killPoint = 1; ; killPoint++) {
    const { args, settings } = await prepare();
    const env = shellEnvironment({ ...settings, KILL_POINT: String(killPoint) });
    const child = spawn(process.execPath, ['--import', preload, program, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const faults: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => faults.push(text));
    const [code, signal] = await once(child, 'close');
    await look(args);
    if (signal === null) {
      assert.equal(code, 0, faults.join(''));
      return killPoint - 1;
    }
    assert.equal(signal, 'SIGKILL');
  }
}
