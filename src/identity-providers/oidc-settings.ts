import { isLoopbackHost } from '../kernel/loopback-host.ts';

/** How the server proves to a provider that it is the client (OpenID Connect Core §9). `none`: it has no secret; PKCE alone protects the code. */
export const upstreamAuthMethods = ['client_secret_basic', 'client_secret_post', 'none'] as const;

/** One of `upstreamAuthMethods`. */
export type UpstreamAuthMethod = (typeof upstreamAuthMethods)[number];

/** What the server has to know of an OpenID Connect provider to be its client, except the secret. */
export interface OidcSettings {
  /** Its issuer identifier: what its metadata, its tokens and its answers must name, character for character. */
  readonly issuer: string;
  /** What the provider calls this server. */
  readonly clientId: string;
  readonly tokenEndpointAuthMethod: UpstreamAuthMethod;
  /** Scopes that are asked for; `openid` among them. */
  readonly scopes: readonly string[];
  /** The claim that new accounts get their user name from; null: they get a generated one. */
  readonly usernameClaim: string | null;
  /** The claim that holds the e-mail address; null: accounts get none. */
  readonly emailClaim: string | null;
}

/** What holds where nothing is said. */
export const oidcDefaults = {
  tokenEndpointAuthMethod: 'client_secret_basic',
  scopes: ['openid', 'profile', 'email'],
  usernameClaim: 'preferred_username',
  emailClaim: 'email',
} as const satisfies Partial<OidcSettings>;

/** What is wrong with a provider's settings. */
export interface OidcFault {
  readonly field: keyof OidcSettings | 'clientSecret';
  /** Reads after the name of the field. */
  readonly message: string;
}

type Check = (settings: OidcSettings, hasSecret: boolean) => string | undefined;

const checks: Readonly<Record<OidcFault['field'], Check>> = {
  issuer: ({ issuer }) => issuerFault(issuer),
  clientId: ({ clientId }) =>
    /^[\x20-\x7e]{1,255}$/.test(clientId) ? undefined : 'must be 1 to 255 printable ASCII characters',
  tokenEndpointAuthMethod: ({ tokenEndpointAuthMethod: method }) =>
    upstreamAuthMethods.includes(method) ? undefined : `must be ${upstreamAuthMethods.join(' or ')}`,
  scopes: ({ scopes }) => scopesFault(scopes),
  usernameClaim: ({ usernameClaim }) => claimFault(usernameClaim),
  emailClaim: ({ emailClaim }) => claimFault(emailClaim),
  clientSecret: ({ tokenEndpointAuthMethod: method }, hasSecret) => {
    if (method === 'none') return hasSecret ? 'must be absent where the method is none' : undefined;
    return hasSecret ? undefined : 'is needed unless the method is none';
  },
};

/** Everything that is wrong with settings. @param hasSecret whether the provider has given the server a secret */
export function oidcFaults(settings: OidcSettings, hasSecret: boolean): readonly OidcFault[] {
  return Object.entries(checks).flatMap(([field, check]) => {
    const message = check(settings, hasSecret);
    return message === undefined ? [] : [{ field: field as OidcFault['field'], message }];
  });
}

/** What is wrong with a secret that a provider has given (RFC 6749 Appendix A.2); undefined: nothing. */
export function upstreamSecretFault(secret: string): string | undefined {
  return /^[\x20-\x7e]{1,1024}$/.test(secret) ? undefined : 'must be 1 to 1024 printable ASCII characters';
}

/** In the one spelling that URL parsers make of it, but for a slash that stands for the whole path. */
function issuerFault(issuer: string): string | undefined {
  const form = 'must be an https URL without user, query and fragment; http is for loopback hosts only';
  if (issuer.length > 2048 || !URL.canParse(issuer) || /[?#]/.test(issuer)) return form;
  const { href, protocol, hostname, username, password } = new URL(issuer);
  const isSecure = protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
  if (!isSecure || username !== '' || password !== '') return form;
  return href === issuer || href === `${issuer}/` ? undefined : `must be spelled ${href}`;
}

function scopesFault(scopes: readonly string[]): string | undefined {
  const isToken = (scope: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope);
  if (!scopes.includes('openid')) return 'must have openid';
  if (new Set(scopes).size !== scopes.length) return 'must not name a scope twice';
  return scopes.length <= 50 && scopes.every(isToken)
    ? undefined
    : 'must be at most 50 scope-tokens of RFC 6749 Appendix A.4';
}

function claimFault(claim: string | null): string | undefined {
  return claim === null || /^[\x21-\x7e]{1,255}$/.test(claim)
    ? undefined
    : 'must be the name of a claim: 1 to 255 printable ASCII characters without spaces';
}
