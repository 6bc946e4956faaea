import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { Client } from '../../clients/client.ts';
import { decideAudience } from '../audience.ts';
import { checkGrantType } from '../checks/check-grant-type.ts';
import { checkManagedBuckets } from '../checks/check-managed-buckets.ts';
import { checkSettingsEnforced } from '../checks/check-settings-enforced.ts';
import type { AuthenticationRequest, ClientAuthentication } from '../client-authentication/index.ts';
import { OAuthError } from '../errors.ts';
import { type Form, requireParameter } from '../form.ts';
import type { Authorization, Grant, TokenResponse } from '../grants/grant.ts';
import { isSupportedGrantType, type SupportedGrantType } from '../grants/index.ts';
import type { ProtocolListener } from '../listener.ts';
import { narrowGrant, type TokenScope } from '../narrow-grant.ts';
import { decideScopes, type ScopeContext } from '../scopes.ts';
import type { AccessTokenIssuer } from '../tokens/access-token.ts';
import type { IdTokenIssuer } from '../tokens/id-token.ts';
import { createTokenAnswers } from './token-answer.ts';

/** Answers token requests. */
export interface TokenEndpoint {
  /** @throws OAuthError */
  readonly answer: (request: AuthenticationRequest) => Promise<TokenResponse>;
}

/** What the token endpoint is made of. */
export interface TokenEndpointDeps {
  readonly issuer: string;
  readonly clientAuthentication: ClientAuthentication;
  readonly currentCatalog: CurrentCatalog;
  readonly grants: Readonly<Record<SupportedGrantType, Grant>>;
  readonly tokenIssuer: AccessTokenIssuer;
  readonly idTokens: IdTokenIssuer;
  readonly listener?: Pick<ProtocolListener, 'tokenIssued'> | undefined;
}

/**
 * Makes the token endpoint (RFC 6749 §3.2): one pipeline, in which a grant fills in two steps and can forget none of the others.
 *
 *     authenticate ─► grant known, allowed ─► settings enforced ─► the grant's own step ─► audience, scopes ─┬─► tokens ─► the grant's
 *                                                                                                            │              own commit
 *                                                                                                            └─► what was answered before
 *
 * What is used once is used up last, when the answer is complete: whatever fails before, the same request can be sent again.
 * Requests whose clients were read together run on together; a wait of its own in here would scatter them.
 */
export function createTokenEndpoint(deps: TokenEndpointDeps): TokenEndpoint {
  const { issuer, clientAuthentication, currentCatalog, grants, listener } = deps;
  const makeAnswer = createTokenAnswers(deps);
  return {
    async answer(request) {
      const { form } = request;
      const [authenticated, catalog] = await Promise.all([
        clientAuthentication.authenticate(request, secretOptional(grants, form)),
        currentCatalog(),
      ]);
      const { client, stored } = authenticated;
      const grantType = readGrantType(form);
      checkGrantType(client, grantType);
      checkSettingsEnforced(client);
      checkManagedBuckets(authenticated);
      const authorization = await grants[grantType].authorize({ authenticated, form });
      const tokenScope = decideTokenScope(authorization, { client, form }, { issuer, catalog });
      if (authorization.kind === 'repeated') return authorization.repeat(tokenScope);
      const issued = await makeAnswer({ stored, authorization, tokenScope, catalog });
      const answer = await authorization.commit(issued);
      listener?.tokenIssued(grantType, client.accessTokenFormat);
      return answer;
    },
  };
}

/** The client decides for itself, or for a person as far as that person has allowed it. */
function decideTokenScope(
  { person }: Pick<Authorization, 'person'>,
  request: { readonly client: Client; readonly form: Form },
  server: ScopeContext,
): TokenScope {
  if (person !== null) return narrowGrant(person.grant, request, server);
  const { client, form } = request;
  const audience = decideAudience(client, form.resources, server);
  const requested = form.get('scope');
  return { audience, scopes: decideScopes({ client, requested, audience, forPerson: false }, server) };
}

function secretOptional(grants: TokenEndpointDeps['grants'], form: Form): Grant['secretOptional'] {
  const grantType = form.get('grant_type');
  return grantType !== undefined && isSupportedGrantType(grantType)
    ? grants[grantType].secretOptional
    : undefined;
}

function readGrantType(form: Form): SupportedGrantType {
  const grantType = requireParameter(form, 'grant_type');
  if (isSupportedGrantType(grantType)) return grantType;
  throw new OAuthError('unsupported_grant_type', 'The grant type is not supported.');
}
