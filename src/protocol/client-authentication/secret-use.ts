import type { ClientSecret } from '../../clients/secret.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { createUseNotes } from '../../kernel/use-notes.ts';

/** Writes down when secrets were used: coarsely, in the background, and never at a request's cost. */
export interface SecretUseRecorder {
  /** Notes a use, unless one was noted within the last minute. */
  readonly note: (secret: Pick<ClientSecret, 'id' | 'lastUsedAt'>) => void;
  /** Writes what was noted, at once. A failure is logged and its notes are dropped: the next use makes new ones. */
  readonly flush: () => Promise<void>;
}

const coarsenessSeconds = 60;

/** Makes a recorder. */
export function createSecretUseRecorder(deps: {
  readonly clients: Pick<ClientStore, 'recordSecretUse'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): SecretUseRecorder {
  const { clients, clock, logger } = deps;
  const notes = createUseNotes({
    of: 'client secrets',
    write: (uses) => clients.recordSecretUse(uses.map(({ id, at }) => ({ secretId: id, at }))),
    logger,
  });
  return {
    note({ id, lastUsedAt }) {
      const now = clock.now();
      const isRecent = lastUsedAt !== null && now - lastUsedAt < coarsenessSeconds;
      if (!isRecent && !notes.has(id)) notes.add(id, now);
    },
    flush: notes.flush,
  };
}
