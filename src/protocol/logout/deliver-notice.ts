import { type Clock, secondsAfter } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { leaseSeconds, nextAttempt } from './delivery-schedule.ts';
import type { LogoutNotice, LogoutNoticeStore } from './logout-notice.ts';
import type { AttemptNotice } from './notice-attempt.ts';

/** How an attempt ended: `again` is tried later, `given-up` was tried too often or for too long. */
export type DeliveryOutcome = 'delivered' | 'refused' | 'again' | 'given-up';

/** What a delivery needs. */
export interface DeliverDeps {
  readonly store: Omit<LogoutNoticeStore, 'listOfClient'>;
  readonly attempt: AttemptNotice;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears how each attempt ended. It is quick, and never throws. */
  readonly listener?: ((outcome: DeliveryOutcome) => void) | undefined;
}

/**
 * Delivers a notice that is due, unless another node has it in hand, and writes down what came of it. `client-waits`: it failed in a way
 * that the next one to this client would fail too, and what is due to the client was put off.
 */
export type DeliverNotice = (notice: LogoutNotice) => Promise<'done' | 'client-waits'>;

/** Makes the delivery of one notice: claim, attempt, result. */
export function createDeliver(deps: DeliverDeps): DeliverNotice {
  const { store, attempt, clock, logger, listener } = deps;

  const settle = async (notice: LogoutNotice, outcome: 'delivered' | 'refused'): Promise<'done'> => {
    const state = outcome === 'delivered' ? 'delivered' : 'failed';
    await store.settle(notice, { state, fault: outcome === 'refused' ? outcome : null, at: clock.now() });
    if (outcome === 'refused') logger.warn(factsOf(notice), 'a client has refused a logout token');
    listener?.(outcome);
    return 'done';
  };

  const putOff = async (notice: LogoutNotice, fault: string): Promise<'client-waits'> => {
    const at = clock.now();
    const next = nextAttempt(notice, at);
    if (next === null) {
      await store.settle(notice, { state: 'failed', fault, at });
      logger.warn({ ...factsOf(notice), fault }, 'a logout notice was given up');
    } else {
      await store.retry(notice, { fault, dueAt: next });
      logger.debug({ ...factsOf(notice), fault }, 'a logout notice is tried again later');
    }
    await store.postpone(notice.clientId, at, next ?? secondsAfter(at, leaseSeconds));
    listener?.(next === null ? 'given-up' : 'again');
    return 'client-waits';
  };

  return async (due) => {
    const notice = await store.claim(due, secondsAfter(clock.now(), leaseSeconds));
    if (notice === 'taken') return 'done';
    const result = await attempt(notice);
    if (result.kind === 'failed') return putOff(notice, result.fault);
    if (result.kind !== 'unwanted') return settle(notice, result.kind);
    await store.drop(notice);
    return 'done';
  };
}

function factsOf({ clientId, attempts }: LogoutNotice): object {
  return { clientId, attempts };
}
