import { createManagedAccounts, type ManagedAccounts } from '../accounts/managed-accounts.ts';
import { createPasswordPolicy } from '../accounts/password-policy.ts';
import { createPasswords } from '../accounts/passwords.ts';
import { operator } from '../clients/policy.ts';
import { auditEntry } from '../clients/request.ts';
import { type Configuration, issuerAt } from '../config/configuration.ts';
import { systemClock } from '../kernel/clock.ts';
import { StartError } from '../kernel/start-error.ts';
import { createEndings } from '../protocol/logout/endings.ts';
import { openStorage, type Storage } from '../storage/storage.ts';
import { readOwnConfiguration } from './operator-configuration.ts';

/** Who asks for what a command does, and how: for audit entries. */
const commandRequest = { actor: operator, face: 'cli', requestId: 'command' } as const;

/** Runs `work` on the accounts of the server, which may run meanwhile; needs no master key. */
export async function withManagedAccounts(work: (accounts: ManagedAccounts) => Promise<void>): Promise<void> {
  const configuration = readOwnConfiguration();
  const storage = await openStorage({ ...configuration, use: 'tool' });
  try {
    await work(openAccounts(configuration, storage));
  } finally {
    await storage.close();
  }
}

function openAccounts(configuration: Configuration, { stores }: Storage): ManagedAccounts {
  const { passwords, brand } = configuration.declarations.server;
  const { hostname } = new URL(issuerAt(configuration, configuration.port));
  return createManagedAccounts({
    store: stores.accounts,
    passkeys: stores.passkeys,
    secondFactors: stores.secondFactors,
    passwords: createPasswords(),
    policy: createPasswordPolicy({ ...passwords, serverNames: [brand.name, hostname] }),
    // Servers that run deliver what is left for them.
    endings: createEndings({ store: stores.endings, clock: systemClock, wake: () => {} }),
    clock: systemClock,
    audit: (action, targetId) => auditEntry(commandRequest, systemClock.now(), { action, targetId }),
  });
}

/** What a command says when nobody has the user name. */
export function unknownAccount(username: string): StartError {
  return new StartError(`There is no account with the user name ${username}.`);
}
