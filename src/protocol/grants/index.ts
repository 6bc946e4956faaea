import type { GrantType } from '../../clients/client.ts';
import { type AuthorizationCodeDeps, createAuthorizationCodeGrant } from './authorization-code.ts';
import { type ClientCredentialsDeps, createClientCredentialsGrant } from './client-credentials.ts';
import type { Grant } from './grant.ts';
import { createRefreshTokenGrant, type RefreshTokenDeps } from './refresh-token.ts';

/** The grants that exist. */
export const supportedGrantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
] as const satisfies GrantType[];

/** One of `supportedGrantTypes`. */
export type SupportedGrantType = (typeof supportedGrantTypes)[number];

/** Whether a `grant_type` parameter names a grant that exists. */
export function isSupportedGrantType(name: string): name is SupportedGrantType {
  return (supportedGrantTypes as readonly string[]).includes(name);
}

/** Makes the table of grants. */
export function createGrants(
  deps: AuthorizationCodeDeps & RefreshTokenDeps & ClientCredentialsDeps,
): Readonly<Record<SupportedGrantType, Grant>> {
  return {
    authorization_code: createAuthorizationCodeGrant(deps),
    refresh_token: createRefreshTokenGrant(deps),
    client_credentials: createClientCredentialsGrant(deps),
  };
}
