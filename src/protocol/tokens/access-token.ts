import type { Client } from '../../clients/client.ts';
import { type Clock, secondsAfter } from '../../kernel/clock.ts';
import { randomUuid } from '../../kernel/random.ts';
import type { KeySet } from '../../keys/key-set.ts';
import type { Audience } from '../audience.ts';
import { authenticationFailed } from '../client-authentication/method.ts';
import type { AccessTokenStore } from '../store.ts';
import type { StoredGrant } from '../stored-grant.ts';
import { accessTokenType } from '../vocabulary.ts';
import { type AccessTokenClaims, audienceClaim, clientClaims, grantClaims } from './access-token-claims.ts';
import { endOf } from './authorization-grants.ts';
import { makeOpaqueToken, opaqueTokenHash } from './opaque-token.ts';
import { createJwtWriter } from './signed-jwt.ts';

/** What a token is to say. */
export interface AccessTokenRequest {
  readonly client: Client;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly audience: Audience;
  /** The sign-in that the token comes from and ends with; null: no person has a part in it. */
  readonly grant: StoredGrant | null;
}

/** An access token as it goes to the client. */
export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Issues access tokens. */
export interface AccessTokenIssuer {
  /** In the client's format: a JWT (RFC 9068), or an opaque token that stands for the same claims. */
  readonly issue: (request: AccessTokenRequest) => Promise<IssuedAccessToken>;
}

/** The algorithm of access tokens. */
export const accessTokenAlgorithm = 'ES256';

/** Makes the issuer. */
export function createAccessTokenIssuer(deps: {
  readonly issuer: string;
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'signer'> };
  readonly accessTokens: Pick<AccessTokenStore, 'insert'>;
  readonly clock: Clock;
  /** The life of a token whose client sets none. */
  readonly accessTokenTtlSeconds: number;
}): AccessTokenIssuer {
  const { issuer, keyring, accessTokens, clock, accessTokenTtlSeconds } = deps;
  const writeJwt = createJwtWriter(accessTokenType);
  const issueJwt = (claims: AccessTokenClaims) =>
    writeJwt(keyring.keySet().signer(accessTokenAlgorithm), claims);
  const issueOpaque = async (claims: AccessTokenClaims) => {
    const token = makeOpaqueToken('accessToken');
    const row = {
      hash: opaqueTokenHash(token),
      clientId: claims.client_id,
      claims: { ...claims },
      expiresAt: claims.exp,
    };
    const outcome = await accessTokens.insert(row);
    if (outcome === 'client-gone') throw authenticationFailed('the client was deleted during the request');
    return token;
  };
  const formats: Readonly<
    Record<Client['accessTokenFormat'], (claims: AccessTokenClaims) => Promise<string>>
  > = {
    jwt: issueJwt,
    opaque: issueOpaque,
  };

  return {
    async issue({ client, subject, scopes, audience, grant }) {
      const iat = clock.now();
      const end = secondsAfter(iat, client.accessTokenTtl ?? accessTokenTtlSeconds);
      const exp = grant === null ? end : endOf(grant, end);
      const claims: AccessTokenClaims = {
        iss: issuer,
        sub: subject,
        aud: audienceClaim(audience),
        exp,
        iat,
        jti: randomUuid(),
        ...(scopes.length > 0 && { scope: scopes.join(' ') }),
        ...clientClaims(client),
        ...(grant !== null && grantClaims(grant)),
      };
      return { token: await formats[client.accessTokenFormat](claims), expiresInSeconds: exp - iat };
    },
  };
}
