import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** Writes down when sessions were used: coarsely, in the background, and never at a request's cost. */
export interface LastSeenRecorder {
  /** Notes a use, unless one was noted within the last minute. */
  readonly note: (session: Pick<Session, 'id' | 'lastSeenAt'>) => void;
  /** Writes what was noted, at once. A failure is logged and its notes are dropped: the next use makes new ones. */
  readonly flush: () => Promise<void>;
}

const coarsenessSeconds = 60;
const flushDelayMilliseconds = 1000;

/** Makes a recorder. */
export function createLastSeenRecorder(deps: {
  readonly store: Pick<SessionStore, 'recordSeen'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): LastSeenRecorder {
  const { store, clock, logger } = deps;
  let pending = new Map<string, EpochSeconds>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return;
    const seen = Array.from(pending, ([id, at]) => ({ id, at }));
    pending = new Map();
    try {
      await store.recordSeen(seen);
    } catch (error) {
      logger.warn({ error, sessions: seen.length }, 'the use of sessions was not recorded');
    }
  };

  return {
    note({ id, lastSeenAt }) {
      const now = clock.now();
      if (now - lastSeenAt < coarsenessSeconds || pending.has(id)) return;
      pending.set(id, now);
      timer ??= setTimeout(flush, flushDelayMilliseconds).unref();
    },
    flush,
  };
}
