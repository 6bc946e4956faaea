import { isReached, type Line, type LineGoal, type Unit } from './lines.ts';
import type { SideName } from './sides.ts';

/** The sides as people read them. */
export const sideTitles: Readonly<Record<SideName, string>> = {
  clientele: 'Clientele',
  peer: 'node-oidc-provider',
  composite: 'composite limit',
};

const formats: Readonly<Record<Unit, (value: number) => string>> = {
  'per-second': (value) => `${thousands(value)}/s`,
  seconds: (value) => `${value.toFixed(2)} s`,
  megabytes: (value) => `${Math.round(value)} MB`,
};

/** A quantity with its unit. */
export function formatQuantity(value: number, unit: Unit): string {
  return formats[unit](value);
}

const headings = ['', 'Clientele', 'beside', 'ratio', 'to reach', ''];

/** The lines as a Markdown table, in columns of one width. */
export function writeTable(lines: readonly Line[]): string {
  const rows = [headings, ...lines.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const write = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [heading = [], ...body] = rows;
  return [write(heading), write(widths.map((width) => '-'.repeat(width))), ...body.map(write)].join('\n');
}

function cellsOf(line: Line): readonly string[] {
  const { title, unit, ours, beside, ratio, goal } = line;
  return [
    title,
    formatQuantity(ours, unit),
    beside === null ? '' : `${sideTitles[beside.side]} ${formatQuantity(beside.figure, unit)}`,
    ratio === null ? '' : ratio.toFixed(2),
    goal === null ? '' : formatGoal(goal, unit),
    verdicts.get(isReached(line)) ?? '',
  ];
}

const verdicts: ReadonlyMap<boolean | null, string> = new Map([
  [true, 'reached'],
  [false, '**short**'],
]);

function formatGoal({ of, bound, value }: LineGoal, unit: Unit): string {
  if (of === 'ratio') return String(value);
  return bound === 'below' ? `under ${formatExact(value, unit)}` : formatExact(value, unit);
}

function formatExact(value: number, unit: Unit): string {
  return unit === 'seconds' ? `${value} s` : formatQuantity(value, unit);
}

/** Three digits tell all that a measurement here knows. */
function thousands(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
