import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import { decideAudience } from '../audience.ts';
import { checkGrantType } from '../checks/check-grant-type.ts';
import { checkManagedBuckets } from '../checks/check-managed-buckets.ts';
import { checkSettingsEnforced } from '../checks/check-settings-enforced.ts';
import type { AuthenticationRequest, ClientAuthentication } from '../client-authentication/index.ts';
import { OAuthError } from '../errors.ts';
import { requireParameter } from '../form.ts';
import type { Grant } from '../grants/grant.ts';
import { isSupportedGrantType, type SupportedGrantType } from '../grants/index.ts';
import type { ProtocolListener } from '../listener.ts';
import { decideScopes } from '../scopes.ts';
import type { AccessTokenIssuer } from '../tokens/access-token.ts';
import { bearer } from '../vocabulary.ts';

/** A successful answer (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: typeof bearer;
  readonly expires_in: number;
  /** Absent when no scope was granted. */
  readonly scope?: string;
}

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
  readonly listener?: Pick<ProtocolListener, 'tokenIssued'> | undefined;
}

/**
 * Makes the token endpoint (RFC 6749 §3.2): one pipeline, in which a grant fills in a single step and can forget none.
 *
 *     authenticate ─► grant known, allowed ─► settings enforced ─► the grant's own step ─► audience ─► scopes ─► issue
 *
 * Requests whose clients were read together run on together; a wait of its own in here would scatter them.
 */
export function createTokenEndpoint(deps: TokenEndpointDeps): TokenEndpoint {
  const { issuer, clientAuthentication, currentCatalog, grants, tokenIssuer, listener } = deps;
  return {
    async answer(request) {
      const { form } = request;
      const [authenticated, catalog] = await Promise.all([
        clientAuthentication.authenticate(request),
        currentCatalog(),
      ]);
      const server = { issuer, catalog };
      const { client } = authenticated;
      const grantType = readGrantType(request);
      checkGrantType(client, grantType);
      checkSettingsEnforced(client);
      checkManagedBuckets(authenticated);
      const { subject, forPerson } = await grants[grantType].authorize({ authenticated, form });
      const audience = decideAudience(client, form.resources, server);
      const scopes = decideScopes({ client, requested: form.get('scope'), audience, forPerson }, server);
      const { token, expiresInSeconds } = await tokenIssuer.issue({ client, subject, scopes, audience });
      listener?.tokenIssued(grantType, client.accessTokenFormat);
      return {
        access_token: token,
        token_type: bearer,
        expires_in: expiresInSeconds,
        ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      };
    },
  };
}

function readGrantType({ form }: AuthenticationRequest): SupportedGrantType {
  const grantType = requireParameter(form, 'grant_type');
  if (isSupportedGrantType(grantType)) return grantType;
  throw new OAuthError('unsupported_grant_type', 'The grant type is not supported.', {
    detail: grantType.slice(0, 128),
  });
}
