import { decodeProtectedHeader } from 'jose/decode/protected_header';
import {
  authorizationCodeGrantRequest,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  clockTolerance,
  getValidatedIdTokenClaims,
  type IDToken,
  None,
  processAuthorizationCodeResponse,
  processUserInfoResponse,
  type TokenEndpointResponse,
  userInfoRequest,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from 'oauth4webapi';
import { asEpochSeconds, type Clock, systemClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import { accessTokenHash } from './access-token-hash.ts';
import type { OidcProvider } from './identity-provider.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { blaming } from './protocol-faults.ts';
import type { ProviderSecrets } from './provider-values.ts';
import type { PendingSignIn, UpstreamIdentity } from './upstream.ts';
import { UpstreamError } from './upstream-error.ts';
import type { RequestOptions, UpstreamMetadata } from './upstream-metadata.ts';

/** A sign-in at a provider that the browser has come back from. */
export interface ReturnedSignIn {
  readonly metadata: UpstreamMetadata;
  readonly provider: OidcProvider;
  readonly pending: PendingSignIn;
  readonly options: RequestOptions;
  readonly secrets: ProviderSecrets;
  readonly clock: Clock;
}

/** By how much the clocks of the two servers may differ. */
const toleranceSeconds = 30;

/**
 * Checks the answer to the authorization request, redeems its code, and says who the tokens are about.
 * @throws UpstreamError
 */
export async function redeemCode(signIn: ReturnedSignIn, callback: URL): Promise<UpstreamIdentity> {
  const { metadata, options, provider, clock } = signIn;
  const client = clientOf(signIn);
  const tokens = await requestTokens(signIn, client, callback);
  const claims = getValidatedIdTokenClaims(tokens);
  if (claims === undefined) throw new UpstreamError('id-token', 'there is none');
  checkIdToken(claims, tokens, signIn);
  const further = isMissing(claims, provider.settings)
    ? await requestUserInfo(metadata, client, options, tokens.access_token, claims.sub)
    : {};
  return identityOf(claims, { ...further, ...claims } as JsonObject, provider.settings, clock);
}

/** What the library knows of this server. Its own clock is brought to ours. */
function clientOf({ provider, clock }: ReturnedSignIn): Client {
  return {
    client_id: provider.settings.clientId,
    [clockSkew]: clock.now() - systemClock.now(),
    [clockTolerance]: toleranceSeconds,
  };
}

const authentications = {
  client_secret_basic: ClientSecretBasic,
  client_secret_post: ClientSecretPost,
  none: () => None(),
} as const satisfies Readonly<
  Record<OidcSettings['tokenEndpointAuthMethod'], (secret: string) => ClientAuth>
>;

function authenticationOf({ provider, secrets }: ReturnedSignIn): ClientAuth {
  const { id, settings, sealedSecret } = provider;
  const secret = sealedSecret === null ? '' : secrets.open(sealedSecret, id);
  return authentications[settings.tokenEndpointAuthMethod](secret);
}

/** OpenID Connect Core §3.1.2.7 to §3.1.3.7, RFC 9207 §2.4. */
async function requestTokens(
  signIn: ReturnedSignIn,
  client: Client,
  callback: URL,
): Promise<TokenEndpointResponse> {
  const { metadata, pending, options } = signIn;
  const { redirectUri, codeVerifier, nonce, maxAge } = pending;
  const answer = await blaming('answer', () =>
    validateAuthResponse(metadata, client, callback, pending.state),
  );
  if (answer.getAll('code').length !== 1) throw new UpstreamError('answer', 'there is not one code');
  const authentication = authenticationOf(signIn);
  const response = await blaming('token', () =>
    authorizationCodeGrantRequest(
      metadata,
      client,
      authentication,
      answer,
      redirectUri,
      codeVerifier,
      options,
    ),
  );
  const fault = response.status === 200 ? 'id-token' : 'token';
  const expected = { expectedNonce: nonce, requireIdToken: true, ...(maxAge !== null && { maxAge }) };
  return blaming(fault, async () => {
    const tokens = await processAuthorizationCodeResponse(metadata, client, response, expected);
    await validateApplicationLevelSignature(metadata, response, options);
    return tokens;
  });
}

/** What the library leaves to others: OpenID Connect Core §2 `sub`, §3.1.3.7 `azp` and `iat`, §3.1.3.8 `at_hash`. */
function checkIdToken(
  { sub, azp, iat, at_hash: hash }: IDToken,
  tokens: TokenEndpointResponse,
  { pending, clock }: ReturnedSignIn,
): void {
  const { alg = '' } = decodeProtectedHeader(tokens.id_token ?? '');
  const faults: Readonly<Record<string, boolean>> = {
    'its sub is no subject': !/^\P{Cc}{1,255}$/u.test(sub) || !sub.isWellFormed(),
    'its azp is another client': azp !== undefined && azp !== pending.clientId,
    'its iat is in the future': iat > clock.now() + toleranceSeconds,
    'its at_hash is of another access token':
      hash !== undefined && hash !== accessTokenHash(tokens.access_token, alg),
  };
  const [found] = Object.entries(faults).find(([, isFaulty]) => isFaulty) ?? [];
  if (found !== undefined) throw new UpstreamError('id-token', found);
}

/** Whether the ID token leaves something open that an account is made of. */
function isMissing(claims: IDToken, { usernameClaim, emailClaim }: OidcSettings): boolean {
  return ['name', usernameClaim, emailClaim].some((claim) => claim !== null && claims[claim] === undefined);
}

/** OpenID Connect Core §5.3; a provider need not have the endpoint. */
async function requestUserInfo(
  metadata: UpstreamMetadata,
  client: Client,
  options: RequestOptions,
  accessToken: string,
  subject: string,
): Promise<JsonObject> {
  if (metadata.userinfo_endpoint === undefined) return {};
  return blaming('userinfo', async () => {
    const response = await userInfoRequest(metadata, client, accessToken, options);
    const isSigned = response.headers.get('content-type')?.startsWith('application/jwt') === true;
    const claims = await processUserInfoResponse(metadata, client, subject, response);
    if (isSigned) await validateApplicationLevelSignature(metadata, response, options);
    return claims as JsonObject;
  });
}

function identityOf(
  { sub, iss, iat, auth_time: authTime = iat, acr, amr }: IDToken,
  claims: JsonObject,
  { usernameClaim, emailClaim }: OidcSettings,
  clock: Clock,
): UpstreamIdentity {
  const { preferred_username: _, email: __, email_verified: verified = false, ...others } = claims;
  return {
    issuer: iss,
    subject: sub,
    authTime: asEpochSeconds(Math.min(Math.floor(authTime), clock.now())),
    acr: typeof acr === 'string' ? acr : null,
    amr: Array.isArray(amr) ? amr.filter((method) => typeof method === 'string') : [],
    claims: {
      ...others,
      ...(usernameClaim !== null && { preferred_username: claims[usernameClaim] ?? null }),
      // `email_verified` speaks of the claim `email` alone.
      ...(emailClaim !== null && {
        email: claims[emailClaim] ?? null,
        email_verified: emailClaim === 'email' && verified === true,
      }),
    },
  };
}
