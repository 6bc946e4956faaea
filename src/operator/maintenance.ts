import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ClientKeys } from '../keys/client-keys.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { ExpiryStore } from '../protocol/store.ts';

const intervalMs = 60_000;
/** Rows of each kind in one write, so that requests never wait long behind a purge. */
const rowsAtOnce = 500;

/**
 * Does the chores of a running server once a minute: purges what has expired, reads the keys that other nodes may have
 * rotated, removes keys that nothing valid is signed with. A chore that fails is logged and done again a minute later.
 * @returns ends the chores once the one that runs is done
 */
export function startMaintenance(deps: {
  readonly stores: { readonly expiry: ExpiryStore };
  readonly keyring: Pick<Keyring, 'reload' | 'removeRetired'>;
  readonly clientKeys: Pick<ClientKeys, 'removeExpired'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => doChores(deps));
  }, intervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}

type Chores = Parameters<typeof startMaintenance>[0];

async function doChores({ stores, keyring, clientKeys, clock, logger }: Chores): Promise<void> {
  try {
    while ((await stores.expiry.purge(clock.now(), rowsAtOnce)) >= rowsAtOnce);
    await keyring.reload();
    await keyring.removeRetired();
    await clientKeys.removeExpired();
  } catch (error) {
    logger.error({ error }, 'maintenance failed');
  }
}
