import { z } from 'zod';
import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import { type JsonObject, sha256 } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';
import type { IdentityProvider, OidcProvider } from './identity-provider.ts';
import type { ProviderSecrets } from './provider-values.ts';
import { UpstreamError } from './upstream-error.ts';
import { createMetadataLoader, requestOptions, type UpstreamFetch } from './upstream-metadata.ts';
import { redeemCode } from './upstream-tokens.ts';

/** What is asked of a provider. Null: nothing is said. */
export interface UpstreamQuestion {
  /** Where the provider sends the browser back to; of each provider another one (RFC 9700 §4.4.2). */
  readonly redirectUri: string;
  readonly loginHint: string | null;
  /** OpenID Connect Core §3.1.2.1. */
  readonly prompt: string | null;
  /** Seconds since the person last signed in there. */
  readonly maxAge: number | null;
  /** Classes of sign-ins as the provider calls them, the most wanted first; empty: nothing is said. */
  readonly acrValues: readonly string[];
  /** The most wanted first; empty: nothing is said. */
  readonly uiLocales: readonly string[];
}

/** A sign-in that has begun: kept at the server and bound to the browser until it comes back, once. */
export type PendingSignIn = {
  readonly providerId: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Comes back in the parameter of this name: what is kept can be found by it. */
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  readonly maxAge: number | null;
};

/** Who somebody is at a provider. */
export interface UpstreamIdentity {
  /** The issuer whose subject it is. */
  readonly issuer: string;
  readonly subject: string;
  /** When the person signed in there; where the provider does not say, when it said who it is. Never in the future. */
  readonly authTime: EpochSeconds;
  readonly acr: string | null;
  readonly amr: readonly string[];
  /** By the names of OpenID Connect Core §5.1, whatever the provider calls them. What they hold is unchecked. */
  readonly claims: JsonObject;
}

/** Signs people in at upstream OpenID Connect providers: authorization code, PKCE, state, nonce, `iss`. */
export interface Upstream {
  /**
   * Where the browser goes, and what is to be kept until it comes back.
   * @throws UpstreamError `unreachable`, `metadata`
   */
  readonly begin: (
    provider: IdentityProvider,
    question: UpstreamQuestion,
  ) => Promise<{ readonly url: string; readonly pending: PendingSignIn }>;
  /**
   * Who came back.
   * @param pending what `begin` gave; it must not be used again
   * @param callback the address that the browser came to, with its query
   * @throws UpstreamError
   */
  readonly finish: (
    provider: IdentityProvider,
    pending: JsonObject,
    callback: URL,
  ) => Promise<UpstreamIdentity>;
}

/** What signing in at upstream providers is made of. */
export interface UpstreamDependencies {
  readonly fetch: UpstreamFetch;
  readonly secrets: ProviderSecrets;
  readonly clock: Clock;
}

/** Makes the way to upstream providers. */
export function createUpstream(deps: UpstreamDependencies): Upstream {
  const options = requestOptions(deps.fetch);
  const load = createMetadataLoader(options, deps.clock);

  return {
    begin: async (provider, question) => {
      const { id, settings } = checkOidc(provider);
      const { authorization_endpoint: endpoint } = await load(settings.issuer);
      const { issuer, clientId } = settings;
      const { redirectUri, maxAge } = question;
      const secrets = { state: random(), nonce: random(), codeVerifier: random() };
      const pending = { providerId: id, issuer, clientId, ...secrets, redirectUri, maxAge };
      const url = new URL(endpoint);
      const parameters = { ...requestOf(pending, question), scope: settings.scopes.join(' ') };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return { url: url.href, pending };
    },
    finish: async (asked, kept, callback) => {
      const provider = checkOidc(asked);
      const pending = readPending(provider, kept);
      const metadata = await load(provider.settings.issuer);
      return redeemCode({ ...deps, options, metadata, provider, pending }, callback);
    },
  };
}

/** One that was changed to another type meanwhile signs nobody in. */
function checkOidc(provider: IdentityProvider): OidcProvider {
  if (provider.type !== 'oidc') throw new UpstreamError('metadata', 'it is no OpenID Connect provider');
  return provider;
}

/** 256 bits: enough for a code verifier too (RFC 7636 §7.1). */
function random(): string {
  return randomOctets(32).toString('base64url');
}

/** The authorization request, but for its scope (OpenID Connect Core §3.1.2.1, RFC 7636 §4.3). */
function requestOf(pending: PendingSignIn, question: UpstreamQuestion): Readonly<Record<string, string>> {
  const { loginHint, prompt, maxAge, acrValues, uiLocales } = question;
  return {
    response_type: 'code',
    client_id: pending.clientId,
    redirect_uri: pending.redirectUri,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: sha256(pending.codeVerifier),
    code_challenge_method: 'S256',
    ...(loginHint !== null && { login_hint: loginHint }),
    ...(prompt !== null && { prompt }),
    ...(maxAge !== null && { max_age: String(maxAge) }),
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    ...(uiLocales.length > 0 && { ui_locales: uiLocales.join(' ') }),
  };
}

const pendingSchema = z.object({
  providerId: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  redirectUri: z.string(),
  maxAge: z.number().nullable(),
});

/** What was begun with another provider, or with this one as another client or issuer, is not finished with it. */
function readPending({ id, settings }: OidcProvider, kept: JsonObject): PendingSignIn {
  const pending = pendingSchema.parse(kept);
  const isSame =
    pending.providerId === id && pending.issuer === settings.issuer && pending.clientId === settings.clientId;
  if (!isSame)
    throw new UpstreamError('answer', 'it is not the provider that was asked, or was changed since');
  return pending;
}
