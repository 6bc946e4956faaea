import type { Client, DerivedField } from './client.ts';

/** What a field is when nobody set it, and what clearing it leaves. Where there is a choice, the strict one. */
export const clientDefaults: Omit<Client, Exclude<DerivedField, 'tokensValidFrom' | 'publicKey' | 'did'>> = {
  ownerId: null,
  applicationId: null,
  name: null,
  description: null,
  websiteUri: null,
  logo: null,
  verified: false,
  enabled: true,
  tokensValidFrom: null,
  internal: false,
  redirectUris: [],
  postLogoutRedirectUris: [],
  responseMode: 'direct_post',
  grantTypes: [],
  publicRefreshToken: false,
  publicRevoke: false,
  refreshTokenIssuance: 'offline_access',
  tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post'],
  tokenEndpointJwtAuthAlg: 'HS256',
  jwks: null,
  jwtPublicKey: null,
  allowedScopes: null,
  authorizeScope: false,
  authorizedScopes: [],
  accessTokenFormat: 'jwt',
  pkceRequired: true,
  dpopRequired: false,
  txCodeRequired: false,
  parRequired: false,
  accessTokenTtl: null,
  authorizationCodeTtl: null,
  authorizationRequestTtl: null,
  refreshTokenTtl: null,
  idTokenTtl: null,
  keyPairType: null,
  publicKey: null,
  signaturesAdapter: 'internal',
  did: null,
  idTokenSignatureAlg: 'RS256',
  userinfoSignedResponseAlg: null,
  identityProviderId: null,
  allowedDelegators: [],
  clientCredentialsSubject: null,
  backchannelLogoutUri: null,
  backchannelLogoutSessionRequired: false,
  frontchannelLogoutUri: null,
  frontchannelLogoutSessionRequired: false,
  applicationBindings: [],
  usesManagedBuckets: false,
  publicClientId: null,
  checkPublicClientId: false,
};

/** Drops what a set repeats. Its order stays, since faces answer with what they were given. */
export function normalise(client: Client): Client {
  const grantTypes = distinct(client.grantTypes);
  const tokenEndpointAuthMethods = distinct(client.tokenEndpointAuthMethods);
  return { ...client, grantTypes, tokenEndpointAuthMethods };
}

/** A list that repeats nothing stays the list that it is, so that comparing it takes no time. */
function distinct<Entry>(entries: readonly Entry[]): readonly Entry[] {
  const set = new Set(entries);
  return set.size === entries.length ? entries : [...set];
}
