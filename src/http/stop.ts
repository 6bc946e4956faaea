import type { Logger } from '../kernel/logger.ts';
import type { Readiness } from './readiness.ts';

/** Seconds that running requests have to finish: below the 30 that orchestrators usually give. */
export const drainSeconds = 25;

/** What stopping needs. */
export interface StopOptions {
  /** Everything that accepts requests. */
  readonly servers: readonly { readonly close: () => PromiseLike<unknown> }[];
  readonly readiness: Pick<Readiness, 'drain'>;
  /** Closes what requests use, once none runs any more. */
  readonly closeResources: () => Promise<void>;
  readonly logger: Logger;
  /** Seconds that running requests have to finish; default `drainSeconds`. */
  readonly limitSeconds?: number;
}

/**
 * Makes the function that ends the server: not ready, no new connections, idle ones closed, running requests
 * finished, storage closed. Calling it again joins the first call. It answers whether every request could finish.
 */
export function createStop(options: StopOptions): (reason: string) => Promise<boolean> {
  let stopping: Promise<boolean> | undefined;
  return (reason) => {
    stopping ??= stop(options, reason);
    return stopping;
  };
}

async function stop(options: StopOptions, reason: string): Promise<boolean> {
  const { logger, limitSeconds = drainSeconds } = options;
  logger.info({ reason }, 'stopping: running requests may finish');
  options.readiness.drain();
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(late.resolve, limitSeconds * 1000, false);
  const closed = Promise.all(options.servers.map((server) => server.close())).then(() => true);
  const drained = await Promise.race([closed, late.promise]);
  clearTimeout(timer);
  if (!drained) logger.warn({ limitSeconds }, 'stopping: some requests did not finish in time');
  await options.closeResources();
  logger.info({}, 'stopped');
  return drained;
}

/** Stops on SIGTERM and SIGINT and exits with 0; a second signal exits with 1 at once. */
export function stopOnSignals(
  stop: (reason: string) => Promise<unknown>,
  logger: Logger & { readonly flush: () => void },
): void {
  const exit = (code: number): never => {
    logger.flush();
    process.exit(code);
  };
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signalled) exit(1);
    signalled = true;
    stop(signal).then(
      () => exit(0),
      (error: unknown) => {
        logger.error({ error }, 'stopping failed');
        exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
