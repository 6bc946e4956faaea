import { type Clock, type EpochSeconds, secondsAfter } from '../kernel/clock.ts';
import { createKeyedQueue } from '../kernel/keyed-queue.ts';
import { orderedUuid, randomOctets } from '../kernel/random.ts';
import { type KeySet, openKeySet, sealingContext } from './key-set.ts';
import type { PastKey } from './past-key.ts';
import { publicJwkOf } from './public-jwk.ts';
import {
  hasSignedFor,
  isFromTheFuture,
  isSettled,
  type KeyLine,
  keyLineOf,
  removalOf,
  renewalOf,
  rotationOf,
} from './rotation.ts';
import { generatePrivateKey, type SigningAlgorithm } from './signing-algorithm.ts';
import type { KeyPurpose, KeyState, KeyStore, StoredKey } from './store.ts';
import type { Vault } from './vault.ts';

/** What a keyring is made of. */
export interface KeyringDeps {
  readonly store: KeyStore;
  readonly vault: Vault;
  readonly clock: Clock;
  /** The algorithms to hold keys for. */
  readonly algorithms: readonly SigningAlgorithm[];
  /** The longest life of anything that is signed with these keys. */
  readonly longestTokenLifetimeSeconds: number;
  /** For how long the public half of a removed key is still of use, for hints; default: not at all. */
  readonly hintSeconds?: number;
}

/** What became of a rotation. `too-soon`: a node may not have read the keys since the last one. */
export type RotationOutcome = 'rotated' | 'conflict' | 'too-soon';

/**
 * The server's own keys. Their life is drawn in `rotation.ts`.
 *
 * Every algorithm has one `next` and one `current` key at any time: a key is published one rotation before it signs,
 * so that nobody who caches the JWK Set meets a token under a key that he does not know.
 */
export interface Keyring {
  /** The keys as they were last read. */
  readonly keySet: () => KeySet;
  /** Reads the keys again. To be called once a minute, because other nodes rotate them too. */
  readonly reload: () => Promise<void>;
  /** Moves each key of `algorithm` one step on. `conflict`: another node did so at the same time. */
  readonly rotate: (algorithm: SigningAlgorithm) => Promise<RotationOutcome>;
  /**
   * Rotates the keys that have signed for `seconds`; answers their algorithms. Whatever the clock says, one call moves a key one step at
   * most, and of several nodes one does it.
   */
  readonly rotateAged: (seconds: number) => Promise<readonly SigningAlgorithm[]>;
  /** Removes the signing keys that nothing valid is signed with any more; answers how many went. To be called after `rotateAged`. */
  readonly removeRetired: () => Promise<number>;
}

/** Nodes that have not reloaded yet still sign with a retired key. */
const reloadGraceSeconds = 3600;
const attempts = 5;

/**
 * Opens the keyring and makes the keys that are missing: at the first start all, later those of a new algorithm.
 * @throws MasterKeyError when the stored keys were sealed under another key
 */
export async function openKeyring(deps: KeyringDeps): Promise<Keyring> {
  const { store, vault } = deps;
  let keySet = await loadComplete(deps);
  const inTurn = createKeyedQueue();
  /** One after the other, so that a slow read never replaces a newer one. */
  const serially = <Result>(task: () => Promise<Result>) => inTurn('keys', task);
  const load = async () => {
    keySet = openKeySet(await store.loadAll(), vault);
  };
  const changing = <Result>(change: () => Promise<Result>) =>
    serially(async () => {
      const result = await change();
      await load();
      return result;
    });

  return {
    keySet: () => keySet,
    reload: () => serially(load),
    rotate: (algorithm) => changing(() => rotateNow(deps, algorithm)),
    rotateAged: (seconds) => changing(() => rotateAged(deps, seconds)),
    removeRetired: () => changing(() => removeRetired(deps)),
  };
}

async function loadComplete(deps: KeyringDeps): Promise<KeySet> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const rows = await deps.store.loadAll();
    // Opened first: a wrong master key must fail before it seals anything.
    const keySet = openKeySet(rows, deps.vault);
    const keys = await makeMissing(rows, deps);
    if (keys.length === 0) return keySet;
    // Whatever the outcome, the next turn reads what stands now: a conflict means that another node made them.
    await deps.store.change({ transitions: [], keys });
  }
  throw new Error('the keys could not be made: other nodes keep changing them');
}

async function makeMissing(rows: readonly StoredKey[], deps: KeyringDeps): Promise<readonly StoredKey[]> {
  const has = (purpose: KeyPurpose, state: KeyState, algorithm: string) =>
    rows.some((row) => row.purpose === purpose && row.state === state && row.algorithm === algorithm);
  const signingKeys = await Promise.all(
    deps.algorithms.flatMap((algorithm) =>
      (['current', 'next'] as const)
        .filter((state) => !has('signing', state, algorithm))
        .map((state) => makeSigningKey(deps, algorithm, state)),
    ),
  );
  return has('pepper', 'current', 'HS256') ? signingKeys : [...signingKeys, makePepper(deps)];
}

async function makeSigningKey(
  { vault, clock }: KeyringDeps,
  algorithm: SigningAlgorithm,
  state: 'current' | 'next',
): Promise<StoredKey> {
  const privateKey = await generatePrivateKey(algorithm);
  const publicJwk = publicJwkOf(privateKey, algorithm);
  const key = { id: publicJwk.kid, purpose: 'signing', algorithm, state, publicJwk } as const;
  const sealed = vault.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), sealingContext(key));
  const now = clock.now();
  return { ...key, sealed, createdAt: now, activatedAt: state === 'current' ? now : null, retiredAt: null };
}

function makePepper({ vault, clock }: KeyringDeps): StoredKey {
  const key = {
    id: orderedUuid(),
    purpose: 'pepper',
    algorithm: 'HS256',
    state: 'current',
    publicJwk: null,
  } as const;
  const sealed = vault.seal(randomOctets(32), sealingContext(key));
  return { ...key, sealed, createdAt: clock.now(), activatedAt: clock.now(), retiredAt: null };
}

async function rotateNow(deps: KeyringDeps, algorithm: SigningAlgorithm): Promise<RotationOutcome> {
  const line = keyLineOf(await deps.store.loadAll(), algorithm);
  return isSettled(line, deps.clock.now()) ? rotate(deps, algorithm, line) : 'too-soon';
}

async function rotate(
  deps: KeyringDeps,
  algorithm: SigningAlgorithm,
  line: KeyLine,
): Promise<'rotated' | 'conflict'> {
  const made = await makeSigningKey(deps, algorithm, 'next');
  const transitions = rotationOf(line, deps.clock.now());
  const outcome = await deps.store.change({ transitions, keys: [made] });
  return outcome === 'changed' ? 'rotated' : 'conflict';
}

async function rotateAged(deps: KeyringDeps, seconds: number): Promise<readonly SigningAlgorithm[]> {
  const rows = await deps.store.loadAll();
  const now = deps.clock.now();
  const rotated: SigningAlgorithm[] = [];
  for (const algorithm of deps.algorithms) {
    const line = keyLineOf(rows, algorithm);
    if (isFromTheFuture(line, now)) {
      await deps.store.change({ transitions: renewalOf(line, now), keys: [] });
    } else if (hasSignedFor(line, seconds, now)) {
      // A conflict means that another node is rotating it.
      if ((await rotate(deps, algorithm, line)) === 'rotated') rotated.push(algorithm);
    }
  }
  return rotated;
}

/** Peppers stay: a verifier may be made under one and used years later. */
async function removeRetired(deps: KeyringDeps): Promise<number> {
  const rows = await deps.store.loadAll();
  const now = deps.clock.now();
  const keepSeconds = deps.longestTokenLifetimeSeconds + reloadGraceSeconds + 1;
  const transitions = deps.algorithms.flatMap((algorithm) =>
    removalOf(keyLineOf(rows, algorithm), keepSeconds, now),
  );
  if (transitions.length === 0) return 0;
  const removed = rows.filter(({ id }) => transitions.some((transition) => transition.id === id));
  const past = pastKeysOf(removed, secondsAfter(now, deps.hintSeconds ?? 0));
  // A conflict means that another node is removing them.
  return (await deps.store.change({ transitions, keys: [], past })) === 'changed' ? transitions.length : 0;
}

function pastKeysOf(removed: readonly StoredKey[], expiresAt: EpochSeconds): readonly PastKey[] {
  return removed.flatMap(({ id: kid, publicJwk }) =>
    publicJwk === null ? [] : [{ kid, publicJwk, expiresAt }],
  );
}
