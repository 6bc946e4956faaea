import { createDeliver, type DeliverDeps } from './deliver-notice.ts';
import type { LogoutNotice } from './logout-notice.ts';

/** Clients that are told at the same time: one that hangs holds up nobody but itself. */
const mostClients = 16;
const noticesAtOnce = 100;
/** How soon a node sees what another has left, or what is due again. */
const intervalMs = 5_000;

/** Delivers what is in the outbox. */
export interface LogoutDelivery {
  /** Says that there may be something due; returns at once. */
  readonly wake: () => void;
  /** Delivers until nothing is due. @throws Error when the storage does not answer */
  readonly deliverDue: () => Promise<void>;
  /** Begins nothing more, and resolves when the requests that are under way have ended. */
  readonly stop: () => Promise<void>;
}

/**
 * Makes the delivery. The notices of a client go out one after another, those of different clients side by side; when one fails, the
 * others that wait for the same client wait as long as it does. A notice is delivered at least once: a node that ends behind an answer
 * and before it is written down leaves it to another.
 */
export function createLogoutDelivery(deps: DeliverDeps): LogoutDelivery {
  const { store, clock, logger } = deps;
  const deliver = createDeliver(deps);
  const busy = new Map<string, Promise<void>>();
  let running: Promise<void> | undefined;
  let woken = Promise.withResolvers<void>();
  let failure: { readonly error: unknown } | null = null;
  let isStopped = false;

  const deliverInTurn = async (clientId: string, notices: readonly LogoutNotice[]): Promise<void> => {
    try {
      for (const notice of notices) {
        if (isStopped || (await deliver(notice)) === 'client-waits') return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      busy.delete(clientId);
    }
  };

  /** Answers whether there was anything to begin. */
  const beginDue = async (): Promise<boolean> => {
    if (busy.size >= mostClients) return false;
    const due = await store.listDue(clock.now(), [...busy.keys()], noticesAtOnce);
    for (const [clientId, notices] of Map.groupBy(due, (notice) => notice.clientId)) {
      if (isStopped || busy.size >= mostClients) break;
      busy.set(clientId, deliverInTurn(clientId, notices));
    }
    return due.length > 0;
  };

  const run = async (): Promise<void> => {
    while (!isStopped) {
      const before = woken;
      const isComplete = busy.size === 0;
      const hasBegun = await beginDue();
      if (!hasBegun && isComplete && before === woken) return;
      if (busy.size > 0) await Promise.race([before.promise, ...busy.values()]);
      if (failure !== null) throw failure.error;
    }
  };

  const deliverDue = (): Promise<void> => {
    woken.resolve();
    woken = Promise.withResolvers();
    failure = null;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    wake: () => {
      if (isStopped) return;
      deliverDue().catch((error) => logger.error({ error }, 'logout notices were not delivered'));
    },
    deliverDue,
    stop: async () => {
      isStopped = true;
      await Promise.all(busy.values());
    },
  };
}

/** Wakes the delivery now and every few seconds. @returns ends it once the requests that are under way have ended */
export function startLogoutDelivery(delivery: Pick<LogoutDelivery, 'wake' | 'stop'>): () => Promise<void> {
  delivery.wake();
  const timer = setInterval(delivery.wake, intervalMs).unref();
  return () => {
    clearInterval(timer);
    return delivery.stop();
  };
}
