import type { Accounts } from '../accounts/accounts.ts';
import type { AccountEndings } from '../accounts/managed-accounts.ts';
import type { Scopes } from '../applications/scopes.ts';
import type { Registry } from '../clients/registry.ts';
import type { SecretKeeper } from '../clients/secret.ts';
import { generateSecret } from '../clients/secret-text.ts';
import type { Configuration } from '../config/configuration.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import type { IdentityProviders } from '../identity-providers/identity-providers.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { StartError } from '../kernel/start-error.ts';
import { ensureAdministrator } from './administrator.ts';
import { createAppliedDeclarations } from './applied-declarations.ts';
import { ensureBootstrapClient } from './bootstrap-client.ts';
import { type GeneratedCredentials, writeCredentials } from './credentials-file.ts';
import { declareClients } from './declared-clients.ts';
import { declareIdentityProviders } from './declared-identity-providers.ts';
import { declareScopes } from './declared-scopes.ts';

/** What was brought about. */
export interface Declared {
  readonly bootstrapClientId: string;
  /** What was generated now; null when nothing was. */
  readonly generated: GeneratedCredentials | null;
}

/**
 * Brings the scopes, the administrator, the bootstrap client, the identity providers and the clients of the operator's file into
 * force; its accounts are there already. Repeating it changes nothing: values of clients are applied once, and so is the
 * administrator's password.
 * @throws StartError naming what could not be declared, and why
 */
export async function declareEverything(deps: {
  readonly configuration: Configuration;
  readonly issuer: string;
  readonly accounts: Accounts;
  readonly endings: AccountEndings;
  readonly scopes: Pick<Scopes, 'list' | 'hidden'>;
  readonly identityProviders: Pick<IdentityProviders, 'declare'>;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly settings: SettingsStore;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches'>;
  readonly logger: Logger;
}): Promise<Declared> {
  const { configuration, issuer, accounts } = deps;
  const applied = createAppliedDeclarations(deps);
  let generated: GeneratedCredentials | null = null;
  const announce = async (credentials: Omit<GeneratedCredentials, 'issuer'>): Promise<void> => {
    generated = { ...generated, ...credentials, issuer };
    await writeCredentials(configuration.dataDirectory, generated);
  };

  await declareScopes({ ...deps, applied }, configuration.declarations.clients);
  await ensureAdministrator({ ...deps, applied }, configuration.administrator, ({ username, password }) =>
    announce({ adminUsername: username, adminPassword: password }),
  );
  const { id: bootstrapClientId } = await ensureBootstrapClient(
    { ...deps, applied },
    configuration.bootstrapClient,
    generateSecret,
    ({ id, secret }) => announce({ clientId: id, ...(secret !== null && { clientSecret: secret }) }),
  );
  const { clients, identityProviders } = configuration.declarations;
  await declareIdentityProviders(deps, identityProviders);
  if (clients.some(({ id }) => id === bootstrapClientId)) {
    throw new StartError(`client ${bootstrapClientId}: is the bootstrap client, which cannot be declared`);
  }
  const accountIdOf = async (reference: string): Promise<string | undefined> =>
    (await accounts.find(reference))?.id;
  await declareClients({ ...deps, applied, accountIdOf }, clients);
  return { bootstrapClientId, generated };
}
