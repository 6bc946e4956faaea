import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, isTaken, run, shellEnvironment, start, untilReady } from './programs.ts';

const root = join(import.meta.dirname, '..');

test('npm start serves from a fresh clone, alone on its data, and ends with its server on SIGTERM', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'clientele-start-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [clone, data] = [join(folder, 'clone'), join(folder, 'data')];
  const port = await freePort();
  const environment = (listenOn: number) =>
    shellEnvironment({ NODE_ENV: 'production', PORT: String(listenOn), CLIENTELE_DATA_DIR: data });

  await run(t, ['git', 'clone', '--quiet', root, clone], { cwd: folder, env: shellEnvironment() });
  const first = start(t, ['npm', 'start'], { cwd: clone, env: environment(port) });
  await untilReady(first, port);

  const second = start(t, ['npm', 'start'], { cwd: clone, env: environment(await freePort()) });
  const refused = await second.exit;
  assert.notEqual(refused.code, 0);
  assert.match(second.output(), /data directory .*in use/);

  first.child.kill('SIGTERM');
  assert.deepEqual(await first.exit, { code: 0, signal: null }, first.output());
  assert.equal(await isTaken(port), false);
});
