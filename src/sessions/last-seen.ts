import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { createUseNotes } from '../kernel/use-notes.ts';
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

/** Makes a recorder. */
export function createLastSeenRecorder(deps: {
  readonly store: Pick<SessionStore, 'recordSeen'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): LastSeenRecorder {
  const { store, clock, logger } = deps;
  const notes = createUseNotes({ of: 'sessions', write: store.recordSeen, logger });
  return {
    note({ id, lastSeenAt }) {
      const now = clock.now();
      if (now - lastSeenAt >= coarsenessSeconds && !notes.has(id)) notes.add(id, now);
    },
    flush: notes.flush,
  };
}
