import { openStorage } from '../storage/storage.ts';
import { readOwnConfiguration } from './operator-configuration.ts';
import { tableOf, timeText } from './table.ts';

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
    process.stdout.write(tableOf(titles, rows));
  } finally {
    await storage.close();
  }
}
