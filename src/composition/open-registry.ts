import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import { createPasswords, type PasswordCost, type Passwords } from '../accounts/passwords.ts';
import { type Catalog, type CatalogDeclaration, createCatalog } from '../applications/catalog.ts';
import { type CurrentCatalog, createLiveCatalog } from '../applications/live-catalog.ts';
import { createScopes, type Scopes } from '../applications/scopes.ts';
import { createRegistry, type Registry } from '../clients/registry.ts';
import { auditEntry } from '../clients/request.ts';
import { longestTokenLifetimeSeconds } from '../clients/rules/authentication.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Declarations } from '../config/declarations.ts';
import { createOperatorService } from '../egress/operator-service.ts';
import { createIdentityProviders, type IdentityProviders } from '../identity-providers/identity-providers.ts';
import { createProviderSecrets } from '../identity-providers/provider-values.ts';
import type { AuditOf } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { type ClientKeys, createClientKeys } from '../keys/client-keys.ts';
import { openVault } from '../keys/data-key.ts';
import { type Keyring, openKeyring } from '../keys/keyring.ts';
import { createRemoteSigner } from '../keys/remote-signer.ts';
import { createSecretKeeper, type KeyedSecretKeeper } from '../keys/secret-keeper.ts';
import { signingAlgorithms } from '../keys/signing-algorithm.ts';
import type { Vault } from '../keys/vault.ts';
import { createAppliedDeclarations } from '../operator/applied-declarations.ts';
import { declareAccounts } from '../operator/declared-accounts.ts';
import { createReferenceLoader } from '../operator/reference-loader.ts';
import { startRequest } from '../operator/start-request.ts';
import { createEndings } from '../protocol/logout/endings.ts';
import type { Storage } from '../storage/storage.ts';

/** The registry with what it is made of: for the server, and for commands that work beside it. */
export interface OpenRegistry {
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly secretKeeper: KeyedSecretKeeper;
  readonly accounts: Accounts;
  /** One for all: how many are hashed at once is bounded in it. */
  readonly passwords: Passwords;
  /** What is declared and built in, without what is registered meanwhile. */
  readonly catalog: Catalog;
  readonly currentCatalog: CurrentCatalog;
  readonly scopes: Scopes;
  readonly identityProviders: IdentityProviders;
  readonly clientKeys: ClientKeys;
  readonly registry: Registry;
}

/** What the registry stands on. */
export interface Foundation {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly storage: Storage;
  /** The one that a data key is made under, and others that may open it. */
  readonly masterKeys: readonly Buffer[];
  readonly logger: Logger;
  /** Default: what guards an installation. */
  readonly passwordCost?: PasswordCost;
}

/** Opens the keys, declares the operator's accounts and applications, and makes the registry. */
export async function openRegistry(base: Foundation): Promise<OpenRegistry> {
  const { clock, storage } = base;
  const { declarations } = base.configuration;
  const { stores } = storage;
  const keys = await openKeys(base);
  const { secretKeeper, clientKeys, vault } = keys;
  const passwords = createPasswords(base.passwordCost && { cost: base.passwordCost });
  const audit: AuditOf = (action, targetId) => auditEntry(startRequest, clock.now(), { action, targetId });
  const accounts = createAccounts({ store: stores.accounts, clock, passwords, audit });
  const applied = createAppliedDeclarations({ settings: stores.settings, secretKeeper });
  // Whoever is to be told is told once the server runs.
  const endings = createEndings({ store: stores.endings, clock, wake: () => {} });
  await declareAccounts({ accounts, applied, endings, logger: base.logger }, declarations.accounts);
  const declaration = await resolveAdministrators(declarations, accounts);
  const catalog = createCatalog(declaration);
  const currentCatalog = createLiveCatalog(declaration, stores.scopes);
  const identityProviders = createIdentityProviders({
    store: stores.identityProviders,
    declared: declarations.identityProviders,
    secrets: createProviderSecrets(vault),
  });
  const registry = createRegistry({
    store: stores.clients,
    allowedScopes: stores.allowedScopes,
    secretKeeper,
    loadReferences: createReferenceLoader({ ...stores, identityProviders, currentCatalog }),
    keyMaker: clientKeys,
    clock,
    ...signingMeans(base.configuration),
  });
  const scopes = createScopes({ store: stores.scopes, fixed: catalog.scopes() });
  return {
    ...keys,
    passwords,
    accounts,
    catalog,
    currentCatalog,
    scopes,
    identityProviders,
    registry,
  };
}

/** What the operator's choices leave to sign with, beside the keys that are here. */
export function signingMeans({ declarations }: Configuration) {
  const { secretStorage, remoteSigner } = declarations.server;
  return { secretsKept: secretStorage === 'sealed', remoteSigner: remoteSigner !== null };
}

/** The server's own keys, what works with them, and the keys of clients. */
async function openKeys(
  base: Foundation,
): Promise<Pick<OpenRegistry, 'vault' | 'keyring' | 'secretKeeper' | 'clientKeys'>> {
  const { configuration, storage } = base;
  const { secretStorage, remoteSigner, sessions } = configuration.declarations.server;
  const { keys, clientKeys, dataKey } = storage.stores;
  const vault = await openVault(dataKey, base.masterKeys);
  const shared = { ...base, vault, longestTokenLifetimeSeconds, hintSeconds: sessions.absolute };
  const keyring = await openKeyring({ ...shared, store: keys, algorithms: signingAlgorithms });
  return {
    vault,
    keyring,
    secretKeeper: createSecretKeeper({ ...shared, keyring, secretStorage }),
    clientKeys: createClientKeys({
      ...shared,
      store: clientKeys,
      remoteSigner:
        remoteSigner &&
        createRemoteSigner({ post: createOperatorService({ ...remoteSigner, ...configuration.egress }) }),
    }),
  };
}

/** Applications name their administrators by user name or id; from here on by id. */
async function resolveAdministrators(
  { applications, scopes }: Declarations,
  accounts: Accounts,
): Promise<CatalogDeclaration> {
  const resolved = await Promise.all(
    applications.map(async (application) => ({
      ...application,
      administrators: await accounts.idsOf(application.administrators),
    })),
  );
  return { applications: resolved, scopes };
}
