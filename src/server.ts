import { readFileSync } from 'node:fs';
import type { PasswordCost } from './accounts/passwords.ts';
import type { Registry } from './clients/registry.ts';
import type { ClientStore } from './clients/store.ts';
import { openCore } from './composition/core.ts';
import { openFaces } from './composition/faces.ts';
import { openObservation, openObservedStorage } from './composition/observation.ts';
import { openPeople } from './composition/people.ts';
import { type Configuration, readConfiguration } from './config/configuration.ts';
import { ConfigurationError } from './config/faults.ts';
import { loadMasterKeys } from './config/master-key.ts';
import { reservePort } from './http/listen.ts';
import { createStop, stopOnSignals } from './http/stop.ts';
import { type Clock, monotonicMilliseconds, systemClock } from './kernel/clock.ts';
import type { Logger } from './kernel/logger.ts';
import { StartError } from './kernel/start-error.ts';
import { UnavailableError } from './kernel/unavailable.ts';
import type { ClientKeys } from './keys/client-keys.ts';
import type { Keyring } from './keys/keyring.ts';
import { createLogger } from './observability/logger.ts';
import type { Declared } from './operator/declare.ts';
import { startMaintenance } from './operator/maintenance.ts';
import { startLogoutDelivery } from './protocol/logout/logout-delivery.ts';
import type { ClientTokens } from './protocol/tokens/client-tokens.ts';

/** What a server is started with. */
export interface ServerOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** A clock that never goes back, for what is counted by time. Default: the machine's. */
  readonly milliseconds?: () => number;
  /** Of the password hashes that it makes. Default: what guards an installation. */
  readonly passwordCost?: PasswordCost;
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

/**
 * Starts a server: configuration → storage → services → HTTP. Ready when the promise resolves.
 * @throws ConfigurationError, or what storage and the network say
 */
export async function startServer({
  configuration,
  logger,
  clock = systemClock,
  milliseconds = monotonicMilliseconds,
  ...choices
}: ServerOptions): Promise<RunningServer> {
  const masterKeys = loadMasterKeys(configuration);
  const opened = new AsyncDisposableStack();
  try {
    const observers = await openObservation(configuration, { logger, clock, env: process.env });
    opened.defer(observers.close);
    const storage = await openObservedStorage(configuration, observers);
    opened.defer(storage.close);
    const reserved = await reservePort(configuration.host, configuration.port);
    opened.defer(reserved.release);
    const base = {
      ...choices,
      configuration,
      logger,
      clock,
      milliseconds,
      storage,
      masterKeys,
      reserved,
      observers,
    };
    const core = await storage.exclusively(() => openCore(base));
    const people = openPeople(core);
    const faces = await openFaces(core, people);
    const stopMaintenance = startMaintenance({ ...core, stores: storage.stores });
    const stopLogoutDelivery = startLogoutDelivery(core.delivery);
    const stop = createStop({
      servers: [...faces.servers, { close: stopMaintenance }, { close: stopLogoutDelivery }],
      readiness: faces.readiness,
      closeResources: () => opened.disposeAsync(),
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
    await opened.disposeAsync();
    throw error;
  }
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
  if (error instanceof StartError || error instanceof UnavailableError || isSystemError(error))
    return { reason: error.message };
  return { error };
}

/** The operating system said no: a port is taken, a directory may not be written. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

if (import.meta.main) await runServer();
