import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createPasswords } from './accounts/passwords.ts';
import { type AuthenticateCaller, createCallerAuthentication } from './admin/caller.ts';
import { createClientsApi } from './admin/clients-api/dialect.ts';
import { createAdmission } from './admin/connect/admission.ts';
import { addClientsService } from './admin/connect/clients-service.ts';
import type { ConnectOptions } from './admin/connect/connect-handler.ts';
import { createConnectPlugin } from './admin/connect/connect-plugin.ts';
import { createGrpcServer, type GrpcServer } from './admin/connect/grpc-server.ts';
import { addReflection } from './admin/connect/reflection.ts';
import { documentLoginApi } from './admin/login-api/documentation.ts';
import { createAccountFinder } from './admin/login-api/flow-user.ts';
import { createLoginApi } from './admin/login-api/routes.ts';
import { createLogoReader } from './admin/logo-image.ts';
import { createLogoUris, registerLogos } from './admin/logo-route.ts';
import { type DocumentedDialect, describeDialects } from './admin/openapi.ts';
import { mountRestDialect } from './admin/rest-dialect.ts';
import { type Catalog, type CatalogDeclaration, createCatalog } from './applications/catalog.ts';
import { type CurrentCatalog, createLiveCatalog } from './applications/live-catalog.ts';
import { createScopes, type Scopes } from './applications/scopes.ts';
import { createRegistry, type Registry } from './clients/registry.ts';
import { longestTokenLifetimeSeconds } from './clients/rules/authentication.ts';
import type { ClientStore } from './clients/store.ts';
import { type Configuration, issuerAt, readConfiguration } from './config/configuration.ts';
import type { Declarations } from './config/declarations.ts';
import { ConfigurationError } from './config/faults.ts';
import { loadMasterKey } from './config/master-key.ts';
import { createOperatorService } from './egress/operator-service.ts';
import { ClientsService } from './gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { serveHealth } from './http/health.ts';
import { createHttpServer } from './http/http-server.ts';
import { listenAt, listenOn, ownAddressesOf, type ReservedPort, reservePort } from './http/listen.ts';
import { createReadiness, type Readiness } from './http/readiness.ts';
import { createStop, stopOnSignals } from './http/stop.ts';
import { createIdentityProviders, type IdentityProviders } from './identity-providers/identity-providers.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Logger } from './kernel/logger.ts';
import { StartError } from './kernel/start-error.ts';
import { type ClientKeys, createClientKeys } from './keys/client-keys.ts';
import { type Keyring, openKeyring } from './keys/keyring.ts';
import { createRemoteSigner } from './keys/remote-signer.ts';
import { createSecretKeeper, type KeyedSecretKeeper } from './keys/secret-keeper.ts';
import { signingAlgorithms } from './keys/signing-algorithm.ts';
import { createVault } from './keys/vault.ts';
import { createLogger } from './observability/logger.ts';
import { type Declared, declareEverything } from './operator/declare.ts';
import { startMaintenance } from './operator/maintenance.ts';
import { createReferenceLoader } from './operator/reference-loader.ts';
import { documentPer } from './protocol/endpoints/public-document.ts';
import { mountDocument } from './protocol/http.ts';
import { registerProtocol } from './protocol/routes.ts';
import { hasAudience } from './protocol/tokens/access-token-claims.ts';
import { type ClientTokens, createClientTokens } from './protocol/tokens/client-tokens.ts';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
} from './protocol/tokens/verify-access-token.ts';
import { openStorage, type Storage } from './storage/storage.ts';

/** What a server is started with. */
export interface ServerOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** A server that answers requests. */
export interface RunningServer {
  readonly issuer: string;
  readonly port: number;
  /** Null when gRPC has no port of its own. */
  readonly grpcPort: number | null;
  readonly declared: Declared;
  /** For programs that run the server inside their own process. */
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly clientKeys: ClientKeys;
  readonly clientTokens: ClientTokens;
  /** A client as the endpoints read it for each request. */
  readonly loadClient: ClientStore['load'];
  /** Drains and ends; true when every running request could finish. */
  readonly stop: (reason: string) => Promise<boolean>;
}

/** What gRPC calls have to finish when the server stops; below the limit that stopping has as a whole. */
const graceMs = 20_000;

/**
 * Starts a server: configuration → storage → services → HTTP. Ready when the promise resolves.
 * @throws ConfigurationError, or what storage and the network say
 */
export async function startServer({
  configuration,
  logger,
  clock = systemClock,
}: ServerOptions): Promise<RunningServer> {
  const masterKey = loadMasterKey(configuration);
  const storage = await openStorage(configuration);
  const reserved = await reservePort(configuration.host, configuration.port);
  try {
    const base = { configuration, logger, clock, storage, masterKey, reserved };
    const core = await storage.exclusively(() => openCore(base));
    const faces = await openFaces(core);
    const stopMaintenance = startMaintenance({ ...core, stores: storage.stores });
    const stop = createStop({
      servers: [...faces.servers, { close: stopMaintenance }],
      readiness: faces.readiness,
      closeResources: storage.close,
      logger,
    });
    faces.readiness.serve();
    const { issuer, declared, registry, keyring, clientKeys, clientTokens } = core;
    return {
      issuer,
      port: reserved.port,
      grpcPort: faces.grpcPort,
      declared,
      registry,
      keyring,
      clientKeys,
      clientTokens,
      loadClient: storage.stores.clients.load,
      stop,
    };
  } catch (error) {
    await reserved.release();
    await storage.close();
    throw error;
  }
}

/** The registry with what it is made of: for the server, and for commands that work beside it. */
export interface OpenRegistry {
  readonly keyring: Keyring;
  readonly secretKeeper: KeyedSecretKeeper;
  readonly accounts: Accounts;
  /** What is declared and built in, without what is registered meanwhile. */
  readonly catalog: Catalog;
  readonly currentCatalog: CurrentCatalog;
  readonly scopes: Scopes;
  readonly identityProviders: IdentityProviders;
  readonly clientKeys: ClientKeys;
  readonly registry: Registry;
}

/** What the registry stands on. */
interface Foundation {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly masterKey: Buffer;
  readonly logger: Logger;
}

/** Opens the keys, declares the operator's accounts and applications, and makes the registry. */
export async function openRegistry(base: Foundation): Promise<OpenRegistry> {
  const { clock, storage } = base;
  const { declarations } = base.configuration;
  const { stores } = storage;
  const { keyring, secretKeeper, clientKeys } = await openKeys(base);
  const accounts = createAccounts({ store: stores.accounts, clock, passwords: createPasswords() });
  await accounts.declare(declarations.accounts);
  const declaration = await resolveAdministrators(declarations, accounts);
  const catalog = createCatalog(declaration);
  const currentCatalog = createLiveCatalog(declaration, stores.scopes);
  const identityProviders = createIdentityProviders({
    store: stores.identityProviders,
    declared: declarations.identityProviders,
  });
  const registry = createRegistry({
    store: stores.clients,
    secretKeeper,
    loadReferences: createReferenceLoader({ ...stores, identityProviders, currentCatalog }),
    keyMaker: clientKeys,
    clock,
    ...signingMeans(base.configuration),
  });
  const scopes = createScopes({ store: stores.scopes, fixed: catalog.scopes() });
  return {
    keyring,
    secretKeeper,
    clientKeys,
    accounts,
    catalog,
    currentCatalog,
    scopes,
    identityProviders,
    registry,
  };
}

/** What the operator's choices leave to sign with, beside the keys that are here. */
function signingMeans({ declarations }: Configuration) {
  const { secretStorage, remoteSigner } = declarations.server;
  return { secretsKept: secretStorage === 'sealed', remoteSigner: remoteSigner !== null };
}

/** The server's own keys, what works with them, and the keys of clients. */
async function openKeys(
  base: Foundation,
): Promise<Pick<OpenRegistry, 'keyring' | 'secretKeeper' | 'clientKeys'>> {
  const { configuration, storage } = base;
  const { secretStorage, remoteSigner } = configuration.declarations.server;
  const { keys, clientKeys } = storage.stores;
  const shared = { ...base, vault: createVault(base.masterKey), longestTokenLifetimeSeconds };
  const keyring = await openKeyring({ ...shared, store: keys, algorithms: signingAlgorithms });
  return {
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

/** What a server stands on, beside the registry's own. */
interface ServerFoundation extends Foundation {
  readonly reserved: ReservedPort;
}

interface Core extends OpenRegistry, ServerFoundation {
  readonly issuer: string;
  readonly verifier: AccessTokenVerifier;
  readonly clientTokens: ClientTokens;
  readonly declared: Declared;
}

/** Everything below the faces, with what the operator declares in force. */
async function openCore(base: ServerFoundation): Promise<Core> {
  const { configuration, clock, storage } = base;
  const { clients, accessTokens, settings } = storage.stores;
  const issuer = issuerAt(configuration, base.reserved.port);
  const opened = await openRegistry(base);
  const verifier = createAccessTokenVerifier({ ...opened, issuer, clients, accessTokens, clock });
  const clientTokens = createClientTokens({ ...opened, ...signingMeans(configuration), issuer, clock });
  const declared = await declareEverything({ ...base, ...opened, issuer, settings });
  return { ...base, ...opened, issuer, verifier, clientTokens, declared };
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

interface Faces {
  readonly readiness: Readiness;
  readonly grpcPort: number | null;
  readonly servers: readonly { readonly close: () => PromiseLike<unknown> }[];
}

/** Every endpoint, listening. */
async function openFaces(core: Core): Promise<Faces> {
  const { configuration, storage, logger, issuer, reserved } = core;
  const readiness = createReadiness({ storage: storage.isReady });
  const app = createHttpServer({ ...configuration, logger, issuer });
  serveHealth(app, readiness);
  const { stores } = storage;
  registerProtocol(app, {
    ...core,
    ...stores,
    ...signingMeans(configuration),
    currentClientKeys: core.clientKeys.published,
    accessTokenTtlSeconds: configuration.declarations.server.accessTokenTtl,
  });
  registerLogos(app, stores.clients.loadImage);
  const authenticate = createAuthentication(core);
  mountRestDialects(app, core, authenticate);
  const grpc = mountConnect(app, core, authenticate);
  try {
    const addresses = await ownAddressesOf(configuration.host);
    await listenOn(app, addresses, reserved);
    if (grpc === null) return { readiness, grpcPort: null, servers: [app] };
    const grpcPort = await listenAt(grpc.server, configuration.host, configuration.grpcPort ?? 0);
    return { readiness, grpcPort, servers: [app, { close: () => grpc.close(graceMs) }] };
  } catch (error) {
    // One port may be open already, and would keep the process running.
    await app.close();
    throw error;
  }
}

/** The Connect dialect, where it is switched on; answers the gRPC server, where that has a port of its own. */
function mountConnect(app: FastifyInstance, core: Core, authenticate: AuthenticateCaller): GrpcServer | null {
  const { configuration } = core;
  if (!configuration.declarations.server.dialects.connect) return null;
  const connect = connectOptions(core, authenticate);
  app.register(createConnectPlugin(connect));
  return configuration.grpcPort === null ? null : createGrpcServer(connect);
}

/** The one way in for administration, whichever face it is through. */
function createAuthentication(core: Core): AuthenticateCaller {
  const { issuer, verifier, accounts, catalog, declared } = core;
  return createCallerAuthentication({
    verifyToken: async (token) => {
      const verified = await verifier.verify(token);
      if (!verified || !hasAudience(verified.claims, issuer)) return undefined;
      const { sub, client_id: clientId, scope = '' } = verified.claims;
      return { subject: sub, clientId, scopes: new Set(scope.split(' ')) };
    },
    isAdministrator: async (id) => {
      const account = await accounts.load(id);
      return account?.administrator === true && !account.disabled;
    },
    administeredBy: catalog.administeredBy,
    bootstrapClientId: declared.bootstrapClientId,
  });
}

/** The REST dialects that are switched on, and the document that describes them. */
function mountRestDialects(app: FastifyInstance, core: Core, authenticate: AuthenticateCaller): void {
  const { issuer, logger, configuration } = core;
  const { dialects, accessTokenTtl } = configuration.declarations.server;
  const served: readonly DocumentedDialect[] = [
    ...(dialects.loginApi
      ? [documentLoginApi(createLoginApi({ ...core, findAccount: createAccountFinder(core.accounts) }))]
      : []),
    ...(dialects.clientsApi ? [createClientsApi({ ...core, accessTokenTtlSeconds: accessTokenTtl })] : []),
  ];
  for (const { dialect } of served) mountRestDialect(app, dialect, { authenticate, logger });
  const document = documentPer(() => JSON.stringify(describeDialects(issuer, served)));
  mountDocument(app, '/openapi.json', 'for-minutes', async () => document());
}

/** The Connect dialect, for every server that it is mounted on. */
function connectOptions(
  { logger, issuer, registry }: Core,
  authenticate: AuthenticateCaller,
): ConnectOptions {
  const logoUriOf = createLogoUris(issuer);
  const readLogo = createLogoReader();
  return {
    logger,
    admission: createAdmission(authenticate),
    routes: (router) => {
      addClientsService(router, { registry, readLogo, logoUriOf });
      addReflection(router, [ClientsService]);
    },
  };
}

/** Runs the server as the process's job: reads the environment, starts, stops on a signal. */
export async function runServer(): Promise<void> {
  let logger = createLogger({ level: 'info' });
  try {
    const configuration = readConfiguration({ env: process.env, readFile: readFileSync });
    logger = createLogger({ level: configuration.logLevel });
    const server = await startServer({ configuration, logger });
    stopOnSignals(server.stop, logger);
    const { issuer, port, grpcPort } = server;
    logger.info({ issuer, port, grpcPort }, 'ready');
    if (server.declared.generated !== null && process.stdout.isTTY) {
      process.stdout.write(`\n${JSON.stringify(server.declared.generated, null, 2)}\n\n`);
    }
  } catch (error) {
    logger.error(describeRefusal(error), 'the server did not start');
    logger.flush();
    process.exitCode = 1;
  }
}

/** What the operator can put right is told in words; anything else with its stack. */
function describeRefusal(error: unknown): object {
  if (error instanceof ConfigurationError) return { faults: error.faults };
  if (error instanceof StartError || isSystemError(error)) return { reason: error.message };
  return { error };
}

/** The operating system said no: a port is taken, a directory may not be written. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

if (import.meta.main) await runServer();
