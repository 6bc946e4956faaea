import type { AuthMethod, Client, KeyPairType, SignatureAlg } from '../../clients/client.ts';
import type { ClientPatch } from '../../clients/patch.ts';
import { clientsApiLifetimes } from '../../clients/rules/face-limits.ts';
import { type Lens, nullable, readOnly, same, type View } from '../../clients/view.ts';
import { type SupportedGrantType, supportedGrantTypesLens } from './grant-types.ts';
import { defaultKeyPairType, keyPairTypeLens } from './key-pair-types.ts';

/** A method of `token_endpoint_auth_methods`; that a secret is optional stands in `confidential`. */
export type ApiAuthMethod = Exclude<AuthMethod, 'none'>;

/**
 * A client as the dialect shows it, but for its secret. A provider is its id here, scopes are their names, and keys and
 * signers what the record calls them.
 */
export interface ApiClient {
  readonly id: string;
  readonly public_client_id: string | null;
  readonly check_public_client_id: boolean;
  readonly name: string | null;
  readonly confidential: boolean;
  readonly redirect_uris: readonly string[];
  readonly public_refresh_token: boolean;
  readonly public_revoke: boolean;
  readonly authorize_scope: boolean;
  readonly enforce_dpop: boolean;
  readonly enforce_tx_code: boolean;
  readonly access_token_ttl: number;
  readonly authorization_code_ttl: number;
  readonly authorization_request_ttl: number;
  readonly refresh_token_ttl: number;
  readonly id_token_ttl: number;
  readonly pkce: boolean;
  readonly public_key: string | null;
  readonly key_pair_type: KeyPairType | null;
  readonly signatures_adapter: Client['signaturesAdapter'];
  readonly did: string | null;
  readonly identity_provider: string;
  readonly authorized_scopes: readonly string[];
  readonly supported_grant_types: readonly SupportedGrantType[];
  readonly id_token_signature_alg: SignatureAlg;
  readonly userinfo_signed_response_alg: SignatureAlg | null;
  readonly token_endpoint_jwt_auth_alg: SignatureAlg;
  readonly token_endpoint_auth_methods: readonly ApiAuthMethod[];
  readonly jwt_public_key: string | null;
  readonly response_mode: Client['responseMode'];
}

/** Lifetimes in seconds that hold where the record has none. */
export type Lifetimes = {
  readonly [Field in keyof typeof clientsApiLifetimes]: number;
};

/** What the view looks at beside the record. */
export interface ViewContext {
  readonly lifetimes: Lifetimes;
  /** The id of the provider of clients that name none. */
  readonly defaultProviderId: string;
  /** Whether a scope has this name: one that has gone is not shown, and kept. */
  readonly isScope: (name: string) => boolean;
}

const isShown = (method: AuthMethod): method is ApiAuthMethod => method !== 'none';

/** Violations on the methods are the other field's, so that this one stands for no record field. */
const confidential: Lens<boolean> = {
  shows: [],
  get: ({ tokenEndpointAuthMethods }) => !tokenEndpointAuthMethods.includes('none'),
  put: (wanted, { tokenEndpointAuthMethods }) => {
    const methods = tokenEndpointAuthMethods.filter(isShown);
    if (!wanted) return { tokenEndpointAuthMethods: [...methods, 'none'] };
    // Nobody is confidential without a method.
    return { tokenEndpointAuthMethods: methods.length > 0 ? methods : defaultMethods };
  },
};

const defaultMethods = ['client_secret_basic', 'client_secret_post'] as const;

const authMethods: Lens<readonly ApiAuthMethod[]> = {
  shows: ['tokenEndpointAuthMethods'],
  get: (client) => client.tokenEndpointAuthMethods.filter(isShown),
  put: (methods, client) => ({
    tokenEndpointAuthMethods: [
      ...methods,
      ...client.tokenEndpointAuthMethods.filter((method) => method === 'none'),
    ],
  }),
};

function authorizedScopes(isScope: ViewContext['isScope']): Lens<readonly string[]> {
  return {
    shows: ['authorizedScopes'],
    get: (client) => client.authorizedScopes.filter(isScope),
    put: (names, client) => ({
      authorizedScopes: [...names, ...client.authorizedScopes.filter((name) => !isScope(name))],
    }),
  };
}

/** Makes the dialect's view. */
export function createApiView({ lifetimes, defaultProviderId, isScope }: ViewContext): View<ApiClient> {
  return {
    id: readOnly('id'),
    public_client_id: same('publicClientId'),
    check_public_client_id: same('checkPublicClientId'),
    name: same('name'),
    confidential,
    redirect_uris: same('redirectUris'),
    public_refresh_token: same('publicRefreshToken'),
    public_revoke: same('publicRevoke'),
    authorize_scope: same('authorizeScope'),
    enforce_dpop: same('dpopRequired'),
    enforce_tx_code: same('txCodeRequired'),
    access_token_ttl: nullable('accessTokenTtl', lifetimes.accessTokenTtl),
    authorization_code_ttl: nullable('authorizationCodeTtl', lifetimes.authorizationCodeTtl),
    authorization_request_ttl: nullable('authorizationRequestTtl', lifetimes.authorizationRequestTtl),
    refresh_token_ttl: nullable('refreshTokenTtl', lifetimes.refreshTokenTtl),
    id_token_ttl: nullable('idTokenTtl', lifetimes.idTokenTtl),
    pkce: same('pkceRequired'),
    public_key: readOnly('publicKey'),
    key_pair_type: keyPairTypeLens,
    signatures_adapter: same('signaturesAdapter'),
    did: readOnly('did'),
    identity_provider: nullable('identityProviderId', defaultProviderId),
    authorized_scopes: authorizedScopes(isScope),
    supported_grant_types: supportedGrantTypesLens,
    id_token_signature_alg: same('idTokenSignatureAlg'),
    userinfo_signed_response_alg: same('userinfoSignedResponseAlg'),
    token_endpoint_jwt_auth_alg: same('tokenEndpointJwtAuthAlg'),
    token_endpoint_auth_methods: authMethods,
    jwt_public_key: same('jwtPublicKey'),
    response_mode: same('responseMode'),
  };
}

/** What a client of the dialect is created with, before the request is looked at: the hidden-field table of the contracts, and the documented defaults. */
export const creationPatch: ClientPatch = {
  grantTypes: ['client_credentials', 'authorization_code'],
  refreshTokenIssuance: 'always',
  tokenEndpointAuthMethods: [...defaultMethods, 'none'],
  pkceRequired: false,
  keyPairType: defaultKeyPairType,
  idTokenSignatureAlg: 'RS512',
  ...clientsApiLifetimes,
};
