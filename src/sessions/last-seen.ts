import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { createUseNotes } from '../kernel/use-notes.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** Writes down when sessions were used. */
export interface LastSeenRecorder {
  /** Notes a use, unless one was noted within the last minute. */
  readonly note: (session: Pick<Session, 'id' | 'lastSeenAt'>) => void;
  /** Writes what was noted, at once. */
  readonly flush: () => Promise<void>;
}

/** Makes a recorder. */
export function createLastSeenRecorder(deps: {
  readonly store: Pick<SessionStore, 'recordSeen'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): LastSeenRecorder {
  const write = deps.store.recordSeen;
  const { note, flush } = createUseNotes({ ...deps, of: 'sessions', coarsenessSeconds: 60, write });
  return { note: ({ id, lastSeenAt }) => note(id, lastSeenAt), flush };
}
