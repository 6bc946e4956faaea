import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountStore } from '../accounts/account.ts';
import type { FederatedIdentityStore } from '../accounts/federated-identity-store.ts';
import type { PasskeyStore } from '../accounts/passkey.ts';
import type { SecondFactorStore } from '../accounts/second-factor-store.ts';
import type { ScopeStore } from '../applications/scope-store.ts';
import type { AllowedScopes } from '../clients/allowed-scopes.ts';
import type { ClientStore } from '../clients/store.ts';
import { dataFiles } from '../config/data-directory.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import type { IdentityProviderStore } from '../identity-providers/identity-provider.ts';
import type { InteractionStore } from '../interaction/interaction-store.ts';
import { StartError } from '../kernel/start-error.ts';
import type { ClientKeyStore } from '../keys/client-key-store.ts';
import type { DataKeyStore } from '../keys/data-key.ts';
import type { PastKeyStore } from '../keys/past-key.ts';
import type { KeyStore } from '../keys/store.ts';
import type { ConsentStore } from '../protocol/authorization/consent.ts';
import type { EndingStore } from '../protocol/logout/ending-store.ts';
import type { LogoutNoticeStore } from '../protocol/logout/logout-notice.ts';
import type { AccessTokenStore, ExpiryStore, SingleUseStore } from '../protocol/store.ts';
import type { GrantStore } from '../protocol/stored-grant.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { BatchListener, Engine } from './engine.ts';
import type { PostgresOptions } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import { createStores } from './stores.ts';

/** Every store, each the implementation of a port. */
export interface Stores {
  readonly clients: ClientStore;
  readonly clientKeys: ClientKeyStore;
  readonly scopes: ScopeStore;
  readonly identityProviders: IdentityProviderStore;
  readonly keys: KeyStore;
  readonly pastKeys: PastKeyStore;
  readonly dataKey: DataKeyStore;
  readonly accounts: AccountStore;
  readonly federatedIdentities: FederatedIdentityStore;
  readonly passkeys: PasskeyStore;
  readonly secondFactors: SecondFactorStore;
  readonly settings: SettingsStore;
  readonly sessions: SessionStore;
  readonly interactions: InteractionStore;
  readonly grants: GrantStore;
  readonly consents: ConsentStore;
  readonly allowedScopes: AllowedScopes;
  readonly accessTokens: AccessTokenStore;
  readonly singleUse: SingleUseStore;
  readonly expiry: ExpiryStore;
  readonly endings: EndingStore;
  readonly logoutNotices: LogoutNoticeStore;
}

/** An open storage. */
export interface Storage {
  readonly engine: Engine;
  readonly stores: Stores;
  /** Whether it would answer reads and make writes durable now; never rejects. */
  readonly isReady: () => Promise<boolean>;
  /**
   * Runs `work` while no other node on the same database runs any: for what is brought about at a start.
   * @throws StartError when another node's takes too long
   */
  readonly exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Ends what was submitted, then the storage. */
  readonly close: () => Promise<void>;
}

/** Which storage. */
export interface StorageOptions {
  /** Where the embedded database lies; made (mode 0700) when it does not exist. */
  readonly dataDirectory: string;
  /** A PostgreSQL database, which may be other nodes' too. Null (default): the embedded one. */
  readonly databaseUrl?: string | null;
  /** `tool`: for a command that ends soon and works beside servers; it needs a database that is there. Default: `server`. */
  readonly use?: 'server' | 'tool';
  readonly batches?: BatchListener | undefined;
}

/**
 * Opens the storage.
 *
 * @throws StartError when another server uses the directory, the PostgreSQL server cannot be used, a newer version made the database, or a tool finds none
 * @throws Error when the database cannot be opened or migrated
 */
export async function openStorage({
  dataDirectory,
  databaseUrl = null,
  use = 'server',
  batches,
}: StorageOptions): Promise<Storage> {
  const engine = await (databaseUrl === null
    ? openEmbedded(dataDirectory, { use, batches })
    : openRemote({ url: databaseUrl, use, batches }));

  return {
    engine,
    stores: createStores(engine),
    isReady: () =>
      engine.check().then(
        () => true,
        () => false,
      ),
    // No second server opens the embedded database.
    exclusively: (work) => (databaseUrl === null ? work() : whileNoOtherNode(databaseUrl, work)),
    close: engine.close,
  };
}

/** Loaded where it is used: a server on the embedded engine does without the client of PostgreSQL. */
async function openRemote(options: PostgresOptions): Promise<Engine> {
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(options);
}

async function whileNoOtherNode<Result>(databaseUrl: string, work: () => Promise<Result>): Promise<Result> {
  const { withStartLock } = await import('./postgres/start-lock.ts');
  return withStartLock(databaseUrl, work);
}

function openEmbedded(
  dataDirectory: string,
  options: Required<Pick<StorageOptions, 'use' | 'batches'>>,
): Promise<Engine> {
  const file = join(dataDirectory, dataFiles.database);
  if (options.use === 'tool' && !existsSync(file)) {
    throw new StartError(`There is no database in ${dataDirectory} yet: start the server once.`);
  }
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  return openSqlite({ ...options, file });
}
