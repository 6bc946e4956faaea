import { generateSecret } from '../clients/secret-text.ts';
import { openRegistry } from '../composition/open-registry.ts';
import type { Configuration } from '../config/configuration.ts';
import { loadMasterKeys } from '../config/master-key.ts';
import { systemClock } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { rotateBootstrapSecret } from '../operator/bootstrap-client.ts';
import { draftCredentials } from '../operator/credentials-file.ts';
import { openStorage, type Storage } from '../storage/storage.ts';
import { readOwnConfiguration } from './operator-configuration.ts';

/**
 * Replaces the bootstrap client's secret. Works beside running servers, which refuse the old secret from the moment this
 * command has ended. Prints where the new one is, and the secret itself only to a terminal.
 */
export async function rotateBootstrap(): Promise<void> {
  const configuration = readOwnConfiguration();
  const storage = await openStorage({ ...configuration, use: 'tool' });
  try {
    const clientSecret = generateSecret();
    const path = await storage.exclusively(() => rotateTo(clientSecret, configuration, storage));
    process.stdout.write(`The new secret is in ${path}\n`);
    if (process.stdout.isTTY) process.stdout.write(`${clientSecret}\n`);
  } finally {
    await storage.close();
  }
}

/** Answers the path of the file that the secret is in. */
async function rotateTo(
  clientSecret: string,
  configuration: Configuration,
  storage: Storage,
): Promise<string> {
  const masterKeys = loadMasterKeys(configuration);
  const base = { configuration, clock: systemClock, storage, masterKeys, logger: silentLogger };
  const { registry } = await openRegistry(base);
  const { settings } = storage.stores;
  const draft = await rotateBootstrapSecret({ registry, settings }, clientSecret, ({ id: clientId }) =>
    draftCredentials(configuration.dataDirectory, { clientId, clientSecret }),
  );
  return draft.publish();
}
