import type { Catalog } from '../../applications/catalog.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { Client } from '../../clients/client.ts';
import { checkGrantType } from '../checks/check-grant-type.ts';
import {
  type AuthenticationRequest,
  type ClientAuthentication,
  requireSecret,
} from '../client-authentication/index.ts';
import { requireParameter } from '../form.ts';
import { type AccessTokenClaims, hasAudience } from '../tokens/access-token-claims.ts';
import type { AccessTokenVerifier } from '../tokens/verify-access-token.ts';
import { bearer } from '../vocabulary.ts';

/** RFC 7662 §2.2: an active token with its claims, or the bare fact that the caller gets to know nothing. */
export type IntrospectionResponse =
  | ({ readonly active: true; readonly token_type: typeof bearer } & AccessTokenClaims)
  | { readonly active: false };

/** Answers what a token is worth. */
export interface IntrospectionEndpoint {
  /** @throws OAuthError for a bad caller, never for a bad token */
  readonly answer: (request: AuthenticationRequest) => Promise<IntrospectionResponse>;
}

/** Makes the introspection endpoint (RFC 7662): for the token's own client and its audience, always with a secret. */
export function createIntrospectionEndpoint(deps: {
  readonly clientAuthentication: ClientAuthentication;
  readonly verifier: AccessTokenVerifier;
  readonly currentCatalog: CurrentCatalog;
}): IntrospectionEndpoint {
  const { clientAuthentication, verifier, currentCatalog } = deps;
  return {
    async answer(request) {
      const [authenticated, catalog] = await Promise.all([
        clientAuthentication.authenticate(request),
        currentCatalog(),
      ]);
      requireSecret(authenticated);
      const { client } = authenticated;
      checkGrantType(client, 'introspect');
      const verified = await verifier.verify(requireParameter(request.form, 'token'));
      return verified !== undefined && mayKnow(client, verified.claims, catalog)
        ? { active: true, token_type: bearer, ...verified.claims }
        : { active: false };
    },
  };
}

function mayKnow(caller: Client, claims: AccessTokenClaims, catalog: Pick<Catalog, 'application'>): boolean {
  if (claims.client_id === caller.id || hasAudience(claims, caller.id)) return true;
  const own = caller.applicationId === null ? undefined : catalog.application(caller.applicationId);
  return own !== undefined && hasAudience(claims, own.audience);
}
