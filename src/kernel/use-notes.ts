import type { Clock, EpochSeconds } from './clock.ts';
import type { Logger } from './logger.ts';

/** That something was used, and when. */
export interface Use {
  readonly id: string;
  readonly at: EpochSeconds;
}

/** Uses that are written down together a second later: coarsely, in the background, and never at a request's cost. */
export interface UseNotes {
  /**
   * Notes a use, and answers when; null: there is no need, since one is noted already, or the `last` was hardly before it.
   * @param last null: none is known
   */
  readonly note: (id: string, last: EpochSeconds | null) => EpochSeconds | null;
  /** Writes what was noted, at once. A failure is logged and its notes are dropped: a later use makes new ones. */
  readonly flush: () => Promise<void>;
}

const flushDelayMilliseconds = 1000;

/** Makes the notes. @param deps.of what is used, for the log */
export function createUseNotes(deps: {
  readonly of: string;
  /** Within which a second use is not worth a write. */
  readonly coarsenessSeconds: number;
  readonly write: (uses: readonly Use[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}): UseNotes {
  let pending = new Map<string, EpochSeconds>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return;
    const uses = Array.from(pending, ([id, at]) => ({ id, at }));
    pending = new Map();
    try {
      await deps.write(uses);
    } catch (error) {
      deps.logger.warn({ error, count: uses.length }, `the use of ${deps.of} was not recorded`);
    }
  };

  return {
    note(id, last) {
      const now = deps.clock.now();
      const isRecent = last !== null && now - last < deps.coarsenessSeconds;
      if (isRecent || pending.has(id)) return null;
      pending.set(id, now);
      timer ??= setTimeout(flush, flushDelayMilliseconds).unref();
      return now;
    },
    flush,
  };
}
