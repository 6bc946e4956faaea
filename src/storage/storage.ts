import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountStore } from '../accounts/account.ts';
import type { ClientStore } from '../clients/store.ts';
import { dataFiles } from '../config/data-directory.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import type { KeyStore } from '../keys/store.ts';
import type { AccessTokenStore, ExpiryStore, SingleUseStore } from '../protocol/store.ts';
import type { Engine } from './engine.ts';
import { createAccessTokenStore } from './sql/access-token-store.ts';
import { createAccountStore } from './sql/account-store.ts';
import { createClientStore } from './sql/client-store.ts';
import { createExpiryStore } from './sql/expiry-store.ts';
import { createKeyStore } from './sql/key-store.ts';
import { createSettingsStore } from './sql/settings-store.ts';
import { createSingleUseStore } from './sql/single-use-store.ts';
import { openSqlite, type SqliteOptions } from './sqlite.ts';

/** Every store, each the implementation of a port. */
export interface Stores {
  readonly clients: ClientStore;
  readonly keys: KeyStore;
  readonly accounts: AccountStore;
  readonly settings: SettingsStore;
  readonly accessTokens: AccessTokenStore;
  readonly singleUse: SingleUseStore;
  readonly expiry: ExpiryStore;
}

/** Makes every store on `engine`; compiles every statement. */
function createStores(engine: Engine): Stores {
  return {
    clients: createClientStore(engine),
    keys: createKeyStore(engine),
    accounts: createAccountStore(engine),
    settings: createSettingsStore(engine),
    accessTokens: createAccessTokenStore(engine),
    singleUse: createSingleUseStore(engine),
    expiry: createExpiryStore(engine),
  };
}

/** An open storage. */
export interface Storage {
  readonly engine: Engine;
  readonly stores: Stores;
  /** Whether it answers now; never rejects. */
  readonly isReady: () => Promise<boolean>;
  /** Ends what was submitted, then the storage. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the storage in `dataDirectory`, which is made (mode 0700) when it does not exist.
 *
 * @throws StartError when another server uses the directory
 * @throws Error when the database cannot be opened or migrated
 */
export async function openStorage({
  dataDirectory,
  use,
}: {
  readonly dataDirectory: string;
} & Pick<SqliteOptions, 'use'>): Promise<Storage> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const engine = await openSqlite({ file: join(dataDirectory, dataFiles.database), ...(use && { use }) });
  const probe = engine.statement((db) => db.selectFrom('settings').select('key').limit(1));

  return {
    engine,
    stores: createStores(engine),
    isReady: () =>
      engine.read(probe({})).then(
        () => true,
        () => false,
      ),
    close: engine.close,
  };
}
