import { RegistryError } from '../clients/errors.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { type Observers, openObservers } from '../observability/observers.ts';
import type { TraceEnvironment } from '../observability/traces/trace-switch.ts';
import { openStorage, type Storage } from '../storage/storage.ts';

/** Opens the observers that the configuration, and for traces the environment, asks for. */
export function openObservation(
  { declarations, databaseUrl }: Configuration,
  base: { readonly logger: Logger; readonly clock: Clock; readonly env: TraceEnvironment },
): Promise<Observers> {
  return openObservers({
    ...base,
    metrics: declarations.server.metrics,
    driver: databaseUrl === null ? 'sqlite' : 'postgresql',
    codeOf: (error) => (error instanceof RegistryError ? error.code : undefined),
  });
}

/** Opens the storage, under observation. */
export async function openObservedStorage(
  configuration: Configuration,
  observers: Observers,
): Promise<Storage> {
  const storage = await openStorage({ ...configuration, batches: observers.batches });
  observers.watchConnections(storage.engine.connections);
  return { ...storage, stores: observers.watchStores(storage.stores) };
}
