import type { Client, ClientField, SignatureAlg } from '../client.ts';
import { publicJwkFault, publicKeyPemFault } from '../public-key.ts';
import { faultsOf, type Rule, rangeFault, toKebabCase } from './rule.ts';

const mostKeys = 20;

/** What a client signs its assertions with, where it may do so with a MAC. */
function assertionMac({ tokenEndpointAuthMethods, tokenEndpointJwtAuthAlg }: Client): SignatureAlg | null {
  return tokenEndpointAuthMethods.includes('client_secret_jwt') ? tokenEndpointJwtAuthAlg : null;
}

/** Binds what a request sets: what was set while secrets were kept is refused where it is used, and must not stand in the way of other changes. */
function macNeedsKeptSecrets(
  what: string,
  field: ClientField,
  source: string,
  algOf: (client: Client) => SignatureAlg | null,
): Rule {
  return {
    name: `mac-${what}-needs-kept-secrets`,
    field,
    source,
    check: (client, { previous, secretsKept }) => {
      const alg = algOf(client);
      if (secretsKept || !alg?.startsWith('HS') || (previous && alg === algOf(previous))) return undefined;
      return 'needs the client secret itself, and this server keeps verifiers alone';
    },
  };
}

function jwksFaults({ jwks }: Client): readonly string[] {
  if (jwks === null) return [];
  const { keys } = jwks;
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  return faultsOf([
    ...keys.map(publicJwkFault),
    (keys.length === 0 || keys.length > mostKeys) && `must hold 1 to ${mostKeys} keys`,
    new Set(kids).size !== kids.length && 'must not repeat a kid',
  ]);
}

/** The longest life of an access or ID token, in seconds: a signing key stays published for as long. */
export const longestTokenLifetimeSeconds = 86_400;

/** The longest lifetimes in seconds, and why. */
const lifetimes = {
  accessTokenTtl: [longestTokenLifetimeSeconds, 'RFC 9700 §2.2.2'],
  idTokenTtl: [longestTokenLifetimeSeconds, 'OpenID Connect Core §2'],
  authorizationCodeTtl: [600, 'RFC 6749 §4.1.2'],
  authorizationRequestTtl: [600, 'RFC 9126 §2.2'],
  refreshTokenTtl: [315_360_000, 'RFC 9700 §4.14.2'],
} as const satisfies Partial<Record<ClientField, readonly [number, string]>>;

/** Rules on how a client proves itself, what its tokens are signed with and how long they live. */
export const authenticationRules: readonly Rule[] = [
  {
    name: 'has-an-authentication-method',
    field: 'tokenEndpointAuthMethods',
    source: 'RFC 7591 §2 token_endpoint_auth_method',
    check: ({ tokenEndpointAuthMethods }) =>
      tokenEndpointAuthMethods.length === 0 ? 'must have at least one entry' : undefined,
  },
  {
    name: 'jwks-are-public-keys',
    field: 'jwks',
    source: 'RFC 7517 §5, RFC 7591 §2 jwks',
    check: jwksFaults,
  },
  {
    name: 'jwt-public-key-is-a-public-key',
    field: 'jwtPublicKey',
    source: 'RFC 7523 §3',
    check: ({ jwtPublicKey }) => (jwtPublicKey === null ? undefined : publicKeyPemFault(jwtPublicKey)),
  },
  macNeedsKeptSecrets(
    'authentication',
    'tokenEndpointJwtAuthAlg',
    'OpenID Connect Core §9 client_secret_jwt',
    assertionMac,
  ),
  macNeedsKeptSecrets(
    'id-token',
    'idTokenSignatureAlg',
    'OpenID Connect Core §10.1',
    ({ idTokenSignatureAlg }) => idTokenSignatureAlg,
  ),
  macNeedsKeptSecrets(
    'userinfo',
    'userinfoSignedResponseAlg',
    'OpenID Connect Core §5.3.2',
    ({ userinfoSignedResponseAlg }) => userinfoSignedResponseAlg,
  ),
  {
    name: 'managed-buckets-need-a-secret',
    field: 'usesManagedBuckets',
    source: 'contract of the Connect dialect',
    check: ({ usesManagedBuckets, tokenEndpointAuthMethods }) =>
      usesManagedBuckets && tokenEndpointAuthMethods.includes('none')
        ? 'is only for clients that must present a secret'
        : undefined,
  },
  ...(Object.keys(lifetimes) as (keyof typeof lifetimes)[]).map((field): Rule => {
    const [longest, source] = lifetimes[field];
    return {
      name: `${toKebabCase(field)}-is-a-lifetime`,
      field,
      source,
      check: (client) => rangeFault(client[field], 1, longest),
    };
  }),
];
