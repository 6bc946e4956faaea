import type { Client, GrantType } from '../client.ts';
import { added, faultsOf, lengthFault, type Rule, rangeFault, toKebabCase } from './rule.ts';

const connect = { face: 'connect', source: 'contract of the Connect dialect' } as const;
const loginApi = { face: 'login-api', source: 'contract of the login API' } as const;
const clientsApi = { face: 'clients-api', source: 'contract of the clients API' } as const;

function uriLengthFault(uri: string | null | undefined, max: number): string | undefined {
  return uri ? lengthFault(uri, 1, max) : undefined;
}

/** Grants that end in a redirect. */
const redirecting: readonly GrantType[] = ['authorization_code', 'implicit'];

/** Grants that end in a token for a person, which a refresh token can prolong (RFC 6749 §1.5). */
const refreshable: readonly GrantType[] = [
  'authorization_code',
  'implicit',
  'urn:ietf:params:oauth:grant-type:device_code',
];

/** The redirecting grants that have nowhere to go. */
function strandedGrants({ grantTypes, redirectUris }: Client): readonly GrantType[] {
  return redirectUris.length > 0 ? [] : grantTypes.filter((grant) => redirecting.includes(grant));
}

function refreshesNothing({ grantTypes }: Client): boolean {
  return grantTypes.includes('refresh_token') && !grantTypes.some((grant) => refreshable.includes(grant));
}

/** Grants are one list on the record and a flag each on the wire, so what another face left amiss is not asked of the next flag. */
const connectLimits: readonly Rule[] = [
  {
    ...connect,
    name: 'connect-name-length',
    field: 'name',
    check: ({ name }) => lengthFault(name ?? '', 1, 64),
  },
  {
    ...connect,
    name: 'connect-redirect-uri-length',
    field: 'redirectUris',
    check: ({ redirectUris }) => uriLengthFault(redirectUris[0], 256),
  },
  {
    ...connect,
    name: 'connect-redirect-uri-needed',
    field: 'redirectUris',
    binds: ['redirectUris', 'grantTypes'],
    check: (client, { previous }) =>
      added(strandedGrants(client), previous && strandedGrants(previous)).length > 0
        ? 'is required while the code or the implicit grant is on'
        : undefined,
  },
  {
    ...connect,
    name: 'connect-refresh-needs-a-grant',
    field: 'grantTypes',
    check: (client, { previous }) =>
      refreshesNothing(client) && !(previous && refreshesNothing(previous))
        ? 'needs a grant that it can refresh'
        : undefined,
  },
  {
    ...connect,
    name: 'connect-website-length',
    field: 'websiteUri',
    check: ({ websiteUri }) => uriLengthFault(websiteUri, 128),
  },
  {
    ...connect,
    name: 'connect-description-length',
    field: 'description',
    check: ({ description }) => lengthFault(description, 1, 256),
  },
  {
    ...connect,
    name: 'connect-application-id-length',
    field: 'applicationId',
    check: ({ applicationId }) => lengthFault(applicationId, 1, 64),
  },
  {
    ...connect,
    name: 'connect-post-logout-redirect-uris-limits',
    field: 'postLogoutRedirectUris',
    check: ({ postLogoutRedirectUris: uris }, { previous }) => {
      const before = previous?.postLogoutRedirectUris ?? [];
      const isShrinking = uris.length < before.length;
      return faultsOf([
        uris.length > 20 && !isShrinking && 'must have at most 20 entries',
        ...added(uris, before).map((uri) => uriLengthFault(uri, 256)),
      ]);
    },
  },
];

const loginApiLimits: readonly Rule[] = [
  {
    ...loginApi,
    name: 'login-api-name-not-blank',
    field: 'name',
    check: ({ name }) => (name?.trim() ? undefined : 'must not be blank'),
  },
  {
    ...loginApi,
    name: 'login-api-redirect-urls-not-emptied',
    field: 'redirectUris',
    check: ({ redirectUris }, { previous }) =>
      previous !== null && redirectUris.length === 0 ? 'must have at least one entry' : undefined,
  },
];

/** The longest lifetimes of clients of the clients API, in seconds; they are those that it creates clients with, too. */
export const clientsApiLifetimes = {
  accessTokenTtl: 86_400,
  authorizationCodeTtl: 600,
  authorizationRequestTtl: 300,
  refreshTokenTtl: 2_592_000,
  idTokenTtl: 86_400,
} as const;

const clientsApiLimits: readonly Rule[] = [
  {
    ...clientsApi,
    name: 'clients-api-identity-provider-needed',
    field: 'identityProviderId',
    check: ({ identityProviderId }) => (identityProviderId === null ? "can't be blank" : undefined),
  },
  {
    ...clientsApi,
    name: 'clients-api-key-pair-needed',
    field: 'keyPairType',
    check: ({ keyPairType }) => (keyPairType === null ? "can't be blank" : undefined),
  },
  {
    ...clientsApi,
    name: 'clients-api-method-needed',
    field: 'tokenEndpointAuthMethods',
    check: ({ tokenEndpointAuthMethods }) =>
      tokenEndpointAuthMethods.every((method) => method === 'none') ? "can't be blank" : undefined,
  },
  ...(Object.keys(clientsApiLifetimes) as (keyof typeof clientsApiLifetimes)[]).map(
    (field): Rule => ({
      ...clientsApi,
      name: `clients-api-${toKebabCase(field)}`,
      field,
      check: (client) => rangeFault(client[field], 1, clientsApiLifetimes[field]),
    }),
  ),
];

/** The limits that one dialect documents and the record does not have. They bind only what a change through it touches. */
export const faceLimits: readonly Rule[] = [...connectLimits, ...loginApiLimits, ...clientsApiLimits];
