import { randomOctets } from '../kernel/random.ts';
import { MasterKeyError } from './key-set.ts';
import { createVault, type Vault, VaultError } from './vault.ts';

/** A sealed text of the database, by the row that it stands in. */
export interface SealedText {
  readonly kind: 'key' | 'client-key' | 'client-secret' | 'totp-secret' | 'provider-secret';
  /** Of its row. */
  readonly id: string;
  /** What it is bound to. */
  readonly context: string;
  readonly sealed: string;
}

/** A sealed text that takes the place of another. */
export interface ResealedText extends SealedText {
  readonly resealed: string;
}

/** The port to where the data key is kept: sealed, beside what is sealed under it. */
export interface DataKeyStore {
  /** The data key, sealed under a master key; undefined before there is one. */
  readonly load: () => Promise<string | undefined>;
  /** Every sealed text but the data key. */
  readonly loadTexts: () => Promise<readonly SealedText[]>;
  /**
   * Stores the first data key, and `texts` anew: all or nothing. `conflict`: there is one already, or a text is not what it was.
   */
  readonly insert: (sealed: string, texts: readonly ResealedText[]) => Promise<'inserted' | 'conflict'>;
  /** `conflict`: the data key is not sealed as `before` says. */
  readonly replace: (before: string, after: string) => Promise<'replaced' | 'conflict'>;
}

/** A data key in clear, and the master key that opened it. */
export interface OpenedDataKey {
  readonly dataKey: Buffer;
  readonly masterKey: Buffer;
}

const context = 'data-key';

/** Names a master key without telling anything about it. */
export function masterKeyId(masterKey: Uint8Array): string {
  return createVault(masterKey).keyId;
}

/** Seals a data key under a master key. */
export function sealDataKey(dataKey: Uint8Array, masterKey: Uint8Array): string {
  return createVault(masterKey).seal(dataKey, context);
}

/**
 * Opens a data key with the one of `masterKeys` that fits.
 * @throws MasterKeyError when none does, or the sealed key was altered
 */
export function openDataKey(sealed: string, masterKeys: readonly Buffer[]): OpenedDataKey {
  return openWithOne(masterKeys, (vault) => vault.open(sealed, context));
}

/**
 * Opens one text that was sealed directly under a master key; answers the one of `masterKeys` that fits.
 * @throws MasterKeyError when none does, or the text was altered
 */
function findMasterKeyOf({ sealed, context: bound }: SealedText, masterKeys: readonly Buffer[]): Buffer {
  return openWithOne(masterKeys, (vault) => vault.open(sealed, bound)).masterKey;
}

/**
 * Proves that one of `masterKeys` opens a database, by its data key or, where it has none, by one of its texts. Answers the id of
 * that key; null where nothing is sealed.
 * @throws MasterKeyError
 */
export function proveMasterKey(
  database: { readonly dataKey: string | undefined; readonly text: SealedText | undefined },
  masterKeys: readonly Buffer[],
): string | null {
  const { dataKey, text } = database;
  if (dataKey !== undefined) return masterKeyId(openDataKey(dataKey, masterKeys).masterKey);
  return text === undefined ? null : masterKeyId(findMasterKeyOf(text, masterKeys));
}

/**
 * Opens the vault of a database:
 *
 *     master key ──seals──► data key ──seals──► signing keys, peppers, keys and secrets of clients,
 *     (the operator's)      (in the database, made at the first start)    secrets of authenticator apps and of identity providers
 *
 * A database that was made without a data key gets one, and all that was sealed under its master key is sealed under that.
 * @param masterKeys the first seals a data key that is made; any of them may open one that is there
 * @throws MasterKeyError when none of `masterKeys` opens what is there; nothing was changed
 */
export async function openVault(store: DataKeyStore, masterKeys: readonly Buffer[]): Promise<Vault> {
  const sealed = (await store.load()) ?? (await makeDataKey(store, masterKeys));
  return createVault(openDataKey(sealed, masterKeys).dataKey);
}

async function makeDataKey(store: DataKeyStore, masterKeys: readonly Buffer[]): Promise<string> {
  const [first, ...others] = await store.loadTexts();
  const sealing = first === undefined ? masterKeys[0] : findMasterKeyOf(first, masterKeys);
  if (sealing === undefined) throw new MasterKeyError('There is no master key.');
  const [before, dataKey] = [createVault(sealing), randomOctets(32)];
  const after = createVault(dataKey);
  const texts = first === undefined ? [] : [first, ...others];
  const resealed = texts.map((text) => ({
    ...text,
    resealed: after.seal(before.open(text.sealed, text.context), text.context),
  }));
  const sealed = sealDataKey(dataKey, sealing);
  if ((await store.insert(sealed, resealed)) === 'inserted') return sealed;
  // Another node has made one.
  const theirs = await store.load();
  if (theirs === undefined) throw new Error('the data key could not be made: other nodes keep changing keys');
  return theirs;
}

function openWithOne(masterKeys: readonly Buffer[], open: (vault: Vault) => Buffer): OpenedDataKey {
  const faults: string[] = [];
  for (const masterKey of masterKeys) {
    try {
      return { dataKey: open(createVault(masterKey)), masterKey };
    } catch (cause) {
      if (!(cause instanceof VaultError)) throw cause;
      if (cause.fault !== 'other-key')
        throw new MasterKeyError(`The stored keys do not open: ${cause.message}.`, { cause });
      faults.push(cause.message);
    }
  }
  const reasons = [...new Set(faults)].join('; ');
  throw new MasterKeyError(
    `The stored keys do not open: ${reasons}. Start with the master key that this data was made with.`,
  );
}
