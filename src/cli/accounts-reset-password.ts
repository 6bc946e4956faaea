import { StartError } from '../kernel/start-error.ts';
import type { Invocation } from './command-line.ts';
import { unknownAccount, withManagedAccounts } from './managed-accounts.ts';
import { passwordFaults, readPassword } from './password-input.ts';

const ended =
  'It is signed out everywhere, and no client holds anything in its name, offline access included. What it has allowed clients stays.';

/**
 * Gives an account another password, and ends its sessions and all that clients hold in its name; with `--forget-factors` it takes its passkeys, its authenticator
 * app and its recovery codes away too. Prints a password that was generated.
 */
export async function resetPassword(invocation: Invocation): Promise<void> {
  const { operands, options } = invocation;
  const [username = ''] = operands;
  const factors = options.has('forget-factors') ? 'forget' : 'keep';
  const { password, announcement } = await readPassword(invocation);
  await withManagedAccounts(async (accounts) => {
    const outcome = await accounts.resetPassword(username, password, factors);
    if (outcome === 'absent') throw unknownAccount(username);
    if (outcome !== 'reset') throw new StartError(passwordFaults[outcome]);
    process.stdout.write(`The account ${username} has another password. ${ended}\n`);
    if (announcement !== null) process.stdout.write(announcement);
  });
}
