import type { FastifyInstance } from 'fastify';
import type { AccountStore } from '../accounts/account.ts';
import type { Catalog } from '../applications/catalog.ts';
import type { CurrentCatalog } from '../applications/live-catalog.ts';
import type { SecretKeeper } from '../clients/secret.ts';
import type { ClientStore } from '../clients/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import type { KeySet } from '../keys/key-set.ts';
import type { SigningAlgorithm } from '../keys/signing-algorithm.ts';
import { createClientAuthentication } from './client-authentication/index.ts';
import { createSecretUseRecorder, type SecretUseRecorder } from './client-authentication/secret-use.ts';
import type { ConsentUseRecorder } from './consent-use.ts';
import { metadataPaths, mountPoints, serverMetadata } from './endpoints/discovery.ts';
import { createIntrospectionEndpoint } from './endpoints/introspection.ts';
import { documentPer } from './endpoints/public-document.ts';
import { createRevocationEndpoint } from './endpoints/revocation.ts';
import { createTokenEndpoint } from './endpoints/token.ts';
import { createUserinfoEndpoint } from './endpoints/userinfo.ts';
import { createErrorHandler } from './error-handler.ts';
import { createGrants } from './grants/index.ts';
import { acceptForms, type FormEndpoint, mountDocument, mountForm } from './http.ts';
import type { ProtocolListener } from './listener.ts';
import type { AccessTokenStore, SingleUseStore } from './store.ts';
import type { GrantStore } from './stored-grant.ts';
import { createAccessTokenIssuer } from './tokens/access-token.ts';
import type { ClientTokens } from './tokens/client-tokens.ts';
import type { AccessTokenVerifier } from './tokens/verify-access-token.ts';
import { endpointPaths } from './vocabulary.ts';

/** The limits of each endpoint that takes a form. Those of the authorization endpoint are where its pages are. */
export type FormLimits = Readonly<
  Record<'token' | 'introspection' | 'revocation' | 'userinfo', EndpointLimits>
>;

/** What the protocol engine is made of. */
export interface ProtocolDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly clients: Pick<ClientStore, 'load' | 'adoptSecret' | 'recordSecretUse'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches' | 'matchImported' | 'open' | 'seal'>;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly accessTokens: AccessTokenStore;
  readonly grants: GrantStore;
  readonly consentUse: ConsentUseRecorder;
  readonly singleUse: SingleUseStore;
  readonly currentCatalog: CurrentCatalog;
  /** The public keys of clients, as they are when the call begins. */
  readonly currentClientKeys: () => Promise<readonly JsonObject[]>;
  readonly keyring: { readonly keySet: () => KeySet };
  readonly verifier: AccessTokenVerifier;
  readonly clientTokens: ClientTokens;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener?: ProtocolListener | undefined;
  /** How often each client and each address may ask. */
  readonly limits: FormLimits;
  /** The life of an access token whose client sets none. */
  readonly accessTokenTtlSeconds: number;
  /** What access tokens that are JWTs are signed with. */
  readonly accessTokenAlgorithm: SigningAlgorithm;
  /** Whether refresh tokens of clients that prove a secret are used once too. */
  readonly rotateConfidential: boolean;
  /** The languages of the pages (BCP 47). */
  readonly uiLocales: readonly string[];
  /** Whether people may make accounts themselves. */
  readonly signUp: boolean;
}

/** Mounts the protocol's endpoints. Closing `app` writes what is still to be written: the store must outlive it. */
export function registerProtocol(app: FastifyInstance, deps: ProtocolDeps): void {
  app.register(async (scope) => {
    acceptForms(scope);
    scope.setErrorHandler(createErrorHandler(deps.logger, deps.listener));
    mountForms(scope, deps);
    mountDocuments(scope, deps);
  });
}

function mountForms(scope: FastifyInstance, deps: ProtocolDeps): void {
  const secretUse = createSecretUseRecorder(deps);
  scope.addHook('onClose', async () => {
    await Promise.all([secretUse.flush(), deps.consentUse.flush()]);
  });
  for (const { url, ...endpoint } of createEndpoints(deps, secretUse)) {
    for (const mountPoint of mountPoints(deps.issuer))
      mountForm(scope, { ...endpoint, url: mountPoint + url });
  }
}

/** Every endpoint that takes a form, by its path below the issuer. */
function createEndpoints(deps: ProtocolDeps, secretUse: SecretUseRecorder): readonly FormEndpoint[] {
  const { limits, clientTokens } = deps;
  const shared = { ...deps, clientAuthentication: createClientAuthentication({ ...deps, secretUse }) };
  const token = createTokenEndpoint({
    ...shared,
    ...clientTokens,
    grants: createGrants(deps),
    tokenIssuer: createAccessTokenIssuer(deps),
  });
  const introspection = createIntrospectionEndpoint(shared);
  const revocation = createRevocationEndpoint(shared);
  const userinfo = createUserinfoEndpoint({ ...deps, ...clientTokens });
  const form = { callers: 'client', methods: ['POST'], origins: 'any', query: 'refused' } as const;
  return [
    { ...form, url: endpointPaths.token, limits: limits.token, answer: token.answer },
    { ...form, url: endpointPaths.revocation, limits: limits.revocation, answer: revocation.answer },
    {
      ...form,
      url: endpointPaths.introspection,
      limits: limits.introspection,
      // Whoever may ask has a secret, and keeps it out of browsers.
      origins: 'none',
      answer: introspection.answer,
    },
    {
      ...form,
      url: endpointPaths.userinfo,
      callers: 'token',
      methods: ['GET', 'POST'],
      query: 'passed-over',
      limits: limits.userinfo,
      answer: userinfo.answer,
    },
  ];
}

function mountDocuments(scope: FastifyInstance, deps: ProtocolDeps): void {
  const { issuer, currentCatalog, currentClientKeys, keyring, clientTokens } = deps;
  const jwks = documentPer(({ publicJwks }: KeySet, clientKeys: readonly JsonObject[]) =>
    JSON.stringify({ keys: [...publicJwks, ...clientKeys] }),
  );
  const idTokenAlgorithms = clientTokens.algorithms;
  const metadata = documentPer((catalog: Catalog) =>
    JSON.stringify(serverMetadata({ ...deps, catalog, idTokenAlgorithms })),
  );
  for (const mountPoint of mountPoints(issuer)) {
    // A key signs from the moment that it is made.
    mountDocument(scope, mountPoint + endpointPaths.jwks, 'never', async () =>
      jwks(keyring.keySet(), await currentClientKeys()),
    );
  }
  for (const path of metadataPaths(issuer)) {
    mountDocument(scope, path, 'for-minutes', async () => metadata(await currentCatalog()));
  }
}
