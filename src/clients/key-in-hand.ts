import { isDeepStrictEqual } from 'node:util';
import type { KeyPairType } from './client.ts';
import { RegistryError, type RegistryErrorCode } from './errors.ts';
import type { ClientKey, KeyMaker, KeyRefusal } from './key-pair.ts';
import type { ClientStore } from './store.ts';

/** The key pair of one request, which keeps it over all tries of its write. */
export interface KeyInHand {
  /**
   * The key pair for a client: the one in hand while that has the type, otherwise a new one.
   * @throws RegistryError `busy`, `signer_unavailable`
   */
  readonly take: (clientId: string, type: KeyPairType) => Promise<ClientKey>;
  /** Says that the key pair in hand is stored. */
  readonly letGo: () => void;
}

/** Runs `work`. The key pair that is still in hand when it ends, in whatever way, is discarded. */
export type WithKeyInHand = <Result>(work: (keyInHand: KeyInHand) => Promise<Result>) => Promise<Result>;

/** What the registry calls a key pair that was not made. */
const notMade: Readonly<Record<KeyRefusal, RegistryErrorCode>> = {
  busy: 'busy',
  'signer-unavailable': 'signer_unavailable',
  'no-signer': 'signer_unavailable',
};

/** Makes hands, a new one for each call. */
export function createKeyHands(keyMaker: Pick<KeyMaker, 'make' | 'discard'>): WithKeyInHand {
  return async (work) => {
    let held: { readonly type: KeyPairType; readonly key: ClientKey } | undefined;
    const discard = async (): Promise<void> => {
      const key = held?.key;
      held = undefined;
      if (key) await keyMaker.discard(key);
    };
    const keyInHand: KeyInHand = {
      async take(clientId, type) {
        if (isDeepStrictEqual(held?.type, type) && held) return held.key;
        await discard();
        const key = await keyMaker.make(clientId, type);
        if (typeof key === 'string') throw new RegistryError(notMade[key]);
        held = { type, key };
        return key;
      },
      letGo() {
        held = undefined;
      },
    };
    try {
      return await work(keyInHand);
    } finally {
      await discard();
    }
  };
}

/** How a write ends for the sake of its key pair. */
type KeyOutcome = Extract<Awaited<ReturnType<ClientStore['insert' | 'update']>>, 'crowded' | 'duplicate'>;

const notStored: Readonly<Record<KeyOutcome, RegistryErrorCode>> = {
  crowded: 'keys_full',
  // Only a signer that does not make a key when it is asked for one answers one that is stored already.
  duplicate: 'signer_unavailable',
};

/** The refusal of a write that ended so. */
export function keyRefusal(outcome: KeyOutcome): RegistryError {
  return new RegistryError(notStored[outcome]);
}
