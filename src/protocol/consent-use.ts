import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { createUseNotes } from '../kernel/use-notes.ts';
import type { ConsentStore } from './authorization/consent.ts';

/** Writes down when consents were used: coarsely, in the background, and never at a request's cost. */
export interface ConsentUseRecorder {
  /** Notes a use, unless this node noted one within the last five minutes. */
  readonly note: (consentId: string) => void;
  /** Writes what was noted, at once. A failure is logged and its notes are dropped: a later use makes new ones. */
  readonly flush: () => Promise<void>;
}

const coarsenessSeconds = 300;
const mostRemembered = 10_000;

/** Makes a recorder. */
export function createConsentUseRecorder(deps: {
  readonly consents: Pick<ConsentStore, 'recordUse'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): ConsentUseRecorder {
  const { consents, clock, logger } = deps;
  /** When each was last noted, the oldest first. */
  const noted = new Map<string, EpochSeconds>();
  const notes = createUseNotes({ of: 'consents', write: consents.recordUse, logger });

  const remember = (id: string, now: EpochSeconds): void => {
    noted.delete(id);
    noted.set(id, now);
    const [oldest] = noted.keys();
    if (noted.size > mostRemembered && oldest !== undefined) noted.delete(oldest);
  };

  return {
    note(id) {
      const now = clock.now();
      const last = noted.get(id);
      if (last !== undefined && now - last < coarsenessSeconds) return;
      remember(id, now);
      notes.add(id, now);
    },
    flush: notes.flush,
  };
}
