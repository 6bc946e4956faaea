// Fails when `npm run generate` would change a file, and names it. Works on a copy, so that the tree stays as it is.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const copied = ['docs', 'proto', 'scripts', 'src', 'test', ...globSync('*.{json,yaml}')];

/** Every file below `root`, except dependencies, with its content. */
function readTree(root: string): ReadonlyMap<string, string> {
  const paths = globSync('**/*', { cwd: root, exclude: ['node_modules'] });
  const files = paths.filter((path) => statSync(join(root, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(root, path), 'latin1')]));
}

const copy = mkdtempSync(join(tmpdir(), 'clientele-generated-'));
try {
  for (const path of copied) cpSync(path, join(copy, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const before = readTree(copy);
  execFileSync(process.execPath, ['scripts/generate.ts'], { cwd: copy, stdio: 'inherit' });
  const after = readTree(copy);
  const differing = [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
  for (const path of differing) console.error(`${path} is not what \`npm run generate\` writes`);
  process.exitCode = differing.length > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true });
}
