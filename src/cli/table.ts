import { type EpochSeconds, utcText } from '../kernel/clock.ts';

/** Lines of columns that stand below one another, the titles above them. */
export function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [titles, ...rows];
  const widths = titles.map((_, column) =>
    all.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  const lines = all.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** A time in a cell. */
export function timeText(time: EpochSeconds | null): string {
  return time === null ? '-' : utcText(time);
}
