import { administratorScopes } from '../applications/scope.ts';
import type { Client } from '../clients/client.ts';
import type { StoredClient } from '../clients/store.ts';
import type { EpochSeconds } from '../kernel/clock.ts';
import { settingsAreEnforced } from './checks/check-settings-enforced.ts';
import { isPlaceOf } from './client-provider.ts';
import type { PersonGrant } from './stored-grant.ts';

/** What a grant depends on beside its account, as it is now. */
export interface GrantSurroundings {
  readonly stored: StoredClient;
  readonly now: EpochSeconds;
}

type Fault = (held: PersonGrant, surroundings: GrantSurroundings) => boolean;

/**
 * When what `client` is given at `now` counts as issued. Its disabling ends what was issued until the end of that second: what it is
 * given in the same second, once it is enabled again, counts as of the next.
 */
export function issueTime(
  { tokensValidFrom }: Pick<Client, 'tokensValidFrom'>,
  now: EpochSeconds,
): EpochSeconds {
  return tokensValidFrom !== null && tokensValidFrom > now ? tokensValidFrom : now;
}

/** Everything that puts a grant out of force though its row is there, by what the log calls it. */
const faults: Readonly<Record<string, Fault>> = {
  'it has expired': ({ grant }, { now }) => grant.expiresAt <= now,
  'it is of another client': ({ grant }, { stored }) => grant.clientId !== stored.client.id,
  'the client is disabled': (_held, { stored }) => !stored.client.enabled,
  'the client was disabled since': ({ grant }, { stored }) =>
    grant.createdAt < (stored.client.tokensValidFrom ?? 0),
  'the client is held to what this server cannot enforce': (_held, { stored }) =>
    !settingsAreEnforced(stored.client),
  'the account is disabled': ({ account }) => account.disabled,
  'the account is no administrator': ({ account, grant }) =>
    !account.administrator && grant.record.scopes.some((name) => administratorScopes.has(name)),
  'the client has another identity provider': ({ grant }, { stored }) => !isPlaceOf(grant.record, stored),
};

const allFaults = Object.entries(faults);

/**
 * Why what comes from a grant is out of force: for codes, refresh tokens, access tokens and userinfo alike. Undefined: it is in force.
 * That the row is gone, whoever reads it sees.
 */
export function faultOfGrant(held: PersonGrant, surroundings: GrantSurroundings): string | undefined {
  return allFaults.find(([, isFault]) => isFault(held, surroundings))?.[0];
}

/** The same for a code or a refresh token, which has a life of its own within that of its grant. */
export function faultOfIssued(
  issued: PersonGrant & { readonly expiresAt: EpochSeconds },
  surroundings: GrantSurroundings,
): string | undefined {
  return issued.expiresAt <= surroundings.now ? 'it has expired' : faultOfGrant(issued, surroundings);
}
