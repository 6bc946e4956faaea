import type { EpochSeconds } from './clock.ts';
import type { Logger } from './logger.ts';

/** That something was used, and when. */
export interface Use {
  readonly id: string;
  readonly at: EpochSeconds;
}

/** Uses that are written down together a second later: in the background, and never at a request's cost. */
export interface UseNotes {
  /** Whether a use is noted that is not written yet. */
  readonly has: (id: string) => boolean;
  readonly add: (id: string, at: EpochSeconds) => void;
  /** Writes what was noted, at once. A failure is logged and its notes are dropped: a later use makes new ones. */
  readonly flush: () => Promise<void>;
}

const flushDelayMilliseconds = 1000;

/** Makes the notes. @param deps.of what is used, for the log */
export function createUseNotes(deps: {
  readonly of: string;
  readonly write: (uses: readonly Use[]) => Promise<void>;
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
    has: (id) => pending.has(id),
    add(id, at) {
      pending.set(id, at);
      timer ??= setTimeout(flush, flushDelayMilliseconds).unref();
    },
    flush,
  };
}
