import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, isTaken, run, shellEnvironmentWithNode, start, untilReady } from './programs.ts';

const root = join(import.meta.dirname, '..');

test('the packed tarball installs in an empty folder, serves, and ends on SIGTERM', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'clientele-tarball-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const env = shellEnvironmentWithNode({ PORT: String(port), CLIENTELE_DATA_DIR: join(folder, 'data') });

  await run(t, ['npm', 'pack', '--pack-destination', folder], { cwd: root, env });
  const [tarball] = globSync('*.tgz', { cwd: folder });
  assert.ok(tarball !== undefined);
  const install = ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', `./${tarball}`] as const;
  await run(t, install, { cwd: folder, env });

  const installed = globSync('**/*', {
    cwd: join(folder, 'node_modules/clientele'),
    exclude: ['node_modules'],
  });
  assert.deepEqual(
    installed.filter((path) => /\.test\.js$|\.ts$/.test(path)),
    [],
  );

  const server = start(t, ['node_modules/.bin/clientele', 'start'], { cwd: folder, env });
  await untilReady(server, port);
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exit, { code: 0, signal: null }, server.output());
  assert.equal(await isTaken(port), false);
});
