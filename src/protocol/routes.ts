import type { FastifyInstance } from 'fastify';
import type { AccountStore } from '../accounts/account.ts';
import type { Catalog } from '../applications/catalog.ts';
import type { SecretKeeper } from '../clients/secret.ts';
import type { ClientStore } from '../clients/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { KeySet } from '../keys/key-set.ts';
import { createClientAuthentication } from './client-authentication/index.ts';
import { createSecretUseRecorder } from './client-authentication/secret-use.ts';
import { issuerPath, metadataPaths, serverMetadata } from './endpoints/discovery.ts';
import { createIntrospectionEndpoint } from './endpoints/introspection.ts';
import { documentPer } from './endpoints/public-document.ts';
import { createRevocationEndpoint } from './endpoints/revocation.ts';
import { createTokenEndpoint } from './endpoints/token.ts';
import { createErrorHandler } from './error-handler.ts';
import { createGrants } from './grants/index.ts';
import { acceptForms, mountDocument, mountForm } from './http.ts';
import type { AccessTokenStore } from './store.ts';
import { createAccessTokenIssuer } from './tokens/access-token.ts';
import type { AccessTokenVerifier } from './tokens/verify-access-token.ts';
import { endpointPaths } from './vocabulary.ts';

/** What the protocol engine is made of. */
export interface ProtocolDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly clients: Pick<ClientStore, 'load' | 'adoptSecret' | 'recordSecretUse'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches' | 'matchImported' | 'seal'>;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly accessTokens: AccessTokenStore;
  readonly catalog: Catalog;
  readonly keyring: { readonly keySet: () => KeySet };
  readonly verifier: AccessTokenVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The life of an access token whose client sets none. Default: 3600. */
  readonly accessTokenTtlSeconds?: number;
}

/** Mounts the protocol's endpoints. Closing `app` writes what is still to be written: the store must outlive it. */
export function registerProtocol(app: FastifyInstance, deps: ProtocolDeps): void {
  app.register(async (scope) => {
    acceptForms(scope);
    scope.setErrorHandler(createErrorHandler(deps.logger));
    mountForms(scope, deps);
    mountDocuments(scope, deps);
  });
}

function mountForms(scope: FastifyInstance, deps: ProtocolDeps): void {
  const secretUse = createSecretUseRecorder(deps);
  scope.addHook('onClose', () => secretUse.close());
  const shared = { ...deps, clientAuthentication: createClientAuthentication({ ...deps, secretUse }) };
  const token = createTokenEndpoint({
    ...shared,
    grants: createGrants(deps),
    tokenIssuer: createAccessTokenIssuer({ ...deps, defaultTtlSeconds: deps.accessTokenTtlSeconds ?? 3600 }),
  });
  const introspection = createIntrospectionEndpoint(shared);
  const revocation = createRevocationEndpoint(shared);

  for (const mountPoint of mountPoints(deps.issuer)) {
    mountForm(scope, mountPoint + endpointPaths.token, token.answer);
    mountForm(scope, mountPoint + endpointPaths.introspection, introspection.answer);
    mountForm(scope, mountPoint + endpointPaths.revocation, revocation.answer);
  }
}

function mountDocuments(scope: FastifyInstance, deps: ProtocolDeps): void {
  const { issuer, catalog, keyring } = deps;
  const jwks = documentPer((keySet: KeySet) => keySet.jwks);
  const metadata = documentPer(({ algorithms }: KeySet) =>
    JSON.stringify(serverMetadata({ issuer, catalog, algorithms })),
  );
  for (const mountPoint of mountPoints(issuer)) {
    mountDocument(scope, mountPoint + endpointPaths.jwks, () => jwks(keyring.keySet()));
  }
  for (const path of metadataPaths(issuer)) {
    mountDocument(scope, path, () => metadata(keyring.keySet()));
  }
}

/** An issuer with a path is reached with it, or without it behind a proxy that strips it. */
function mountPoints(issuer: string): ReadonlySet<string> {
  return new Set(['', issuerPath(issuer)]);
}
