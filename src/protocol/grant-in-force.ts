import type { Account } from '../accounts/account.ts';
import { administratorScopes } from '../applications/scope.ts';
import type { Client } from '../clients/client.ts';
import { builtInIdentityProvider } from '../identity-providers/identity-provider.ts';
import type { EpochSeconds } from '../kernel/clock.ts';
import { settingsAreEnforced } from './checks/check-settings-enforced.ts';
import type { StoredGrant } from './stored-grant.ts';

/** What a grant depends on, as it is now. */
export interface GrantSurroundings {
  readonly client: Client;
  /** The one that the grant names; undefined: it is gone. */
  readonly account: Account | undefined;
  readonly now: EpochSeconds;
}

type Fault = (grant: StoredGrant, surroundings: GrantSurroundings) => boolean;

/** Everything that puts a grant out of force though its row is there, by what the log calls it. */
const faults: Readonly<Record<string, Fault>> = {
  'it has expired': ({ expiresAt }, { now }) => expiresAt <= now,
  'it is of another client': ({ clientId }, { client }) => clientId !== client.id,
  'the client is disabled': (_grant, { client }) => !client.enabled,
  'the client was disabled since': ({ createdAt }, { client }) => createdAt < (client.tokensValidFrom ?? 0),
  'the client is held to what this server cannot enforce': (_grant, { client }) =>
    !settingsAreEnforced(client),
  'the account is gone': ({ accountId }, { account }) => account?.id !== accountId,
  'the account is disabled': (_grant, { account }) => account?.disabled === true,
  'the account is no administrator': ({ record }, { account }) =>
    account?.administrator !== true && record.scopes.some((name) => administratorScopes.has(name)),
  'the client has another identity provider': ({ record }, { client }) =>
    record.identityProviderId !== (client.identityProviderId ?? builtInIdentityProvider.id),
};

const allFaults = Object.entries(faults);

/**
 * Why what comes from a grant is out of force: for codes, refresh tokens, access tokens and userinfo alike. Undefined: it is in force.
 * That the row is gone, whoever reads it sees.
 */
export function faultOfGrant(grant: StoredGrant, surroundings: GrantSurroundings): string | undefined {
  return allFaults.find(([, isFault]) => isFault(grant, surroundings))?.[0];
}

/** The same for a code or a refresh token, which has a life of its own within that of its grant. */
export function faultOfIssued(
  { expiresAt, grant }: { readonly expiresAt: EpochSeconds; readonly grant: StoredGrant },
  surroundings: GrantSurroundings,
): string | undefined {
  return expiresAt <= surroundings.now ? 'it has expired' : faultOfGrant(grant, surroundings);
}
