import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawChart } from './chart.ts';
import { linesOf } from './lines.ts';
import type { Results } from './results.ts';
import { writeTable } from './table.ts';

const repository = join(import.meta.dirname, '..');
const page = join(repository, 'docs/performance.md');

/** Where the page has what a run writes. */
const written = /(?<=<!-- written by `npm run bench` -->\n)[\s\S]*?(?=<!-- end -->)/;

/** Writes `results/latest.json`, the chart, and the part of the page that holds figures. */
export function publish(results: Results): void {
  const lines = linesOf(results);
  mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
  writeFileSync(join(import.meta.dirname, 'results/latest.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(repository, 'docs/performance.svg'), drawChart(lines));
  const before = readFileSync(page, 'utf8');
  if (!written.test(before)) throw new Error(`${page} has no place for the figures`);
  const text = `\n${describeRun(results)}\n\n${writeTable(lines)}\n\n`;
  writeFileSync(
    page,
    before.replace(written, () => text),
  );
}

/** When, where and how often, in a sentence or two. */
export function describeRun({ measuredAt, machine, versions, plan }: Results): string {
  const place = machine.pinned
    ? 'the server on one core, the load on another'
    : 'server and load wherever the system put them (no `taskset`, or a single core)';
  return [
    `${measuredAt.slice(0, 10)}: ${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${versions.node};`,
    `${place}. Clientele ${versions.clientele}, node-oidc-provider ${versions.peer}.`,
    `${plan.connections} connections, ${plan.rounds} rounds of ${plan.secondsPerRound} s for each server; medians.`,
  ].join('\n');
}
