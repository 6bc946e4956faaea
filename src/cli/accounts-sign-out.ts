import type { Invocation } from './command-line.ts';
import { unknownAccount, withManagedAccounts } from './managed-accounts.ts';

/** Ends every session of an account, and what clients have in its name. */
export async function signOutAccount({ operands: [username = ''] }: Invocation): Promise<void> {
  await withManagedAccounts(async (accounts) => {
    if ((await accounts.signOut(username)) === 'absent') throw unknownAccount(username);
    process.stdout.write(`The account ${username} is signed out everywhere.\n`);
  });
}

/** Does so for every account that there is. */
export async function signOutAllAccounts(): Promise<void> {
  await withManagedAccounts(async (accounts) => {
    process.stdout.write(`${await accounts.signOutAll()} accounts are signed out everywhere.\n`);
  });
}
