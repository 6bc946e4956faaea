import { openStorage } from '../storage/storage.ts';
import { readOwnConfiguration } from './operator-configuration.ts';

const titles = ['state', 'algorithm', 'kid', 'made', 'signs since', 'retired'] as const;

/** Shows the server's signing keys without their material; needs no master key. */
export async function listKeys(): Promise<void> {
  const storage = await openStorage({ ...readOwnConfiguration(), use: 'tool' });
  try {
    const keys = (await storage.stores.keys.loadAll()).filter(({ purpose }) => purpose === 'signing');
    const rows = keys
      .toSorted((a, b) => a.algorithm.localeCompare(b.algorithm) || a.createdAt - b.createdAt)
      .map((key) => [
        key.state,
        key.algorithm,
        key.id,
        timeText(key.createdAt),
        timeText(key.activatedAt),
        timeText(key.retiredAt),
      ]);
    process.stdout.write(tableOf([titles, ...rows]));
  } finally {
    await storage.close();
  }
}

function timeText(seconds: number | null): string {
  return seconds === null ? '-' : new Date(seconds * 1000).toISOString().replace('.000', '');
}

/** Lines of columns that stand below one another. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
