import type { Catalog } from '../../applications/catalog.ts';
import type { StoredClient } from '../../clients/store.ts';
import type { Authorization, IssuedAnswer, PersonAuthorization } from '../grants/grant.ts';
import type { TokenScope } from '../narrow-grant.ts';
import type { AccessTokenIssuer } from '../tokens/access-token.ts';
import type { IdTokenIssuer } from '../tokens/id-token.ts';
import { narrowClaimsRequest, personClaims, signInClaims } from '../tokens/person-claims.ts';
import { bearer } from '../vocabulary.ts';

/** What an answer is made of. */
export interface TokenAnswerRequest {
  readonly stored: StoredClient;
  readonly authorization: Authorization;
  readonly tokenScope: TokenScope;
  readonly catalog: Pick<Catalog, 'scope'>;
}

/** Makes the answer to a token request that is granted: every token in it, signed. */
export type TokenAnswers = (request: TokenAnswerRequest) => Promise<IssuedAnswer>;

/** Makes the maker of answers. An ID token goes with every answer that has the scope `openid`, refreshed ones too (OpenID Connect Core §12.2). */
export function createTokenAnswers(deps: {
  readonly tokenIssuer: AccessTokenIssuer;
  readonly idTokens: IdTokenIssuer;
}): TokenAnswers {
  const { tokenIssuer, idTokens } = deps;

  const issueIdToken = (
    { stored, tokenScope, catalog }: TokenAnswerRequest,
    { grant, account, nonce }: PersonAuthorization,
    accessToken: string,
  ): Promise<string> => {
    const { client } = stored;
    const wanted = {
      scopes: tokenScope.scopes,
      claims: narrowClaimsRequest(grant.record.claims, client, catalog),
      place: 'id_token',
      hasAccessToken: true,
    } as const;
    const claims = {
      ...personClaims(account, wanted),
      ...signInClaims(grant, { client, nonce }),
      sub: account.id,
    };
    return idTokens.issue({ stored, claims, accessToken });
  };

  return async (request) => {
    const { subject, person, refreshToken } = request.authorization;
    const { tokenScope } = request;
    const { scopes, audience } = tokenScope;
    const { client } = request.stored;
    const grant = person === null ? null : person.grant;
    const issued = await tokenIssuer.issue({ client, subject, scopes, audience, grant });
    const { token, expiresInSeconds, stored: accessToken } = issued;
    const answer = {
      access_token: token,
      token_type: bearer,
      expires_in: expiresInSeconds,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(refreshToken !== null && { refresh_token: refreshToken }),
    } as const;
    if (person === null || !scopes.includes('openid')) return { answer, tokenScope, accessToken };
    const id_token = await issueIdToken(request, person, token);
    return { answer: { ...answer, id_token }, tokenScope, accessToken };
  };
}
