import type { AccountStore } from '../../accounts/account.ts';
import type { GrantType } from '../../clients/client.ts';
import { createClientCredentialsGrant } from './client-credentials.ts';
import type { Grant } from './grant.ts';

/** The grants that exist. */
export const supportedGrantTypes = ['client_credentials'] as const satisfies GrantType[];

/** One of `supportedGrantTypes`. */
export type SupportedGrantType = (typeof supportedGrantTypes)[number];

/** Whether a `grant_type` parameter names a grant that exists. */
export function isSupportedGrantType(name: string): name is SupportedGrantType {
  return (supportedGrantTypes as readonly string[]).includes(name);
}

/** Makes the table of grants. */
export function createGrants(deps: {
  readonly accounts: Pick<AccountStore, 'load'>;
}): Readonly<Record<SupportedGrantType, Grant>> {
  return { client_credentials: createClientCredentialsGrant(deps) };
}
