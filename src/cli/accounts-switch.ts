import type { Invocation } from './command-line.ts';
import { unknownAccount, withManagedAccounts } from './managed-accounts.ts';

/** Keeps an account from signing in, and ends what is in force for it: sessions, and what clients have in its name. */
export async function disableAccount({ operands: [username = ''] }: Invocation): Promise<void> {
  await withManagedAccounts(async (accounts) => {
    if ((await accounts.disable(username)) === 'absent') throw unknownAccount(username);
    process.stdout.write(`The account ${username} is disabled, and signed out everywhere.\n`);
  });
}

/** Lets a disabled account sign in again. */
export async function enableAccount({ operands: [username = ''] }: Invocation): Promise<void> {
  await withManagedAccounts(async (accounts) => {
    if ((await accounts.enable(username)) === 'absent') throw unknownAccount(username);
    process.stdout.write(`The account ${username} is enabled.\n`);
  });
}
