import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createCallerAuthentication } from './admin/caller.ts';
import { createAdmission } from './admin/connect/admission.ts';
import { addClientsService } from './admin/connect/clients-service.ts';
import type { ConnectOptions } from './admin/connect/connect-handler.ts';
import { createConnectPlugin } from './admin/connect/connect-plugin.ts';
import { createGrpcServer, type GrpcServer } from './admin/connect/grpc-server.ts';
import { addReflection } from './admin/connect/reflection.ts';
import { createLogoReader } from './admin/logo-image.ts';
import { createLogoUris, registerLogos } from './admin/logo-route.ts';
import { type Catalog, createCatalog } from './applications/catalog.ts';
import { createRegistry, type Registry } from './clients/registry.ts';
import { longestTokenLifetimeSeconds } from './clients/rules/authentication.ts';
import { type Configuration, issuerAt, readConfiguration } from './config/configuration.ts';
import type { Declarations } from './config/declarations.ts';
import { ConfigurationError } from './config/faults.ts';
import { loadMasterKey } from './config/master-key.ts';
import { ClientsService } from './gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { serveHealth } from './http/health.ts';
import { createHttpServer } from './http/http-server.ts';
import { listenAt, listenOn, ownAddressesOf, type ReservedPort, reservePort } from './http/listen.ts';
import { createReadiness, type Readiness } from './http/readiness.ts';
import { createStop, stopOnSignals } from './http/stop.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Logger } from './kernel/logger.ts';
import { StartError } from './kernel/start-error.ts';
import { type Keyring, openKeyring } from './keys/keyring.ts';
import { createSecretKeeper, type KeyedSecretKeeper } from './keys/secret-keeper.ts';
import { signingAlgorithms } from './keys/signing-algorithm.ts';
import { createVault } from './keys/vault.ts';
import { createLogger } from './observability/logger.ts';
import { type Declared, declareEverything } from './operator/declare.ts';
import { startMaintenance } from './operator/maintenance.ts';
import { createReferenceLoader } from './operator/reference-loader.ts';
import { registerProtocol } from './protocol/routes.ts';
import { hasAudience } from './protocol/tokens/access-token-claims.ts';
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
  const storage = await openStorage({ dataDirectory: configuration.dataDirectory });
  const reserved = await reservePort(configuration.host, configuration.port);
  try {
    const core = await openCore({ configuration, logger, clock, storage, masterKey, reserved });
    const faces = await openFaces(core);
    const stopMaintenance = startMaintenance({ ...core, stores: storage.stores });
    const stop = createStop({
      servers: [...faces.servers, { close: stopMaintenance }],
      readiness: faces.readiness,
      closeResources: storage.close,
      logger,
    });
    faces.readiness.serve();
    const { issuer, declared, registry, keyring } = core;
    return { issuer, port: reserved.port, grpcPort: faces.grpcPort, declared, registry, keyring, stop };
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
  readonly catalog: Catalog;
  readonly registry: Registry;
}

/** What the registry stands on. */
interface Foundation {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly masterKey: Buffer;
}

/** Opens the keys, declares the operator's accounts and applications, and makes the registry. */
export async function openRegistry(base: Foundation): Promise<OpenRegistry> {
  const { configuration, clock, storage } = base;
  const { stores } = storage;
  const { declarations } = configuration;
  const vault = createVault(base.masterKey);
  const keyring = await openKeyring({
    store: stores.keys,
    vault,
    clock,
    algorithms: signingAlgorithms,
    longestTokenLifetimeSeconds,
  });
  const { secretStorage } = declarations.server;
  const secretKeeper = createSecretKeeper({ keyring, vault, secretStorage });
  const accounts = createAccounts({ store: stores.accounts, clock, passwords: createPasswords() });
  await accounts.declare(declarations.accounts);
  const catalog = await openCatalog(declarations, accounts);
  const registry = createRegistry({
    store: stores.clients,
    secretKeeper,
    loadReferences: createReferenceLoader({ clients: stores.clients, accounts: stores.accounts, catalog }),
    clock,
    secretsKept: secretStorage === 'sealed',
  });
  return { keyring, secretKeeper, accounts, catalog, registry };
}

/** What a server stands on, beside the registry's own. */
interface ServerFoundation extends Foundation {
  readonly logger: Logger;
  readonly reserved: ReservedPort;
}

interface Core extends OpenRegistry, ServerFoundation {
  readonly issuer: string;
  readonly verifier: AccessTokenVerifier;
  readonly declared: Declared;
}

/** Everything below the faces, with what the operator declares in force. */
async function openCore(base: ServerFoundation): Promise<Core> {
  const { configuration, clock, storage } = base;
  const { clients, accessTokens, settings } = storage.stores;
  const issuer = issuerAt(configuration, base.reserved.port);
  const opened = await openRegistry(base);
  const verifier = createAccessTokenVerifier({ ...opened, issuer, clients, accessTokens, clock });
  const declared = await declareEverything({ ...base, ...opened, issuer, settings });
  return { ...base, ...opened, issuer, verifier, declared };
}

/** Applications name their administrators by user name or id; from here on by id. */
async function openCatalog({ applications, scopes }: Declarations, accounts: Accounts): Promise<Catalog> {
  const resolved = await Promise.all(
    applications.map(async (application) => ({
      ...application,
      administrators: await accounts.idsOf(application.administrators),
    })),
  );
  return createCatalog({ applications: resolved, scopes });
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
    accessTokenTtlSeconds: configuration.declarations.server.accessTokenTtl,
  });
  registerLogos(app, stores.clients.loadImage);
  const grpc = mountConnect(app, core);
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
function mountConnect(app: FastifyInstance, core: Core): GrpcServer | null {
  const { configuration } = core;
  if (!configuration.declarations.server.dialects.connect) return null;
  const connect = connectOptions(core);
  app.register(createConnectPlugin(connect));
  return configuration.grpcPort === null ? null : createGrpcServer(connect);
}

/** The Connect dialect, for every server that it is mounted on. */
function connectOptions(core: Core): ConnectOptions {
  const { logger, issuer, registry, verifier, accounts, catalog, declared } = core;
  const authenticate = createCallerAuthentication({
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
