import type { Client } from '../../clients/client.ts';
import { type Clock, secondsAfter } from '../../kernel/clock.ts';
import { randomUuid } from '../../kernel/random.ts';
import type { KeySet } from '../../keys/key-set.ts';
import type { SigningAlgorithm } from '../../keys/signing-algorithm.ts';
import type { Audience } from '../audience.ts';
import { authenticationFailed } from '../client-authentication/method.ts';
import { issueTime } from '../grant-in-force.ts';
import type { AccessTokenStore, OpaqueAccessToken } from '../store.ts';
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
  /** Of an opaque token what is to be stored before it is given; null: it is a JWT, which says everything itself. */
  readonly stored: OpaqueAccessToken | null;
}

/** Issues access tokens, and stores nothing. */
export interface AccessTokenIssuer {
  /** In the client's format: a JWT (RFC 9068), or an opaque token that stands for the same claims. */
  readonly issue: (request: AccessTokenRequest) => Promise<IssuedAccessToken>;
}

/** Makes the issuer. */
export function createAccessTokenIssuer(deps: {
  readonly issuer: string;
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'signer'> };
  readonly clock: Clock;
  /** The life of a token whose client sets none. */
  readonly accessTokenTtlSeconds: number;
  /** What JWTs are signed with. */
  readonly accessTokenAlgorithm: SigningAlgorithm;
}): AccessTokenIssuer {
  const { issuer, keyring, clock, accessTokenTtlSeconds, accessTokenAlgorithm } = deps;
  const writeJwt = createJwtWriter(accessTokenType);
  const issueJwt = async (claims: AccessTokenClaims) => ({
    token: await writeJwt(keyring.keySet().signer(accessTokenAlgorithm), claims),
    stored: null,
  });
  const issueOpaque = async (claims: AccessTokenClaims) => {
    const token = makeOpaqueToken('accessToken');
    const { client_id: clientId, exp: expiresAt } = claims;
    return { token, stored: { hash: opaqueTokenHash(token), clientId, claims: { ...claims }, expiresAt } };
  };
  const formats: Readonly<
    Record<
      Client['accessTokenFormat'],
      (claims: AccessTokenClaims) => Promise<Omit<IssuedAccessToken, 'expiresInSeconds'>>
    >
  > = {
    jwt: issueJwt,
    opaque: issueOpaque,
  };

  return {
    async issue({ client, subject, scopes, audience, grant }) {
      const now = clock.now();
      const end = secondsAfter(now, client.accessTokenTtl ?? accessTokenTtlSeconds);
      const exp = grant === null ? end : endOf(grant, end);
      const claims: AccessTokenClaims = {
        iss: issuer,
        sub: subject,
        aud: audienceClaim(audience),
        exp,
        iat: issueTime(client, now),
        jti: randomUuid(),
        ...(scopes.length > 0 && { scope: scopes.join(' ') }),
        ...clientClaims(client),
        ...(grant !== null && grantClaims(grant)),
      };
      return { ...(await formats[client.accessTokenFormat](claims)), expiresInSeconds: exp - now };
    },
  };
}

/** Stores what a token needs that no other write belongs to. @throws OAuthError when its client was deleted meanwhile */
export async function storeAccessToken(
  accessTokens: Pick<AccessTokenStore, 'insert'>,
  stored: IssuedAccessToken['stored'],
): Promise<void> {
  if (stored === null || (await accessTokens.insert(stored)) === 'inserted') return;
  throw authenticationFailed('the client was deleted during the request');
}
