import { type EpochSeconds, secondsAfter } from '../kernel/clock.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';
import type { KeyTransition, StoredKey } from './store.ts';

/**
 * The signing keys of one algorithm, and what time does to them:
 *
 *              rotate              rotate               the current key has signed for
 *     next ─────────────► current ─────────► retired ─── the longest lifetime of a token ──► (removed)
 *     published           published, signs   published
 *
 * Of a removed key the public half stays for a while (`past-key.ts`), for hints alone.
 *
 * Everything is decided from the rows that were read: the transitions name them, so that of two nodes that decide the same one does it.
 */
export interface KeyLine {
  readonly current: StoredKey;
  readonly next: StoredKey;
  readonly retired: readonly StoredKey[];
}

/** Nodes read the keys once a minute: after twice as long each of them knows what was published. */
const settlingSeconds = 120;
/** Clocks of nodes differ by less. What is later than that was written by a clock that was wrong. */
const clockGraceSeconds = 3600;

/**
 * The keys of `algorithm` among `rows`.
 * @throws Error when there is no current or no next one
 */
export function keyLineOf(rows: readonly StoredKey[], algorithm: SigningAlgorithm): KeyLine {
  const keys = rows.filter((row) => row.purpose === 'signing' && row.algorithm === algorithm);
  const current = keys.find(({ state }) => state === 'current');
  const next = keys.find(({ state }) => state === 'next');
  if (current === undefined || next === undefined)
    throw new Error(`there are no ${algorithm} keys to rotate`);
  return { current, next, retired: keys.filter(({ state }) => state === 'retired') };
}

/** Whether the current key has signed for `seconds`. The next key has been published for as long. */
export function hasSignedFor({ current }: KeyLine, seconds: number, now: EpochSeconds): boolean {
  return activationOf(current) <= secondsAfter(now, -seconds);
}

/** Whether the current key was activated by a clock that was ahead: it would never grow old. */
export function isFromTheFuture({ current }: KeyLine, now: EpochSeconds): boolean {
  return activationOf(current) > secondsAfter(now, clockGraceSeconds);
}

/** Whether every node has read the keys since the last rotation, so that none meets a signature under a key that it does not know. */
export function isSettled({ retired }: KeyLine, now: EpochSeconds): boolean {
  return retired.every(({ retiredAt }) => retiredAt === null || Math.abs(now - retiredAt) >= settlingSeconds);
}

/** One step for the current key and the next; a new next key goes with them. */
export function rotationOf({ current, next }: KeyLine, at: EpochSeconds): readonly KeyTransition[] {
  return [
    { id: current.id, from: 'current', to: 'retired', at },
    { id: next.id, from: 'next', to: 'current', at },
  ];
}

/** The age of the current key counts from `at` on. */
export function renewalOf({ current }: KeyLine, at: EpochSeconds): readonly KeyTransition[] {
  return [{ id: current.id, from: 'current', to: 'current', at }];
}

/**
 * The end of every retired key, once the current one has signed for `seconds`: all of them retired when it began, or before. By their own
 * dates, a clock that jumps ahead would end keys with which somebody signed a moment ago; so it rotates first, and that is all.
 */
export function removalOf(line: KeyLine, seconds: number, at: EpochSeconds): readonly KeyTransition[] {
  if (!hasSignedFor(line, seconds, at)) return [];
  return line.retired.map(({ id }) => ({ id, from: 'retired', to: 'removed', at }));
}

function activationOf({ activatedAt, createdAt }: StoredKey): EpochSeconds {
  return activatedAt ?? createdAt;
}
