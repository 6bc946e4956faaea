import type { StoredClient } from '../../clients/store.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import type { TokenSigner } from './token-signer.ts';

/** What a userinfo answer says of a person (OpenID Connect Core §5.3.2). */
export interface UserinfoClaims {
  readonly sub: string;
  readonly [name: string]: JsonValue | undefined;
}

/** Signs userinfo answers. */
export interface UserinfoJwts {
  /**
   * The answer as a JWT of the algorithm that the client's record names; null where it names none: the answer is plain JSON.
   * @throws OAuthError `temporarily_unavailable`, `server_error`: there is no answer then, and none in plain JSON
   */
  readonly sign: (stored: StoredClient, claims: UserinfoClaims) => Promise<string | null>;
}

/** Makes the signer of userinfo answers. */
export function createUserinfoJwts(deps: {
  readonly issuer: string;
  readonly signer: Pick<TokenSigner, 'sign'>;
}): UserinfoJwts {
  const { issuer, signer } = deps;
  return {
    async sign(stored, claims) {
      const { id, userinfoSignedResponseAlg: alg } = stored.client;
      if (alg === null) return null;
      // Without `exp` and `iat` it can never be taken for an ID token (OpenID Connect Core §2).
      return signer.sign(stored, alg, { ...claims, iss: issuer, aud: id, exp: undefined, iat: undefined });
    },
  };
}
