import { longestTokenLifetimeSeconds } from '../clients/rules/authentication.ts';
import { readMasterKeys } from '../config/master-key.ts';
import { systemClock } from '../kernel/clock.ts';
import { StartError } from '../kernel/start-error.ts';
import { openVault } from '../keys/data-key.ts';
import { type Keyring, openKeyring, type RotationOutcome } from '../keys/keyring.ts';
import { type SigningAlgorithm, signingAlgorithms } from '../keys/signing-algorithm.ts';
import { openStorage } from '../storage/storage.ts';
import { readOwnConfiguration } from './operator-configuration.ts';

const refusals: Readonly<Record<Exclude<RotationOutcome, 'rotated'>, string>> = {
  conflict: 'Another rotation happened at the same time.',
  'too-soon':
    'The keys were rotated a moment ago, and not every node may know the next ones: try again in two minutes.',
};

/** Lets the next signing keys take over. Running servers sign with them within a minute. */
export async function rotateKeys(): Promise<void> {
  const configuration = readOwnConfiguration();
  const masterKeys = readMasterKeys(configuration);
  const storage = await openStorage({ ...configuration, use: 'tool' });
  try {
    await storage.exclusively(async () => {
      const { keys, dataKey } = storage.stores;
      const keyring = await openKeyring({
        store: keys,
        vault: await openVault(dataKey, masterKeys),
        clock: systemClock,
        algorithms: signingAlgorithms,
        longestTokenLifetimeSeconds,
      });
      for (const algorithm of signingAlgorithms) await rotate(keyring, algorithm);
    });
  } finally {
    await storage.close();
  }
}

async function rotate(keyring: Keyring, algorithm: SigningAlgorithm): Promise<void> {
  const outcome = await keyring.rotate(algorithm);
  if (outcome !== 'rotated') throw new StartError(`${algorithm}: ${refusals[outcome]}`);
  const { kid } = keyring.keySet().signer(algorithm);
  process.stdout.write(`${algorithm}: ${kid} signs; running servers use it within a minute\n`);
}
