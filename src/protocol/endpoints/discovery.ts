import type { Catalog } from '../../applications/catalog.ts';
import { type SignatureAlg, signatureAlgs } from '../../clients/client.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import { isMacAlg, namesOf } from '../client-authentication/assertion.ts';
import { supportedAuthMethods } from '../client-authentication/index.ts';
import { supportedGrantTypes } from '../grants/index.ts';
import { endpointPaths } from '../vocabulary.ts';

/**
 * The server's metadata (RFC 8414 §2, OpenID Connect Discovery §3), derived from the tables that the engine itself
 * runs on. Scopes that are not public are not shown.
 */
export function serverMetadata(deps: {
  readonly issuer: string;
  readonly catalog: Pick<Catalog, 'scopes'>;
  /** The algorithms that clients can have their ID tokens signed with. */
  readonly idTokenAlgorithms: readonly SignatureAlg[];
  /** False: the server keeps verifiers of secrets alone, and no secret can be the key of an assertion. */
  readonly secretsKept: boolean;
}): JsonObject {
  const { issuer, catalog, idTokenAlgorithms, secretsKept } = deps;
  const methods = supportedAuthMethods.filter((method) => secretsKept || method !== 'client_secret_jwt');
  const provingMethods = methods.filter((method) => method !== 'none');
  const assertionAlgs = signatureAlgs.filter((alg) => secretsKept || !isMacAlg(alg)).flatMap(namesOf);
  return {
    issuer,
    token_endpoint: issuer + endpointPaths.token,
    introspection_endpoint: issuer + endpointPaths.introspection,
    revocation_endpoint: issuer + endpointPaths.revocation,
    jwks_uri: issuer + endpointPaths.jwks,
    scopes_supported: catalog
      .scopes()
      .filter((scope) => scope.public)
      .map(({ name }) => name),
    // Required by both documents, even where there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: supportedGrantTypes,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: idTokenAlgorithms,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    introspection_endpoint_auth_methods_supported: provingMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
  };
}

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
