import type { EpochSeconds } from '../kernel/clock.ts';

/**
 * What an interaction is about: a request at the authorization endpoint, or a sign-in that leads to the person's own account; or a
 * sign-in at another provider that belongs to one of these.
 */
export type InteractionKind = 'sign-in' | 'upstream';

/** What waits for a person. It goes on in the browser alone that it began in. */
export interface StoredInteraction {
  /** Unique; not a secret. */
  readonly id: string;
  readonly kind: InteractionKind;
  /** `Browser.secretHash` of the browser. */
  readonly browserHash: string;
  /** Grows by one with each step. */
  readonly revision: number;
  /** Plain JSON. */
  readonly state: object;
  readonly expiresAt: EpochSeconds;
}

/** The port to where interactions are kept. One statement decides each race. */
export interface InteractionStore {
  /** `exists`: there is one with its id. */
  readonly insert: (interaction: StoredInteraction) => Promise<'inserted' | 'exists'>;
  /** Expired ones are returned until they are purged. */
  readonly load: (id: string) => Promise<StoredInteraction | undefined>;
  /** Replaces the state, if the stored one has `revision - 1`. */
  readonly advance: (
    interaction: Pick<StoredInteraction, 'id' | 'revision' | 'state'>,
  ) => Promise<'advanced' | 'conflict'>;
  /** Deletes it, if it has this revision: whoever does is the one that goes on with it. */
  readonly take: (interaction: Pick<StoredInteraction, 'id' | 'revision'>) => Promise<'taken' | 'conflict'>;
}
