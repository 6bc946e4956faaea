import type { Configuration } from '../config/configuration.ts';
import { type Clock, secondsAfter } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ClientKeys } from '../keys/client-keys.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { ExpiryStore } from '../protocol/store.ts';
import { type ClockWatch, createClockWatch } from './clock-watch.ts';

/** Long enough for the first requests to go before. */
const firstDelayMs = 2_000;
const intervalMs = 60_000;
/** Rows of each kind in one write, so that requests never wait long behind a purge. */
const rowsAtOnce = 500;
/** What has expired stays for another hour: a clock that is put back by less brings nothing back to life. */
const keptSeconds = 3600;
const daySeconds = 86_400;

/** What the chores are done with. */
export interface MaintenanceDependencies {
  readonly configuration: Pick<Configuration, 'declarations'>;
  readonly stores: { readonly expiry: ExpiryStore };
  readonly keyring: Pick<Keyring, 'reload' | 'rotateAged' | 'removeRetired'>;
  readonly clientKeys: Pick<ClientKeys, 'removeExpired'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Does the chores of a running server soon after the start and once a minute from then on, never two at once.
 * @returns ends the chores once the one that runs is done
 */
export function startMaintenance(deps: MaintenanceDependencies): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const clockWatch = createClockWatch(deps.clock);
  const run = () => {
    running = running.then(() => doChores(deps, clockWatch));
  };
  const first = setTimeout(run, firstDelayMs).unref();
  const timer = setInterval(run, intervalMs).unref();
  return () => {
    clearTimeout(first);
    clearInterval(timer);
    return running;
  };
}

type Chore = (deps: MaintenanceDependencies) => Promise<void>;

/** Every chore in its order, by what the log calls it. */
const chores: Readonly<Record<string, Chore>> = {
  'rotation of keys': async ({ configuration, keyring, logger }) => {
    const { rotationDays } = configuration.declarations.server.keys;
    if (rotationDays === null) return;
    const algorithms = await keyring.rotateAged(rotationDays * daySeconds);
    if (algorithms.length > 0) logger.info({ algorithms }, 'the keys of the server were rotated');
  },
  /** Behind the rotation, which it depends on; it also reads what other nodes have done to the keys. */
  'removal of keys': async ({ keyring, logger }) => {
    const count = await keyring.removeRetired();
    if (count > 0) logger.info({ count }, 'retired keys of the server were removed');
  },
  purge: async ({ stores, clock }) => {
    const before = secondsAfter(clock.now(), -keptSeconds);
    while ((await stores.expiry.purge(before, rowsAtOnce)) >= rowsAtOnce);
  },
  'audit retention': async ({ configuration, stores, clock }) => {
    const { auditRetentionDays } = configuration.declarations.server;
    if (auditRetentionDays === null) return;
    const before = secondsAfter(clock.now(), -auditRetentionDays * daySeconds);
    while ((await stores.expiry.purgeAudit(before, rowsAtOnce)) >= rowsAtOnce);
  },
  'client keys': async ({ clientKeys }) => {
    await clientKeys.removeExpired();
  },
};

/** While the clock is ahead of the time that has passed, nothing moves on and nothing is deleted: it may return. */
const choresOfAWrongClock: Readonly<Record<string, Chore>> = {
  'reading of keys': async ({ keyring, logger }) => {
    logger.warn({}, 'the clock was put ahead: nothing that has expired is deleted');
    await keyring.reload();
  },
};

/**
 * Rotates and removes keys that are due, and purges what has expired. A chore that fails is logged, keeps none of the others from
 * being done, and is done again a minute later.
 */
export async function doChores(
  deps: MaintenanceDependencies,
  clockWatch: Pick<ClockWatch, 'isAhead'>,
): Promise<void> {
  const due = clockWatch.isAhead() ? choresOfAWrongClock : chores;
  for (const [chore, run] of Object.entries(due)) {
    try {
      await run(deps);
    } catch (error) {
      deps.logger.error({ error, chore }, 'maintenance failed');
    }
  }
}
