import type { Catalog } from '../../applications/catalog.ts';
import { type Client, type GrantType, requiresSecret } from '../../clients/client.ts';
import type { ClientPatch } from '../../clients/patch.ts';
import { type Lens, nullable, readOnly, same, type View } from '../../clients/view.ts';
import { loginScopes } from './schemas.ts';

/** A client as the login API knows it. Not every answer shows `clientCredentialFlowUser`. */
export interface LoginClient {
  readonly id: string;
  readonly name: string;
  readonly redirectUrls: readonly string[];
  readonly isValid: boolean;
  readonly requiresSecret: boolean;
  readonly validScopes: readonly string[];
  readonly isInternal: boolean;
  /** The id of an account; null: none. */
  readonly clientCredentialFlowUser: string | null;
}

/**
 * Whether `none` is among the methods. What the dialect does not show follows when it is set: a public client may refresh and
 * revoke without a secret, only one with a secret introspects, and gets tokens in the name of its account.
 */
const secretRequired: Lens<boolean> = {
  shows: ['tokenEndpointAuthMethods'],
  get: requiresSecret,
  put: (wanted, client) => ({
    tokenEndpointAuthMethods: wanted ? provingMethods(client) : [...client.tokenEndpointAuthMethods, 'none'],
    publicRefreshToken: !wanted,
    publicRevoke: !wanted,
    grantTypes: grantsOf(client, {
      introspect: wanted,
      ...(client.clientCredentialsSubject !== null && { client_credentials: wanted }),
    }),
  }),
};

function provingMethods({ tokenEndpointAuthMethods }: Client): Client['tokenEndpointAuthMethods'] {
  const proving = tokenEndpointAuthMethods.filter((method) => method !== 'none');
  return proving.length > 0 ? proving : ['client_secret_basic', 'client_secret_post'];
}

/** The grant types of `client` with those in `wanted` on or off. */
function grantsOf(
  { grantTypes }: Client,
  wanted: Readonly<Partial<Record<GrantType, boolean>>>,
): readonly GrantType[] {
  const on = (Object.keys(wanted) as GrantType[]).filter((grant) => wanted[grant]);
  return [...grantTypes.filter((grant) => !(grant in wanted)), ...on];
}

/** With an account comes the grant that it is for, where a secret is required; without, it goes. */
const clientCredentialFlowUser: Lens<string | null> = {
  shows: ['clientCredentialsSubject'],
  get: ({ clientCredentialsSubject }) => clientCredentialsSubject,
  put: (accountId, client) => ({
    clientCredentialsSubject: accountId,
    grantTypes: grantsOf(client, { client_credentials: requiresSecret(client) }),
  }),
  clear: (client) => ({
    clientCredentialsSubject: null,
    grantTypes: grantsOf(client, { client_credentials: false }),
  }),
};

/**
 * The four names of the record's list; others stay, in their places. A record without a list means every scope that is
 * public in `catalog`: setting these four writes that down.
 */
function scopesIn(catalog: Pick<Catalog, 'scopes'>): Lens<readonly string[]> {
  const meant = ({ allowedScopes }: Client): readonly string[] =>
    allowedScopes ??
    catalog
      .scopes()
      .filter((scope) => scope.public)
      .map(({ name }) => name);
  const isShown = (name: string): boolean => loginScopes.some((shown) => shown === name);
  return {
    shows: ['allowedScopes'],
    get: (client) => meant(client).filter(isShown),
    put: (names, client) => {
      const waiting = [...names];
      const placed = meant(client).flatMap((name) => (isShown(name) ? waiting.splice(0, 1) : [name]));
      return { allowedScopes: [...placed, ...waiting] };
    },
  };
}

/** Makes the dialect's view. `catalog` tells which scopes are public. */
export function createLoginView(catalog: Pick<Catalog, 'scopes'>): View<LoginClient> {
  return {
    id: readOnly('id'),
    name: nullable('name', ''),
    redirectUrls: same('redirectUris'),
    isValid: same('enabled'),
    requiresSecret: secretRequired,
    validScopes: scopesIn(catalog),
    isInternal: readOnly('internal'),
    clientCredentialFlowUser,
  };
}

/** What the dialect does not show and its creation decides: the hidden-field table of the contracts. */
export const creationPatch: ClientPatch = {
  grantTypes: ['authorization_code', 'refresh_token', 'revoke', 'introspect'],
  tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post'],
  pkceRequired: true,
  publicRefreshToken: false,
  publicRevoke: false,
  refreshTokenIssuance: 'always',
  allowedScopes: [],
};
