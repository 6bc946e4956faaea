import type { Catalog } from '../../applications/catalog.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { Client } from '../../clients/client.ts';
import type { StoredClient } from '../../clients/store.ts';
import { checkGrantType } from '../checks/check-grant-type.ts';
import {
  type AuthenticationRequest,
  type ClientAuthentication,
  requireSecret,
} from '../client-authentication/index.ts';
import { requireParameter } from '../form.ts';
import { type AccessTokenClaims, hasAudience } from '../tokens/access-token-claims.ts';
import { isOpaque } from '../tokens/opaque-token.ts';
import {
  createRefreshTokenReader,
  type RefreshTokenFacts,
  type RefreshTokenReaderDeps,
} from '../tokens/read-refresh-token.ts';
import type { AccessTokenVerifier } from '../tokens/verify-access-token.ts';
import { bearer } from '../vocabulary.ts';

/** RFC 7662 §2.2: an active token with its claims, or the bare fact that the caller gets to know nothing. */
export type IntrospectionResponse =
  | ({ readonly active: true; readonly token_type: typeof bearer } & AccessTokenClaims)
  | ({ readonly active: true } & RefreshTokenFacts)
  | { readonly active: false };

/** Answers what a token is worth. */
export interface IntrospectionEndpoint {
  /** @throws OAuthError for a bad caller, never for a bad token */
  readonly answer: (request: AuthenticationRequest) => Promise<IntrospectionResponse>;
}

/** What the endpoint is made of. */
export interface IntrospectionDeps extends RefreshTokenReaderDeps {
  readonly clientAuthentication: ClientAuthentication;
  readonly verifier: Pick<AccessTokenVerifier, 'verify'>;
  readonly currentCatalog: CurrentCatalog;
}

/**
 * Makes the introspection endpoint (RFC 7662), always with a secret: of access tokens for their client and their audience, of refresh
 * tokens for their client alone. `token_type_hint` is ignored, as §2.1 allows: a token shows what it is.
 */
export function createIntrospectionEndpoint(deps: IntrospectionDeps): IntrospectionEndpoint {
  const { clientAuthentication, verifier, currentCatalog } = deps;
  const readRefreshToken = createRefreshTokenReader(deps);

  const readAccessToken: Reader = async (token, { client }, catalog) => {
    const verified = await verifier.verify(token);
    return verified !== undefined && mayKnow(client, verified.claims, catalog)
      ? { active: true, token_type: bearer, ...verified.claims }
      : { active: false };
  };
  const readRefreshTokenOf: Reader = async (token, stored, catalog) => {
    const facts = await readRefreshToken(token, stored, catalog);
    return facts ? { active: true, ...facts } : { active: false };
  };

  return {
    async answer(request) {
      const [authenticated, catalog] = await Promise.all([
        clientAuthentication.authenticate(request),
        currentCatalog(),
      ]);
      requireSecret(authenticated);
      checkGrantType(authenticated.client, 'introspect');
      const token = requireParameter(request.form, 'token');
      const read = isOpaque('refreshToken', token) ? readRefreshTokenOf : readAccessToken;
      return read(token, authenticated.stored, catalog);
    },
  };
}

type Reader = (
  token: string,
  caller: StoredClient,
  catalog: Pick<Catalog, 'application' | 'scope'>,
) => Promise<IntrospectionResponse>;

function mayKnow(caller: Client, claims: AccessTokenClaims, catalog: Pick<Catalog, 'application'>): boolean {
  if (claims.client_id === caller.id || hasAudience(claims, caller.id)) return true;
  const own = caller.applicationId === null ? undefined : catalog.application(caller.applicationId);
  return own !== undefined && hasAudience(claims, own.audience);
}
