import type { Configuration } from '../config/configuration.ts';
import { draftNextMasterKey, publishNextMasterKey, readMasterKeys } from '../config/master-key.ts';
import { StartError } from '../kernel/start-error.ts';
import { type DataKeyStore, masterKeyId } from '../keys/data-key.ts';
import { rotateMasterKey } from '../keys/master-key-rotation.ts';
import { openStorage } from '../storage/storage.ts';
import { readOwnConfiguration } from './operator-configuration.ts';

/**
 * Seals the data key, and with it everything, under another master key: the one that `CLIENTELE_MASTER_KEY` holds, or a new one in the
 * data directory. Works beside running servers, which go on. May be repeated where it was killed.
 */
export async function changeMasterKey(): Promise<void> {
  const configuration = readOwnConfiguration();
  const masterKeys = readMasterKeys(configuration);
  const storage = await openStorage({ ...configuration, use: 'tool' });
  const change = configuration.masterKey === null ? changeFile : changeGiven;
  try {
    const told = await storage.exclusively(() => change(storage.stores.dataKey, masterKeys, configuration));
    process.stdout.write(`${told}\n`);
  } finally {
    await storage.close();
  }
}

type Change = (
  store: DataKeyStore,
  masterKeys: readonly Buffer[],
  configuration: Configuration,
) => Promise<string>;

/** The next key is in a file before anything is sealed under it, and the one before stays in one: no kill leaves data that no key opens. */
const changeFile: Change = async (store, masterKeys, { dataDirectory }) => {
  const [before = Buffer.alloc(0)] = masterKeys;
  const next = await seal(store, masterKeys, () => draftNextMasterKey(dataDirectory));
  const kept = publishNextMasterKey(dataDirectory, masterKeyId(before));
  return `The data opens with the master key ${masterKeyId(next)} in ${dataDirectory}/master.key.
The key before is in ${kept}. Backups that were made until now open with nothing else: put it where your copies of master keys are, then delete it here.`;
};

const changeGiven: Change = async (store, masterKeys, configuration) => {
  const { masterKey, previousMasterKey } = configuration;
  if (masterKey === null || previousMasterKey === null) {
    throw new StartError(
      'Set CLIENTELE_MASTER_KEY to the new key and CLIENTELE_MASTER_KEY_PREVIOUS to the one in use, for every node too.',
    );
  }
  await seal(store, masterKeys, () => masterKey);
  return `The data opens with the master key ${masterKeyId(masterKey)}. Take CLIENTELE_MASTER_KEY_PREVIOUS away from every node.
Backups that were made until now open with the key ${masterKeyId(previousMasterKey)}: keep it as long as them.`;
};

/** Answers the new key. */
async function seal(store: DataKeyStore, masterKeys: readonly Buffer[], next: () => Buffer): Promise<Buffer> {
  const { outcome, to } = await rotateMasterKey(store, masterKeys, next);
  if (outcome === 'conflict') throw new StartError('Another rotation happened at the same time: try again.');
  return to;
}
