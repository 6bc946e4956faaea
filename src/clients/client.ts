import type { EpochSeconds } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';

/**
 * What a client may be granted: grant types (RFC 6749, 8628, 8693, OpenID4VCI), and the endpoints and response
 * types that the registry switches on in the same list.
 */
export const grantTypes = [
  'authorization_code',
  'implicit',
  'refresh_token',
  'client_credentials',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:pre-authorized_code',
  'agent_code',
  'agent_credentials',
  'revoke',
  'introspect',
  'id_token',
  'vp_token',
] as const;

/** One of `grantTypes`. */
export type GrantType = (typeof grantTypes)[number];

/** Client authentication methods (OpenID Connect Core §9). `none` in a client's set: its secret is optional. */
export const authMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const;

/** One of `authMethods`. */
export type AuthMethod = (typeof authMethods)[number];

/** JWS algorithms (RFC 7518 §3.1, RFC 8037) that a client may sign its assertions or have its tokens signed with. */
export const signatureAlgs = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const;

/** One of `signatureAlgs`. */
export type SignatureAlg = (typeof signatureAlgs)[number];

/** The key pair that a client's tokens are signed with. `universal` is Ed25519 held by a remote signer. */
export type KeyPairType =
  | { readonly type: 'rsa'; readonly modulusLength: number; readonly publicExponent: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly type: 'universal' };

/** A logo is an image that this server keeps, or the address of one elsewhere. */
export type Logo =
  | { readonly kind: 'uploaded'; readonly hash: string; readonly extension: 'png' | 'jpg' | 'webp' | 'gif' }
  | { readonly kind: 'external'; readonly uri: string };

/** An application (API) that is enabled for a client, with the client's own configuration for it. */
export interface ApplicationBinding {
  readonly applicationId: string;
  readonly config: { readonly jsonConfig: JsonObject } | null;
}

/** A registered OAuth client (RFC 7591 §2, OpenID Connect Registration §2). Lifetimes are seconds, null = server default. */
export interface Client {
  /** A UUID; the OAuth `client_id`. Never usable again once deleted. */
  readonly id: string;
  /** Grows by one with each change of the record; the ETag. */
  readonly revision: number;
  readonly createdAt: EpochSeconds;
  readonly updatedAt: EpochSeconds;
  /** The account or client that created it; null: only administrators manage it. */
  readonly ownerId: string | null;
  /** The application that it belongs to, whose administrators manage it. */
  readonly applicationId: string | null;

  readonly name: string | null;
  readonly description: string | null;
  readonly websiteUri: string | null;
  readonly logo: Logo | null;
  /** Shown as a badge to people who are asked for consent; set by administrators only. */
  readonly verified: boolean;

  /** False: refused at every endpoint. */
  readonly enabled: boolean;
  /** Derived: tokens issued before it are out of force, also after a disabled client is enabled again. Null: all are in force. */
  readonly tokensValidFrom: EpochSeconds | null;
  /** Cannot be changed or deleted through any face; consent is skipped. */
  readonly internal: boolean;

  /** The first is the default. */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** How a wallet answers a presentation request. */
  readonly responseMode: 'direct_post' | 'post';

  readonly grantTypes: readonly GrantType[];
  /** Refresh without the secret. */
  readonly publicRefreshToken: boolean;
  /** Revoke without the secret. */
  readonly publicRevoke: boolean;
  /** Refresh tokens are issued for the scope `offline_access` (OpenID Connect Core §11) or always. */
  readonly refreshTokenIssuance: 'offline_access' | 'always';

  readonly tokenEndpointAuthMethods: readonly AuthMethod[];
  readonly tokenEndpointJwtAuthAlg: SignatureAlg;
  readonly jwks: { readonly keys: readonly JsonObject[] } | null;
  /** PEM (SubjectPublicKeyInfo). */
  readonly jwtPublicKey: string | null;

  /** Null: every public scope. */
  readonly allowedScopes: readonly string[] | null;
  /** Adds `authorizedScopes` to what the client may ask for. */
  readonly authorizeScope: boolean;
  readonly authorizedScopes: readonly string[];
  readonly accessTokenFormat: 'jwt' | 'opaque';

  readonly pkceRequired: boolean;
  readonly dpopRequired: boolean;
  readonly txCodeRequired: boolean;
  readonly parRequired: boolean;

  readonly accessTokenTtl: number | null;
  readonly authorizationCodeTtl: number | null;
  readonly authorizationRequestTtl: number | null;
  readonly refreshTokenTtl: number | null;
  readonly idTokenTtl: number | null;

  /** Null: the server's key signs. */
  readonly keyPairType: KeyPairType | null;
  /** Derived: PEM of the client's own key. */
  readonly publicKey: string | null;
  readonly signaturesAdapter: 'internal' | 'remote';
  /** Derived: `did:key` of `publicKey`. */
  readonly did: string | null;
  readonly idTokenSignatureAlg: SignatureAlg;
  /** Null: userinfo is plain JSON. */
  readonly userinfoSignedResponseAlg: SignatureAlg | null;

  /** Null: the default provider. */
  readonly identityProviderId: string | null;

  /** Clients whose tokens this one may exchange (RFC 8693). */
  readonly allowedDelegators: readonly string[];
  /** The account in whose name client-credentials tokens are issued. */
  readonly clientCredentialsSubject: string | null;

  readonly backchannelLogoutUri: string | null;
  readonly backchannelLogoutSessionRequired: boolean;
  readonly frontchannelLogoutUri: string | null;
  readonly frontchannelLogoutSessionRequired: boolean;

  readonly applicationBindings: readonly ApplicationBinding[];
  readonly usesManagedBuckets: boolean;

  /** The identifier that wallets know this client by. */
  readonly publicClientId: string | null;
  readonly checkPublicClientId: boolean;
}

/** A field of the record. */
export type ClientField = keyof Client;

/** Fields that only the registry itself writes. */
export type DerivedField =
  | 'id'
  | 'revision'
  | 'createdAt'
  | 'updatedAt'
  | 'tokensValidFrom'
  | 'publicKey'
  | 'did';

/** Fields that a change may name. */
export type WritableField = Exclude<ClientField, DerivedField>;

/** True when a secret is needed wherever this client authenticates: `none` is not among its methods. */
export function requiresSecret(client: Pick<Client, 'tokenEndpointAuthMethods'>): boolean {
  return !client.tokenEndpointAuthMethods.includes('none');
}
