import type { ApplicationBinding, GrantType } from '../../clients/client.ts';
import type { ClientPatch } from '../../clients/patch.ts';
import { type Lens, member, nullable, readOnly, same, type View } from '../../clients/view.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import type { LogoUriOf } from '../logo-route.ts';

/** A client as the Connect dialect shows it; timestamps are in seconds here, and `isVerified` a boolean. */
export interface ConnectClient {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUri: string;
  readonly supportsRefreshToken: boolean;
  readonly supportsImplicitGrant: boolean;
  readonly supportsDeviceCodeGrant: boolean;
  readonly supportsCodeGrant: boolean;
  readonly websiteUrl: string;
  readonly createdAt: EpochSeconds;
  readonly updatedAt: EpochSeconds;
  readonly description: string;
  readonly isVerified: boolean;
  readonly applicationId: string;
  readonly usesManagedBuckets: boolean;
  readonly applicationBindings: readonly ApplicationBinding[];
  readonly allowedDelegators: readonly string[];
  readonly logoUrl: string;
  readonly backchannelLogoutUri: string;
  readonly backchannelLogoutSessionRequired: boolean;
  readonly frontchannelLogoutUri: string;
  readonly frontchannelLogoutSessionRequired: boolean;
  readonly postLogoutRedirectUris: readonly string[];
}

const tokenExchange: GrantType = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** The first of the record's redirect URIs; the others stay. While there are others, it cannot be cleared. */
const redirectUri: Lens<string> = {
  shows: ['redirectUris'],
  get: ({ redirectUris }) => redirectUris[0] ?? '',
  put: (uri, { redirectUris }) => ({
    redirectUris: [uri, ...redirectUris.slice(1).filter((other) => other !== uri)],
  }),
  clear: ({ redirectUris }) => ({
    redirectUris: redirectUris.length > 1 ? ['', ...redirectUris.slice(1)] : [],
  }),
};

/** The dialect has no switch for token exchange: it is on while somebody may delegate. */
const allowedDelegators: Lens<readonly string[]> = {
  shows: ['allowedDelegators'],
  get: (client) => client.allowedDelegators,
  put: (delegators, client) => ({
    allowedDelegators: delegators,
    grantTypes: withTokenExchange(client.grantTypes, delegators.length > 0),
  }),
};

function withTokenExchange(grants: readonly GrantType[], wanted: boolean): readonly GrantType[] {
  const others = grants.filter((grant) => grant !== tokenExchange);
  return wanted ? [...others, tokenExchange] : others;
}

/** Makes the dialect's view. `logoUriOf` tells where a logo is found. */
export function createConnectView(logoUriOf: LogoUriOf): View<ConnectClient> {
  return {
    clientId: readOnly('id'),
    name: nullable('name', ''),
    redirectUri,
    supportsRefreshToken: member('grantTypes', 'refresh_token'),
    supportsImplicitGrant: member('grantTypes', 'implicit'),
    supportsDeviceCodeGrant: member('grantTypes', 'urn:ietf:params:oauth:grant-type:device_code'),
    supportsCodeGrant: member('grantTypes', 'authorization_code'),
    websiteUrl: nullable('websiteUri', ''),
    createdAt: readOnly('createdAt'),
    updatedAt: readOnly('updatedAt'),
    description: nullable('description', ''),
    isVerified: same('verified'),
    applicationId: { shows: ['applicationId'], get: ({ applicationId }) => applicationId ?? '' },
    usesManagedBuckets: readOnly('usesManagedBuckets'),
    applicationBindings: same('applicationBindings'),
    allowedDelegators,
    logoUrl: {
      shows: ['logo'],
      get: (client) => logoUriOf(client) ?? '',
      put: (uri) => ({ logo: uri === '' ? null : { kind: 'external', uri } }),
    },
    backchannelLogoutUri: nullable('backchannelLogoutUri', ''),
    backchannelLogoutSessionRequired: same('backchannelLogoutSessionRequired'),
    frontchannelLogoutUri: nullable('frontchannelLogoutUri', ''),
    frontchannelLogoutSessionRequired: same('frontchannelLogoutSessionRequired'),
    postLogoutRedirectUris: same('postLogoutRedirectUris'),
  };
}

/** What creation asks for that no later request can change. */
export interface ConnectCreation {
  readonly hasSecret: boolean;
  readonly usesManagedBuckets: boolean;
  readonly applicationId: string | null;
}

/** What the dialect does not show and its creation decides: the hidden-field table of the contracts. */
export function creationPatch({
  hasSecret,
  usesManagedBuckets,
  applicationId,
}: ConnectCreation): ClientPatch {
  return {
    tokenEndpointAuthMethods: hasSecret ? ['client_secret_basic', 'client_secret_post'] : ['none'],
    grantTypes: hasSecret ? ['client_credentials', 'revoke', 'introspect'] : ['revoke'],
    pkceRequired: !hasSecret,
    publicRefreshToken: !hasSecret,
    publicRevoke: !hasSecret,
    refreshTokenIssuance: 'offline_access',
    usesManagedBuckets,
    applicationId,
  };
}
