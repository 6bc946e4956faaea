import { type Clock, secondsAfter } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { ClientKeyError } from './client-key.ts';
import type { ClientKeyStore, StoredClientKey } from './client-key-store.ts';
import type { RemoteSigner } from './remote-signer.ts';

/** How the keys of clients end. */
export interface ClientKeyRemoval {
  /**
   * Has the remote signer forget a key that was made for nothing; one that is stored after all stays. Whatever goes wrong is for
   * the log alone: the key is then left with the signer, where it does no harm.
   */
  readonly discard: (key: Pick<StoredClientKey, 'kid' | 'remoteId'>) => Promise<void>;
  /** Removes keys that nothing valid is signed with any more, from the remote signer too; answers how many went. */
  readonly removeExpired: () => Promise<number>;
}

/** What the end of keys takes. */
export interface ClientKeyRemovalDependencies {
  readonly store: Pick<ClientKeyStore, 'has' | 'withdraw' | 'deleteLocal' | 'removedRemote' | 'delete'>;
  /** Null: keys that it would hold are published no more when their time is over, and wait for it. */
  readonly remoteSigner: Pick<RemoteSigner, 'remove'> | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The longest life of anything that is signed with these keys. */
  readonly longestTokenLifetimeSeconds: number;
  /** See `KeyringDeps`. */
  readonly hintSeconds?: number;
}

/** Another node's clock may be behind ours by as much. */
const clockGraceSeconds = 60;
const atOnce = 100;

/** Makes the removal. */
export function createClientKeyRemoval(deps: ClientKeyRemovalDependencies): ClientKeyRemoval {
  const { store, remoteSigner, clock, logger, longestTokenLifetimeSeconds, hintSeconds = 0 } = deps;
  const removeRemote = remoteSigner ? createRemoteRemoval({ store, remoteSigner, logger }) : async () => 0;

  return {
    discard: async ({ kid, remoteId }) => {
      if (remoteId === null || remoteSigner === null) return;
      try {
        if (!(await store.has(kid))) await remoteSigner.remove(remoteId);
        // The signer has answered the same key twice, or a write that seemed to fail was done.
        else logger.warn({ kid }, 'a key that a change was refused with is stored, and stays');
      } catch (error) {
        logger.warn({ kid, error }, 'a key that is not used may be left with the remote signer');
      }
    },
    removeExpired: async () => {
      const now = clock.now();
      const retiredBefore = secondsAfter(now, -longestTokenLifetimeSeconds - clockGraceSeconds);
      const hintsUntil = secondsAfter(now, hintSeconds);
      await untilFew(() => store.withdraw(retiredBefore, atOnce, hintsUntil));
      return (await untilFew(() => store.deleteLocal(atOnce))) + (await removeRemote());
    },
  };
}

/** Does `work`, which does at most `atOnce` of something, until nothing is left; answers how much it was. */
async function untilFew(work: () => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const count = await work();
    total += count;
    if (count < atOnce) return total;
  }
}

/**
 * Each call goes on behind the keys that the last one asked the signer to forget, and begins again at the end: those that it
 * does not forget never stand before the others, and are asked for again.
 */
function createRemoteRemoval(deps: {
  readonly store: Pick<ClientKeyStore, 'removedRemote' | 'delete'>;
  readonly remoteSigner: Pick<RemoteSigner, 'remove'>;
  readonly logger: Logger;
}): () => Promise<number> {
  const { store } = deps;
  let after = '';

  return () =>
    untilFew(async () => {
      const keys = await store.removedRemote(after, atOnce);
      after = keys.length < atOnce ? '' : (keys.at(-1)?.kid ?? '');
      const forgotten = await Promise.all(keys.map((key) => forget(deps, key)));
      const kids = keys.filter((_, index) => forgotten[index]).map(({ kid }) => kid);
      if (kids.length > 0) await store.delete(kids);
      return kids.length;
    });
}

/** Whether the remote signer holds the key no more. */
async function forget(
  { remoteSigner, logger }: Parameters<typeof createRemoteRemoval>[0],
  { kid, remoteId }: StoredClientKey,
): Promise<boolean> {
  try {
    if (remoteId !== null) await remoteSigner.remove(remoteId);
    return true;
  } catch (error) {
    if (!(error instanceof ClientKeyError)) throw error;
    logger.warn({ kid, error }, 'the remote signer did not remove a key');
    return false;
  }
}
