// `npm run ok`: everything that is checked before a commit, cheapest first. Goes on after a failure, so that one run
// names all of them. The tests of the package and of `npm start` install dependencies afresh, and those
// on PostgreSQL take as long again: they run in `npm test` alone.
import { spawnSync } from 'node:child_process';

const steps: Readonly<Record<string, readonly string[]>> = {
  'format and lint': ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings'],
  types: ['node_modules/typescript/bin/tsc', '-p', '.'],
  'unused files, exports and dependencies': ['node_modules/knip/bin/knip.js'],
  'generated files': ['scripts/check-generated.ts'],
  'tests, on the embedded driver': ['scripts/test.ts', '--sqlite', '--without-installing'],
};

const failed = Object.entries(steps).filter(([name, args]) => {
  console.log(`\n— ${name}`);
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0;
});

if (failed.length > 0) {
  console.error(`\nnot ok: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
} else {
  console.log('\nok');
}
