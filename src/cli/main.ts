#!/usr/bin/env node
import { RegistryError } from '../clients/errors.ts';
import { StartError } from '../kernel/start-error.ts';
import { UnavailableError } from '../kernel/unavailable.ts';
import { readVersion } from '../observability/version.ts';
import { runServer } from '../server.ts';
import { asUnavailable } from '../storage/sqlite/unavailable.ts';
import { createAccount } from './accounts-create.ts';
import { listAccounts } from './accounts-list.ts';
import { resetPassword } from './accounts-reset-password.ts';
import { signOutAccount, signOutAllAccounts } from './accounts-sign-out.ts';
import { disableAccount, enableAccount } from './accounts-switch.ts';
import { backUp } from './backup.ts';
import { rotateBootstrap } from './bootstrap-rotate.ts';
import { type Command, type Invocation, parseCommandLine } from './command-line.ts';
import { commandHelp } from './help.ts';
import { listKeys } from './keys-list.ts';
import { rotateKeys } from './keys-rotate.ts';
import { listLogouts } from './logouts.ts';
import { changeMasterKey } from './master-key-rotate.ts';
import { passwordOption } from './password-input.ts';
import { restore } from './restore.ts';

const print = (text: () => string) => async (): Promise<void> => {
  process.stdout.write(`${text()}\n`);
};

const commands: readonly Command[] = [
  { words: '', run: runServer },
  { words: 'start', run: runServer },
  { words: 'backup', operands: ['file'], options: ['force'], run: backUp },
  { words: 'restore', operands: ['file'], options: ['force'], run: restore },
  { words: 'master-key rotate', run: changeMasterKey },
  { words: 'keys list', run: listKeys },
  { words: 'keys rotate', run: rotateKeys },
  { words: 'bootstrap rotate', run: rotateBootstrap },
  {
    words: 'accounts create',
    operands: ['user name'],
    options: ['administrator', passwordOption],
    run: createAccount,
  },
  { words: 'accounts list', run: listAccounts },
  { words: 'accounts disable', operands: ['user name'], run: disableAccount },
  { words: 'accounts enable', operands: ['user name'], run: enableAccount },
  { words: 'accounts sign-out', operands: ['user name'], run: signOutAccount },
  { words: 'accounts sign-out-all', run: signOutAllAccounts },
  {
    words: 'accounts reset-password',
    operands: ['user name'],
    options: ['forget-factors', passwordOption],
    run: resetPassword,
  },
  { words: 'logouts', operands: ['client id'], run: listLogouts },
  { words: 'help', run: print(() => commandHelp) },
  { words: '--help', run: print(() => commandHelp) },
  { words: '--version', run: print(readVersion) },
];

/** What the operator can put right is told in one line; anything else is a bug, and ends with its stack. */
async function runCommand(command: Command, invocation: Invocation): Promise<void> {
  try {
    await command.run(invocation);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    process.stderr.write(`clientele: ${refusal}\n`);
    process.exitCode = 1;
  }
}

/** What kept a command from its work, in words; undefined when it is a bug. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof StartError || error instanceof RegistryError) return error.message;
  // The operating system said no: a directory may not be written.
  if (error instanceof Error && 'syscall' in error && 'errno' in error) return error.message;
  const unavailable = asUnavailable(error);
  if (!(unavailable instanceof UnavailableError)) return undefined;
  return unavailable.cause instanceof Error ? unavailable.cause.message : unavailable.message;
}

const parsed = parseCommandLine(process.argv.slice(2), commands);
if ('fault' in parsed) {
  process.stderr.write(`clientele: ${parsed.fault}\n\n${commandHelp}\n`);
  process.exitCode = 2;
} else {
  await runCommand(parsed.command, parsed.invocation);
}
