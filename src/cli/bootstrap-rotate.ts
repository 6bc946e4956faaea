import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RegistryError } from '../clients/errors.ts';
import { generateSecret } from '../clients/secret-text.ts';
import { readConfiguration } from '../config/configuration.ts';
import { dataFiles } from '../config/data-directory.ts';
import { loadMasterKey } from '../config/master-key.ts';
import { systemClock } from '../kernel/clock.ts';
import { StartError } from '../kernel/start-error.ts';
import { rotateBootstrapSecret } from '../operator/bootstrap-client.ts';
import { draftCredentials } from '../operator/credentials-file.ts';
import { openRegistry } from '../server.ts';
import { openStorage } from '../storage/storage.ts';

/**
 * Replaces the bootstrap client's secret. Works beside a running server, which refuses the old secret from the moment this
 * command has ended. Prints where the new one is, and the secret itself only to a terminal.
 */
export async function rotateBootstrap(): Promise<void> {
  try {
    const configuration = readConfiguration({ env: process.env, readFile: readFileSync });
    if (!existsSync(join(configuration.dataDirectory, dataFiles.database))) {
      throw new StartError(
        `There is no database in ${configuration.dataDirectory} yet: start the server once.`,
      );
    }
    const masterKey = loadMasterKey(configuration);
    const storage = await openStorage({ dataDirectory: configuration.dataDirectory, use: 'tool' });
    try {
      const { registry } = await openRegistry({ configuration, clock: systemClock, storage, masterKey });
      const { settings } = storage.stores;
      const clientSecret = generateSecret();
      const draft = await rotateBootstrapSecret({ registry, settings }, clientSecret, ({ id: clientId }) =>
        draftCredentials(configuration.dataDirectory, { clientId, clientSecret }),
      );
      const path = await draft.publish();
      process.stdout.write(`The new secret is in ${path}\n`);
      if (process.stdout.isTTY) process.stdout.write(`${clientSecret}\n`);
    } finally {
      await storage.close();
    }
  } catch (error) {
    if (!(error instanceof StartError || error instanceof RegistryError)) throw error;
    process.stderr.write(`clientele: ${error.message}\n`);
    process.exitCode = 1;
  }
}
