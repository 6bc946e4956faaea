import { type DataKeyStore, openDataKey, sealDataKey } from './data-key.ts';
import { MasterKeyError } from './key-set.ts';

/** What a rotation of the master key has found or done. */
export interface MasterKeyRotation {
  /** `unchanged`: the data key was sealed under the new key already. `conflict`: another rotation happened at the same time. */
  readonly outcome: 'rotated' | 'unchanged' | 'conflict';
  /** The new key. */
  readonly to: Buffer;
}

/**
 * Seals the data key under another master key. One statement; what is sealed under the data key stays as it is, and nodes that have
 * it in memory go on.
 * @param next is asked for the new key once the data key was opened
 * @throws MasterKeyError when there is no data key, or none of `masterKeys` opens it
 */
export async function rotateMasterKey(
  store: Pick<DataKeyStore, 'load' | 'replace'>,
  masterKeys: readonly Buffer[],
  next: () => Buffer,
): Promise<MasterKeyRotation> {
  const sealed = await store.load();
  if (sealed === undefined) throw new MasterKeyError('There is no data key yet: start the server once.');
  const { dataKey, masterKey: before } = openDataKey(sealed, masterKeys);
  const to = next();
  if (before.equals(to)) return { outcome: 'unchanged', to };
  const replaced = await store.replace(sealed, sealDataKey(dataKey, to));
  return { outcome: replaced === 'replaced' ? 'rotated' : 'conflict', to };
}
