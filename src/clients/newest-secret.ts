import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import { type ClientSecret, isLive, type SecretKeeper } from './secret.ts';
import type { StoredClient } from './store.ts';

/** A secret in clear. */
export interface OpenedSecret {
  readonly id: string;
  readonly text: string;
}

/** The newest secret that may still be used at `now`. */
export function newestSecret(
  { secrets }: Pick<StoredClient, 'secrets'>,
  now: EpochSeconds,
): ClientSecret | undefined {
  return secrets.findLast((secret) => isLive(secret, now));
}

/** The newest live secret, opened; undefined: there is none, or none that is kept. */
export function openNewestSecret(
  deps: {
    readonly secretKeeper: Pick<SecretKeeper, 'open'>;
    /** False: the server keeps verifiers of secrets alone. */
    readonly secretsKept: boolean;
    readonly clock: Clock;
  },
  stored: StoredClient,
): OpenedSecret | undefined {
  const newest = newestSecret(stored, deps.clock.now());
  // One may still be sealed from before the operator chose to keep verifiers alone.
  if (!deps.secretsKept || !newest || newest.sealed === null) return undefined;
  const { id, sealed } = newest;
  return { id, text: deps.secretKeeper.open(sealed, { clientId: stored.client.id, secretId: id }) };
}
