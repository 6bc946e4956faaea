import type { Account } from '../accounts/account.ts';
import { withManagedAccounts } from './managed-accounts.ts';
import { tableOf, timeText } from './table.ts';

const titles = ['user name', 'id', 'state', 'role', 'e-mail', 'made'] as const;

/** Shows the accounts of the server, without anything that signs in to them. */
export async function listAccounts(): Promise<void> {
  await withManagedAccounts(async (accounts) => {
    const rows: (readonly string[])[] = [];
    for await (const page of accounts.pages()) rows.push(...page.map(rowOf));
    process.stdout.write(tableOf(titles, rows));
  });
}

function rowOf(account: Account): readonly string[] {
  return [
    shown(account.username),
    account.id,
    account.disabled ? 'disabled' : 'enabled',
    account.administrator ? 'administrator' : '-',
    account.email === null ? '-' : `${shown(account.email)}${account.emailVerified ? '' : ' (unverified)'}`,
    timeText(account.createdAt),
  ];
}

/** Strangers choose it, and a terminal obeys what it is shown. */
function shown(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\ufffd');
}
