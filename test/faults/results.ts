import type { Ledger } from './ledger.ts';

/** How a fault has ended. */
export interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly ledger: Ledger;
  /** Why it was not tried; undefined: it was. */
  readonly skipped?: string;
}

const columns: readonly (readonly [string, (result: Result) => string | number])[] = [
  ['fault', ({ name }) => name],
  ['sent', ({ ledger: { counts } }) => sum(Object.values(counts))],
  ['ok', ({ ledger }) => ledger.counts.ok],
  ['changes', ({ ledger }) => ledger.changes()],
  ['4xx', ({ ledger }) => ledger.counts.refused],
  ['5xx', ({ ledger }) => ledger.counts.failed],
  ['unanswered', ({ ledger }) => ledger.counts.unanswered],
  ['slowest', ({ ledger }) => inSeconds(ledger.slowestMs())],
  ['checks', ({ ledger }) => ledger.checks()],
  ['violations', ({ ledger }) => ledger.violations.length],
  ['recovery', ({ ledger, skipped }) => skipped ?? ledger.recoveries.map(inSeconds).join(', ')],
  ['took', ({ seconds }) => inSeconds(seconds * 1000)],
];

/** The table of what was seen; `changes` are those that were acknowledged, `recovery` is from the end of each fault to the first of them. */
export function tableOf(results: readonly Result[]): string {
  const lines = [
    columns.map(([title]) => title),
    ...results.map((result) => columns.map(([, read]) => String(read(result)))),
  ];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What is wrong, each thing once, with how often it was seen. */
export function listOf(violations: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const violation of violations) counts.set(violation, (counts.get(violation) ?? 0) + 1);
  return [...counts].map(([violation, count]) => (count === 1 ? violation : `${violation} (${count} times)`));
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
