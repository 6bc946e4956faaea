import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { shellEnvironment, start } from '../programs.ts';
import { entry } from './server-process.ts';

test('an entry that stands in the log already is found, and the end of the program is no failure then', async (context) => {
  const command = [process.execPath, '--eval', `console.log('{"message":"ready"}')`] as const;
  const program = start(context, command, { cwd: import.meta.dirname, env: shellEnvironment() });
  await program.exit;
  assert.deepEqual(await entry(program, 'ready'), { message: 'ready' });
  // Whatever nobody has caught would come out.
  await setImmediate();
});
