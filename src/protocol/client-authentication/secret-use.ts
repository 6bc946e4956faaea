import type { ClientSecret } from '../../clients/secret.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Clock, EpochSeconds } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';

/** Writes down when secrets were used: coarsely, in the background, and never at a request's cost. */
export interface SecretUseRecorder {
  /** Notes a use, unless one was noted within the last minute. */
  readonly note: (secret: Pick<ClientSecret, 'id' | 'lastUsedAt'>) => void;
  /** Writes what was noted, at once. A failure is logged and its notes are dropped: the next use makes new ones. */
  readonly flush: () => Promise<void>;
}

const coarsenessSeconds = 60;
const flushDelayMilliseconds = 1000;

/** Makes a recorder. */
export function createSecretUseRecorder(deps: {
  readonly clients: Pick<ClientStore, 'recordSecretUse'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): SecretUseRecorder {
  const { clients, clock, logger } = deps;
  let pending = new Map<string, EpochSeconds>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return;
    const uses = Array.from(pending, ([secretId, at]) => ({ secretId, at }));
    pending = new Map();
    try {
      await clients.recordSecretUse(uses);
    } catch (error) {
      logger.warn({ error, secrets: uses.length }, 'the use of client secrets was not recorded');
    }
  };

  return {
    note({ id, lastUsedAt }) {
      const now = clock.now();
      if (pending.has(id) || (lastUsedAt !== null && now - lastUsedAt < coarsenessSeconds)) return;
      pending.set(id, now);
      timer ??= setTimeout(flush, flushDelayMilliseconds).unref();
    },
    flush,
  };
}
