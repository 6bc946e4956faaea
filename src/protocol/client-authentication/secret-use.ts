import type { ClientSecret } from '../../clients/secret.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { createUseNotes } from '../../kernel/use-notes.ts';

/** Writes down when secrets were used. */
export interface SecretUseRecorder {
  /** Notes a use, unless one was noted within the last minute. */
  readonly note: (secret: Pick<ClientSecret, 'id' | 'lastUsedAt'>) => void;
  /** Writes what was noted, at once. */
  readonly flush: () => Promise<void>;
}

/** Makes a recorder. */
export function createSecretUseRecorder(deps: {
  readonly clients: Pick<ClientStore, 'recordSecretUse'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): SecretUseRecorder {
  const { note, flush } = createUseNotes({
    ...deps,
    of: 'client secrets',
    coarsenessSeconds: 60,
    write: (uses) => deps.clients.recordSecretUse(uses.map(({ id, at }) => ({ secretId: id, at }))),
  });
  return { note: ({ id, lastUsedAt }) => note(id, lastUsedAt), flush };
}
