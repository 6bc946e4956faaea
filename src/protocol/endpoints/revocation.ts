import type { Client } from '../../clients/client.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { checkGrantType } from '../checks/check-grant-type.ts';
import {
  type AuthenticationRequest,
  type ClientAuthentication,
  requireSecret,
} from '../client-authentication/index.ts';
import { requireParameter } from '../form.ts';
import type { AccessTokenStore } from '../store.ts';
import type { GrantStore } from '../stored-grant.ts';
import type { AuthenticAccessToken } from '../tokens/authentic-access-token.ts';
import { isOpaque, opaqueTokenHash } from '../tokens/opaque-token.ts';
import { familyReference } from '../tokens/refresh-token-family.ts';
import type { AccessTokenVerifier } from '../tokens/verify-access-token.ts';

/** Ends tokens. */
export interface RevocationEndpoint {
  /**
   * Resolves once the token is out of force, and as well for a token that is none of the caller's (RFC 7009 §2.2).
   * @throws OAuthError for a bad caller; whatever the store throws when the revocation was not stored
   */
  readonly answer: (request: AuthenticationRequest) => Promise<undefined>;
}

/** A denied token stays denied though the clock of another node is behind. */
const denialMarginSeconds = 300;

/**
 * Makes the revocation endpoint (RFC 7009). The client's `publicRevoke` alone decides whether a secret is needed. With a refresh
 * token the whole sign-in ends, and every token that came from it (§2.1); with an access token that alone.
 * `token_type_hint` is ignored, as §2.1 allows: a token shows what it is.
 */
export function createRevocationEndpoint(deps: {
  readonly clientAuthentication: ClientAuthentication;
  readonly verifier: AccessTokenVerifier;
  readonly accessTokens: Pick<AccessTokenStore, 'revoke' | 'deny'>;
  readonly grants: Pick<GrantStore, 'findRefreshToken' | 'findOfFamily' | 'end'>;
}): RevocationEndpoint {
  const { clientAuthentication, verifier, accessTokens, grants } = deps;
  const endAccessToken = ({ opaqueHash, claims }: AuthenticAccessToken): Promise<void> =>
    opaqueHash === null
      ? accessTokens.deny(claims.jti, secondsAfter(claims.exp, denialMarginSeconds))
      : accessTokens.revoke(opaqueHash);

  const revokeAccessToken = async (token: string, client: Client): Promise<void> => {
    // Not `verify`: a token that is out of force for now, because its client is held to more, must not come back.
    const authentic = await verifier.authenticate(token);
    if (authentic?.claims.client_id === client.id) await endAccessToken(authentic);
  };
  const revokeRefreshToken = async (token: string, client: Client): Promise<void> => {
    const family = familyReference(token);
    const stored =
      (await grants.findRefreshToken(opaqueTokenHash(token))) ??
      (family && (await grants.findOfFamily(family)));
    if (stored?.grant.clientId === client.id) await grants.end(stored.grant.id);
  };

  return {
    async answer(request) {
      const authenticated = await clientAuthentication.authenticate(request, (client) => client.publicRevoke);
      const { client } = authenticated;
      if (!client.publicRevoke) requireSecret(authenticated);
      checkGrantType(client, 'revoke');
      const token = requireParameter(request.form, 'token');
      await (isOpaque('refreshToken', token) ? revokeRefreshToken : revokeAccessToken)(token, client);
      return undefined;
    },
  };
}
