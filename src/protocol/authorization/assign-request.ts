import type { Client } from '../../clients/client.ts';
import { decideAudience } from '../audience.ts';
import { decideScopes } from '../scopes.ts';
import { narrowClaimsRequest } from '../tokens/person-claims.ts';
import type { AuthorizationRequest, Prompt, ResponsePart } from './authorization-request.ts';
import { noClaims } from './claims-parameter.ts';
import type { CheckedRequest } from './steps.ts';

/**
 * Makes the request of what was checked.
 * @throws OAuthError `invalid_target`, `invalid_scope`: what is asked is decided here
 */
export function assignRequest(
  { form, stored, catalog, target, redirectUriGiven, parameters }: CheckedRequest,
  server: { readonly issuer: string; readonly hintedSubject: string | null },
): AuthorizationRequest {
  const { client } = stored;
  const { responseType = new Set(), prompts = new Set() } = parameters;
  const context = { issuer: server.issuer, catalog };
  const audience = decideAudience(client, form.resources, context);
  const decided = decideScopes({ client, requested: form.get('scope'), audience, forPerson: true }, context);
  const scopes = keepsOfflineAccess({ client, responseType, prompts })
    ? decided
    : decided.filter((scope) => scope !== offlineAccess);
  const isOpenId = scopes.includes('openid');
  return {
    client,
    target,
    redirectUriGiven,
    responseType,
    isOpenId,
    scopes,
    audience,
    codeChallenge: parameters.codeChallenge ?? null,
    nonce: parameters.nonce ?? null,
    prompts,
    maxAge: parameters.maxAge ?? null,
    loginHint: parameters.loginHint ?? null,
    hintedSubject: server.hintedSubject,
    acrValues: parameters.acrValues ?? [],
    claims: isOpenId ? narrowClaimsRequest(parameters.claims ?? noClaims, client, catalog) : noClaims,
    uiLocales: parameters.uiLocales,
    display: parameters.display,
  };
}

const offlineAccess = 'offline_access';

/**
 * Whether `offline_access` is heard (OpenID Connect Core §11): there has to be a code and a refresh token to come from it, and the person
 * has to be asked; or the operator has decided it, for a client of its own and for one that is to have refresh tokens always.
 */
function keepsOfflineAccess({
  client,
  responseType,
  prompts,
}: {
  readonly client: Client;
  readonly responseType: ReadonlySet<ResponsePart>;
  readonly prompts: ReadonlySet<Prompt>;
}): boolean {
  const isOfUse = responseType.has('code') && client.grantTypes.includes('refresh_token');
  const isDecided = client.internal || client.refreshTokenIssuance === 'always';
  return isOfUse && (isDecided || prompts.has('consent'));
}
