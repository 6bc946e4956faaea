import { secondsAfter } from '../../kernel/clock.ts';
import { checkGrantType } from '../checks/check-grant-type.ts';
import {
  type AuthenticationRequest,
  type ClientAuthentication,
  requireSecret,
} from '../client-authentication/index.ts';
import { requireParameter } from '../form.ts';
import type { AccessTokenStore } from '../store.ts';
import type { AccessTokenVerifier, AuthenticAccessToken } from '../tokens/verify-access-token.ts';

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
 * Makes the revocation endpoint (RFC 7009). The client's `publicRevoke` alone decides whether a secret is needed.
 * `token_type_hint` is ignored, as §2.1 allows: a token shows what it is.
 */
export function createRevocationEndpoint(deps: {
  readonly clientAuthentication: ClientAuthentication;
  readonly verifier: AccessTokenVerifier;
  readonly accessTokens: Pick<AccessTokenStore, 'revoke' | 'deny'>;
}): RevocationEndpoint {
  const { clientAuthentication, verifier, accessTokens } = deps;
  const revoke = ({ opaqueHash, claims }: AuthenticAccessToken): Promise<void> =>
    opaqueHash === null
      ? accessTokens.deny(claims.jti, secondsAfter(claims.exp, denialMarginSeconds))
      : accessTokens.revoke(opaqueHash);

  return {
    async answer(request) {
      const authenticated = await clientAuthentication.authenticate(request, (client) => client.publicRevoke);
      const { client } = authenticated;
      if (!client.publicRevoke) requireSecret(authenticated);
      checkGrantType(client, 'revoke');
      // Not `verify`: a token that is out of force for now, because its client is held to more, must not come back.
      const authentic = await verifier.authenticate(requireParameter(request.form, 'token'));
      if (authentic?.claims.client_id === client.id) await revoke(authentic);
      return undefined;
    },
  };
}
