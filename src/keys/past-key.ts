import type { EpochSeconds } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';

/**
 * The public half of a key that is removed. It is published no more, and nothing is valid under it: it shows alone that this server has
 * once signed what somebody gives back, an ID token as a hint.
 */
export interface PastKey {
  readonly kid: string;
  readonly publicJwk: JsonObject;
  /** From then on it shows nothing. */
  readonly expiresAt: EpochSeconds;
}

/** The port of `keys/` to past keys. Those of the server and of clients come in the write that removes them. */
export interface PastKeyStore {
  /** Expired ones are returned until they are purged. */
  readonly load: (kid: string) => Promise<PastKey | undefined>;
}
