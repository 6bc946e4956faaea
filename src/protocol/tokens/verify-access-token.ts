import type { AccountStore } from '../../accounts/account.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { Client } from '../../clients/client.ts';
import type { ClientStore, StoredClient } from '../../clients/store.ts';
import { settingsAreEnforced } from '../checks/check-settings-enforced.ts';
import { faultOfGrant } from '../grant-in-force.ts';
import type { AccessTokenStore } from '../store.ts';
import type { GrantStore, PersonGrant } from '../stored-grant.ts';
import type { AccessTokenClaims } from './access-token-claims.ts';
import {
  type AccessTokenReader,
  type AccessTokenReaderDeps,
  type AuthenticAccessToken,
  createAccessTokenReader,
} from './authentic-access-token.ts';
import { narrowClaims } from './narrow-claims.ts';

/** An access token that is in force now, with its client as it is now and the claims that it still has. */
export interface VerifiedAccessToken extends AuthenticAccessToken {
  readonly client: Client;
  /** The same client, with its secrets. */
  readonly stored: StoredClient;
  /** Whom the token speaks for, and the sign-in that it comes from; null: no person has a part in it. */
  readonly person: PersonGrant | null;
}

/** The one place where an access token is judged. Its audience is left to the caller: see `hasAudience`. */
export interface AccessTokenVerifier {
  /** Undefined when the token is not ours, altered or expired. It may be out of force all the same. */
  readonly authenticate: AccessTokenReader;
  /**
   * Undefined also when it is revoked, or its client or account is gone, disabled or no longer lent, or held to what it does not meet;
   * of a token of a person, when its grant is gone or out of force.
   */
  readonly verify: (token: string) => Promise<VerifiedAccessToken | undefined>;
}

/** What tokens are judged by. */
export interface AccessTokenVerifierDeps extends AccessTokenReaderDeps {
  readonly clients: Pick<ClientStore, 'load'>;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly accessTokens: Pick<AccessTokenStore, 'find' | 'isDenied'>;
  readonly grants: Pick<GrantStore, 'load'>;
  readonly currentCatalog: CurrentCatalog;
}

/** Makes the verifier. */
export function createAccessTokenVerifier(deps: AccessTokenVerifierDeps): AccessTokenVerifier {
  const authenticate = createAccessTokenReader(deps);
  const load = createLoad(deps);
  const judgeSubject = createSubjectJudge(deps);
  const { issuer } = deps;

  return {
    authenticate,
    async verify(token) {
      const authentic = await authenticate(token);
      if (!authentic) return undefined;
      const { stored, isDenied, catalog, held } = await load(authentic.claims);
      if (stored === undefined || isDenied || !isClientInForce(authentic.claims, stored.client))
        return undefined;
      const { client } = stored;
      const claims = narrowClaims(
        authentic.claims,
        { client, granted: held?.grant.record.scopes },
        { issuer, catalog },
      );
      const person = claims && (await judgeSubject(claims, stored, held));
      return claims && person !== undefined
        ? { claims, client, stored, person, opaqueHash: authentic.opaqueHash }
        : undefined;
    },
  };
}

/** Everything that a token depends on, read at once. */
function createLoad({ clients, accessTokens, grants, currentCatalog }: AccessTokenVerifierDeps) {
  return async ({ client_id, jti, grant_id }: AccessTokenClaims) => {
    const [stored, isDenied, catalog, held] = await Promise.all([
      clients.load(client_id),
      accessTokens.isDenied(jti),
      currentCatalog(),
      grant_id === undefined ? undefined : grants.load(grant_id),
    ]);
    return { stored, isDenied, catalog, held };
  };
}

function isClientInForce({ iat }: AccessTokenClaims, client: Client): boolean {
  // A token that was issued before its client was held to more does not meet the new setting.
  return client.enabled && iat >= (client.tokensValidFrom ?? 0) && settingsAreEnforced(client);
}

/** Makes what finds whom a token speaks for. Undefined: whoever it was does so no more. */
function createSubjectJudge({ accounts, clock }: AccessTokenVerifierDeps) {
  /** The client itself, or the account that the client acts for now. */
  const isActive = async ({ sub }: AccessTokenClaims, client: Client): Promise<boolean> => {
    if (sub === client.id) return true;
    if (sub !== client.clientCredentialsSubject) return false;
    const account = await accounts.load(sub);
    return account !== undefined && !account.disabled;
  };

  const inForce = (
    { sub }: AccessTokenClaims,
    stored: StoredClient,
    held: PersonGrant | undefined,
  ): PersonGrant | undefined => {
    if (held?.account.id !== sub) return undefined;
    return faultOfGrant(held, { stored, now: clock.now() }) === undefined ? held : undefined;
  };

  return async (
    claims: AccessTokenClaims,
    stored: StoredClient,
    held: PersonGrant | undefined,
  ): Promise<PersonGrant | null | undefined> => {
    if (claims.grant_id !== undefined) return inForce(claims, stored, held);
    return (await isActive(claims, stored.client)) ? null : undefined;
  };
}
