import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const installed = join(here, 'node_modules/.package-lock.json');
const lock = join(here, 'package-lock.json');

/**
 * Installs what the servers beside ours are made of, unless it is there; no install script runs.
 * @throws Error when npm cannot
 */
export function installDependencies(): void {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('installing what is measured beside Clientele');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the dependencies of bench/ cannot be installed');
}
