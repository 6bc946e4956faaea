// `npm run test:faults`: breaks what a server stands on, under load, and judges what is left (docs/faults.md). Arguments: names
// of faults for these alone, `--seed=<number>` for the chance of an earlier run. Exits with 1 on any violation.
import { createChance } from '../test/faults/chance.ts';
import { type Fault, NotPossibleHere } from '../test/faults/fault.ts';
import { faults } from '../test/faults/faults.ts';
import { openLedger } from '../test/faults/ledger.ts';
import { listOf, type Result, tableOf } from '../test/faults/results.ts';
import { createEnding } from '../test/fixtures/teardown.ts';

const given = process.argv.slice(2);
const seedGiven = given.find((argument) => argument.startsWith('--seed='))?.slice('--seed='.length);
const seed = Number(seedGiven ?? Date.now() % 1_000_000);
const names = given.filter((argument) => !argument.startsWith('--'));
const unknown = names.filter((name) => faults.every((fault) => fault.name !== name));

async function tryFault({ name, about, run }: Fault): Promise<Result> {
  console.log(`\n— ${name}: ${about}`);
  const ledger = openLedger();
  const start = performance.now();
  const result = () => ({ name, ledger, seconds: (performance.now() - start) / 1000 });
  try {
    await using context = createEnding();
    const remark = (text: string): void => console.log(`  ${text}`);
    await run({ context, ledger, chance: createChance(seed), remark });
  } catch (error) {
    if (error instanceof NotPossibleHere) {
      console.log(`  not possible here: ${error.message}`);
      return { ...result(), skipped: 'not possible here' };
    }
    ledger.check(false, `the trial has ended early: ${error instanceof Error ? error.stack : error}`);
  }
  for (const violation of listOf(ledger.violations)) console.log(`  VIOLATION: ${violation}`);
  console.log(tableOf([result()]).replaceAll(/^/gm, '  '));
  return result();
}

if (unknown.length > 0 || !Number.isSafeInteger(seed)) {
  console.error(`There is no fault ${unknown.join(', ')}. There are:`);
  for (const { name, about } of faults) console.error(`  ${name}: ${about}`);
  process.exit(1);
}

console.log(`seed ${seed}`);
const results: Result[] = [];
for (const fault of faults) {
  if (names.length === 0 || names.includes(fault.name)) results.push(await tryFault(fault));
}
const violations = results.flatMap(({ ledger }) => ledger.violations).length;
console.log(
  `\n${tableOf(results)}\n\n${violations === 0 ? 'no violation' : `${violations} violations`}; seed ${seed}`,
);
process.exit(violations === 0 ? 0 : 1);
