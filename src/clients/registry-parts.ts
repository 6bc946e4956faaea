import type { Clock } from '../kernel/clock.ts';
import type { ClientAccess } from './client-access.ts';
import type { ClientSecrets } from './client-secrets.ts';
import type { Judge } from './judge.ts';
import type { WithKeyInHand } from './key-in-hand.ts';
import type { ClientStore } from './store.ts';

/** What the calls of the registry share. */
export interface RegistryParts {
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly judge: Judge;
  readonly access: ClientAccess;
  readonly secrets: ClientSecrets;
  readonly withKeyInHand: WithKeyInHand;
}
