import type { Catalog } from '../../applications/catalog.ts';
import { type SignatureAlg, signatureAlgs } from '../../clients/client.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import { authenticationContexts } from '../authorization/authentication-context.ts';
import type { CodeChallenge } from '../authorization/authorization-request.ts';
import { displays, prompts } from '../authorization/parsed-parameters.ts';
import { grantTypeOf, responseModes, responseTypes } from '../authorization/response-type.ts';
import { isMacAlg, namesOf } from '../client-authentication/assertion.ts';
import { supportedAuthMethods } from '../client-authentication/index.ts';
import { supportedGrantTypes } from '../grants/index.ts';
import { claimsOfScopes } from '../tokens/person-claims.ts';
import { endpointPaths } from '../vocabulary.ts';

/**
 * The server's metadata (RFC 8414 §2, OpenID Connect Discovery §3), derived from the tables that the engine itself
 * runs on. Scopes that are not public are not shown.
 */
export function serverMetadata(deps: {
  readonly issuer: string;
  readonly catalog: Pick<Catalog, 'scopes'>;
  /** The algorithms that clients can have their ID tokens and userinfo answers signed with. */
  readonly idTokenAlgorithms: readonly SignatureAlg[];
  /** False: the server keeps verifiers of secrets alone, and no secret can be the key of an assertion. */
  readonly secretsKept: boolean;
  /** The languages of the pages (BCP 47). */
  readonly uiLocales: readonly string[];
  /** Whether people may make accounts themselves. */
  readonly signUp: boolean;
}): JsonObject {
  const { issuer, catalog, idTokenAlgorithms, secretsKept } = deps;
  const methods = supportedAuthMethods.filter((method) => secretsKept || method !== 'client_secret_jwt');
  const provingMethods = methods.filter((method) => method !== 'none');
  const assertionAlgs = signatureAlgs.filter((alg) => secretsKept || !isMacAlg(alg)).flatMap(namesOf);
  return {
    issuer,
    ...authorizationMetadata(deps),
    token_endpoint: issuer + endpointPaths.token,
    introspection_endpoint: issuer + endpointPaths.introspection,
    revocation_endpoint: issuer + endpointPaths.revocation,
    jwks_uri: issuer + endpointPaths.jwks,
    scopes_supported: catalog
      .scopes()
      .filter((scope) => scope.public)
      .map(({ name }) => name),
    grant_types_supported: [...new Set([...supportedGrantTypes, ...Object.values(grantTypeOf)])],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: idTokenAlgorithms,
    userinfo_endpoint: issuer + endpointPaths.userinfo,
    userinfo_signing_alg_values_supported: idTokenAlgorithms,
    claim_types_supported: ['normal'],
    claims_supported: claimsSupported,
    end_session_endpoint: issuer + endpointPaths.endSession,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    introspection_endpoint_auth_methods_supported: provingMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
  };
}

/** What ID tokens and userinfo answers can say of a person and of the sign-in (OpenID Connect Discovery §3). */
const claimsSupported: readonly string[] = [
  'sub',
  'auth_time',
  'acr',
  'amr',
  'sid',
  ...Object.values(claimsOfScopes).flat(),
];

/** What requests at the authorization endpoint can say. */
function authorizationMetadata({
  issuer,
  uiLocales,
  signUp,
}: {
  readonly issuer: string;
  readonly uiLocales: readonly string[];
  readonly signUp: boolean;
}): JsonObject {
  return {
    authorization_endpoint: issuer + endpointPaths.authorization,
    response_types_supported: responseTypes,
    response_modes_supported: responseModes,
    code_challenge_methods_supported: codeChallengeMethods,
    // RFC 9207 §3
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: prompts.filter((prompt) => signUp || prompt !== 'create'),
    acr_values_supported: authenticationContexts,
    display_values_supported: displays,
    ui_locales_supported: uiLocales,
    claims_parameter_supported: true,
    request_parameter_supported: false,
    // What is not said is true (OpenID Connect Discovery §3).
    request_uri_parameter_supported: false,
  };
}

/** `plain` protects nothing (RFC 9700 §2.1.1). */
const codeChallengeMethods: readonly CodeChallenge['method'][] = ['S256'];

/**
 * Where the metadata is found: RFC 8414 §3.1 puts the issuer's path behind the well-known part, OpenID Connect Discovery
 * §4 in front of it.
 */
export function metadataPaths(issuer: string): readonly string[] {
  const path = issuerPath(issuer);
  return [
    ...new Set([
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      `${path}/.well-known/openid-configuration`,
      `/.well-known/oauth-authorization-server${path}`,
    ]),
  ];
}

/** The path of the issuer without a trailing slash; empty when there is none. */
export function issuerPath(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, '');
}

/** An issuer with a path is reached with it, or without it behind a proxy that strips it. */
export function mountPoints(issuer: string): ReadonlySet<string> {
  return new Set(['', issuerPath(issuer)]);
}
