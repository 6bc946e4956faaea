import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { root, run } from './server-process.ts';

test('help and the version are printed, and an unknown command is told with the help and 2', async (context) => {
  const folder = temporaryDirectory(context);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const expected = {
    help: [0, /Usage: clientele/],
    '--version': [0, new RegExp(`^${version}\n$`)],
    serve: [2, /no command "serve"[\s\S]*Usage/],
  };
  for (const [word, [code, output]] of Object.entries(expected)) {
    const program = await run(context, folder, [word]);
    assert.equal((await program.exit).code, code);
    assert.match(program.output(), output as RegExp);
  }
  assert.deepEqual(readdirSync(folder), []);
});
