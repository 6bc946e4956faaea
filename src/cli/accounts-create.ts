import type { SignUpFault } from '../accounts/sign-up.ts';
import { StartError } from '../kernel/start-error.ts';
import type { Invocation } from './command-line.ts';
import { withManagedAccounts } from './managed-accounts.ts';
import { passwordFaults, readPassword } from './password-input.ts';

const busy = 'Too many passwords are being hashed: try again.';

const faults: Readonly<Record<SignUpFault, string>> = {
  ...passwordFaults,
  'username-unusable':
    'A user name has 1 to 128 characters, none of them invisible, and no white space at its ends.',
  'username-taken': 'The user name is taken.',
  'email-unusable': 'The e-mail address is none.',
  'too-many-tries': busy,
  busy,
};

/** Makes an account; prints its id, and a password that was generated. */
export async function createAccount(invocation: Invocation): Promise<void> {
  const { operands, options } = invocation;
  const [username = ''] = operands;
  const administrator = options.has('administrator');
  const { password, announcement } = await readPassword(invocation);
  await withManagedAccounts(async (accounts) => {
    const account = await accounts.create({ username, email: null, password, administrator });
    if (typeof account === 'string') throw new StartError(faults[account]);
    process.stdout.write(`The account ${username} has the id ${account.id}.\n`);
    if (announcement !== null) process.stdout.write(announcement);
  });
}
