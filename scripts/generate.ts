// `npm run generate`: writes every generated file of the tree it is started in.
import { execFileSync } from 'node:child_process';

const generators = [
  ['node_modules/@bufbuild/buf/bin/buf', 'generate'],
  ['scripts/generate-statements.ts'],
  ['scripts/generate-docs.ts'],
  ['scripts/generate-security.ts'],
];

for (const args of generators) execFileSync(process.execPath, args, { stdio: 'inherit' });
