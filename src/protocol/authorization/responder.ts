import type { StoredClient } from '../../clients/store.ts';
import type { ProtocolListener } from '../listener.ts';
import type { StoredGrant } from '../stored-grant.ts';
import type { AccessTokenIssuer, IssuedAccessToken } from '../tokens/access-token.ts';
import type { AuthorizationGrants } from '../tokens/authorization-grants.ts';
import type { IdTokenIssuer } from '../tokens/id-token.ts';
import { personClaims, signInClaims } from '../tokens/person-claims.ts';
import { bearer } from '../vocabulary.ts';
import { contextAs, essentialContexts } from './authentication-context.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { Person } from './people.ts';

/** A person who has done all that a request needs. */
export interface GrantedRequest {
  readonly request: AuthorizationRequest;
  readonly stored: StoredClient;
  readonly person: Person;
  readonly consentId: string;
}

/** Makes what is in a response, of its parts. */
export interface Responder {
  /** Without `state` and `iss`. `gone`: the session, the consent, the client or the account was deleted meanwhile. */
  readonly issue: (granted: GrantedRequest) => Promise<Readonly<Record<string, string>> | 'gone'>;
}

/** What responses are made of. */
export interface ResponderDeps {
  readonly grants: AuthorizationGrants;
  readonly tokenIssuer: AccessTokenIssuer;
  readonly idTokens: IdTokenIssuer;
  readonly listener?: Pick<ProtocolListener, 'tokenIssued'> | undefined;
}

type Parameters = Readonly<Record<string, string>>;

/** Makes the responder. Access token and code come first: the ID token has their hashes. */
export function createResponder({ grants, tokenIssuer, idTokens, listener }: ResponderDeps): Responder {
  const issueAccessToken = async (
    { request }: GrantedRequest,
    grant: StoredGrant,
  ): Promise<Pick<IssuedAccessToken, 'stored'> & { readonly parameters: Parameters }> => {
    const { client, scopes, audience, responseType } = request;
    if (!responseType.has('token')) return { parameters: {}, stored: null };
    const subject = grant.accountId;
    const issued = await tokenIssuer.issue({ client, subject, scopes, audience, grant });
    const parameters = {
      access_token: issued.token,
      token_type: bearer,
      expires_in: String(issued.expiresInSeconds),
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    };
    return { parameters, stored: issued.stored };
  };

  const issueIdToken = async (
    { request, stored, person }: GrantedRequest,
    grant: StoredGrant,
    { access_token: accessToken, code }: Parameters,
  ): Promise<Parameters> => {
    const { client, nonce, scopes, claims, responseType } = request;
    if (!responseType.has('id_token')) return {};
    // A code is exchanged for an access token.
    const hasAccessToken = accessToken !== undefined || code !== undefined;
    const token = await idTokens.issue({
      stored,
      claims: {
        ...personClaims(person.account, { scopes, claims, place: 'id_token', hasAccessToken }),
        ...signInClaims(grant, { client, nonce }),
        sub: person.account.id,
      },
      ...(accessToken !== undefined && { accessToken }),
      ...(code !== undefined && { code }),
    });
    return { id_token: token };
  };

  return {
    async issue(granted) {
      const { request, stored, consentId } = granted;
      if (request.responseType.size === 0) return {};
      const session = sessionAsWanted(granted);
      const issued = await grants.record({ request, session, consentId, stored }, async ({ grant, code }) => {
        const { parameters, stored: accessToken } = await issueAccessToken(granted, grant);
        const codeAndToken = { ...(code !== null && { code }), ...parameters };
        const response = { ...codeAndToken, ...(await issueIdToken(granted, grant, codeAndToken)) };
        return { response, accessToken };
      });
      if (issued !== 'gone' && request.responseType.has('token')) {
        listener?.tokenIssued('implicit', request.client.accessTokenFormat);
      }
      return issued;
    },
  };
}

/** The sign-in by the name that the client insists on (OpenID Connect Core §5.5.1.1). */
function sessionAsWanted({ request, person: { session } }: GrantedRequest): Person['session'] {
  const acr = contextAs(session.acr, essentialContexts(request.claims));
  return acr === undefined ? session : { ...session, acr };
}
