import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import { insufficientScope, invalidToken, readBearerToken } from '../bearer.ts';
import type { FormRequest } from '../form.ts';
import { narrowClaimsRequest, personClaims } from '../tokens/person-claims.ts';
import type { UserinfoClaims, UserinfoJwts } from '../tokens/userinfo-jwt.ts';
import type { AccessTokenVerifier } from '../tokens/verify-access-token.ts';

/** Tells clients about people. */
export interface UserinfoEndpoint {
  /**
   * The claims, or a JWT of them where the client's record names an algorithm.
   * @throws BearerError for a bad token
   * @throws OAuthError `temporarily_unavailable`, `server_error` when the answer cannot be signed
   */
  readonly answer: (request: FormRequest) => Promise<UserinfoClaims | string>;
}

const scopeOfEndpoint = 'openid';

/**
 * Makes the userinfo endpoint (OpenID Connect Core §5.3). What a token needs is the scope `openid`: it opens this endpoint and nothing
 * else, so that the token of a client that is bound to applications, whose audience they are, opens it too.
 */
export function createUserinfoEndpoint(deps: {
  readonly verifier: Pick<AccessTokenVerifier, 'verify'>;
  readonly userinfoJwts: UserinfoJwts;
  readonly currentCatalog: CurrentCatalog;
}): UserinfoEndpoint {
  const { verifier, userinfoJwts, currentCatalog } = deps;
  return {
    async answer({ authorization, form, attempt }) {
      const token = readBearerToken(authorization, form);
      const [verified, catalog] = await Promise.all([verifier.verify(token), currentCatalog()]);
      if (verified === undefined) {
        attempt.fail();
        throw invalidToken();
      }
      const { claims, client, stored, person } = verified;
      attempt.succeed(client.id);
      const scopes = claims.scope?.split(' ') ?? [];
      if (person === null || !scopes.includes(scopeOfEndpoint)) throw insufficientScope(scopeOfEndpoint);
      const { account, grant } = person;
      const singly = narrowClaimsRequest(grant.record.claims, client, catalog);
      const wanted = { scopes, claims: singly, place: 'userinfo', hasAccessToken: true } as const;
      const answer = { ...personClaims(account, wanted), sub: account.id };
      return (await userinfoJwts.sign(stored, answer)) ?? answer;
    },
  };
}
