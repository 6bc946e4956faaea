import { readUuid } from '../kernel/random.ts';
import { StartError } from '../kernel/start-error.ts';
import type { LogoutNoticeStatus } from '../protocol/logout/logout-notice.ts';
import { openStorage } from '../storage/storage.ts';
import type { Invocation } from './command-line.ts';
import { readOwnConfiguration } from './operator-configuration.ts';
import { tableOf, timeText } from './table.ts';

const titles = [
  'state',
  'account',
  'session ended',
  'attempts',
  'last fault',
  'next attempt',
  'settled',
] as const;

/** Shows what a client was to be told of sessions that ended, and what became of it; needs no master key. No token is ever kept. */
export async function listLogouts({ operands: [text = ''] }: Invocation): Promise<void> {
  const clientId = readUuid(text);
  if (clientId === undefined) throw new StartError(`"${text}" is no client id: that is a UUID.`);
  const storage = await openStorage({ ...readOwnConfiguration(), use: 'tool' });
  try {
    const { clients, logoutNotices } = storage.stores;
    if (!(await clients.wasClient(clientId))) throw new StartError(`There is no client ${clientId}.`);
    process.stdout.write(tableOf(titles, (await logoutNotices.listOfClient(clientId)).map(rowOf)));
  } finally {
    await storage.close();
  }
}

function rowOf(notice: LogoutNoticeStatus): readonly string[] {
  const { state, accountId, createdAt, attempts, fault, dueAt, settledAt } = notice;
  return [
    state,
    accountId,
    timeText(createdAt),
    String(attempts),
    fault ?? '-',
    timeText(state === 'pending' ? dueAt : null),
    timeText(settledAt),
  ];
}
