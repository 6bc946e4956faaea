import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { createUseNotes } from '../kernel/use-notes.ts';
import type { ConsentStore } from './authorization/consent.ts';

/** Writes down when consents were used. */
export interface ConsentUseRecorder {
  /** Notes a use, unless this node noted one within the last five minutes. */
  readonly note: (consentId: string) => void;
  /** Writes what was noted, at once. */
  readonly flush: () => Promise<void>;
}

const mostRemembered = 10_000;

/** Makes a recorder. */
export function createConsentUseRecorder(deps: {
  readonly consents: Pick<ConsentStore, 'recordUse'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): ConsentUseRecorder {
  /** When each was last noted, the oldest first. */
  const noted = new Map<string, EpochSeconds>();
  const write = deps.consents.recordUse;
  const notes = createUseNotes({ ...deps, of: 'consents', coarsenessSeconds: 300, write });

  const remember = (id: string, at: EpochSeconds): void => {
    noted.delete(id);
    noted.set(id, at);
    const [oldest] = noted.keys();
    if (noted.size > mostRemembered && oldest !== undefined) noted.delete(oldest);
  };

  return {
    note(id) {
      const at = notes.note(id, noted.get(id) ?? null);
      if (at !== null) remember(id, at);
    },
    flush: notes.flush,
  };
}
