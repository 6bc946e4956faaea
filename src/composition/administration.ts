import type { FastifyInstance } from 'fastify';
import { type AuthenticateCaller, createCallerAuthentication } from '../admin/caller.ts';
import { createClientsApi } from '../admin/clients-api/dialect.ts';
import { createAdmission } from '../admin/connect/admission.ts';
import { addClientsService } from '../admin/connect/clients-service.ts';
import type { ConnectOptions } from '../admin/connect/connect-handler.ts';
import { createConnectPlugin } from '../admin/connect/connect-plugin.ts';
import { createGrpcServer, type GrpcServer } from '../admin/connect/grpc-server.ts';
import { addReflection } from '../admin/connect/reflection.ts';
import { documentLoginApi } from '../admin/login-api/documentation.ts';
import { createAccountFinder } from '../admin/login-api/flow-user.ts';
import { createLoginApi } from '../admin/login-api/routes.ts';
import { createLogoReader } from '../admin/logo-image.ts';
import { createLogoUris } from '../admin/logo-route.ts';
import { type DocumentedDialect, describeDialects } from '../admin/openapi.ts';
import { mountRestDialect } from '../admin/rest-dialect.ts';
import { ClientsService } from '../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { documentPer } from '../protocol/endpoints/public-document.ts';
import { mountDocument } from '../protocol/http.ts';
import { hasAudience } from '../protocol/tokens/access-token-claims.ts';
import type { Core } from './core.ts';

/**
 * Mounts every administration dialect that is switched on.
 * @returns the gRPC server, where that has a port of its own
 */
export function mountAdministration(app: FastifyInstance, core: Core): GrpcServer | null {
  const authenticate = createAuthentication(core);
  mountRestDialects(app, core, authenticate);
  return mountConnect(app, core, authenticate);
}

/** The Connect dialect, where it is switched on; answers the gRPC server, where that has a port of its own. */
function mountConnect(app: FastifyInstance, core: Core, authenticate: AuthenticateCaller): GrpcServer | null {
  const { configuration } = core;
  if (!configuration.declarations.server.dialects.connect) return null;
  const connect = connectOptions(core, authenticate);
  app.register(createConnectPlugin(connect));
  return configuration.grpcPort === null ? null : createGrpcServer(connect);
}

/** The one way in for administration, whichever face it is through. */
function createAuthentication(core: Core): AuthenticateCaller {
  const { issuer, verifier, accounts, catalog, declared } = core;
  return createCallerAuthentication({
    verifyToken: async (token) => {
      const verified = await verifier.verify(token);
      if (!verified || !hasAudience(verified.claims, issuer)) return undefined;
      const { sub, client_id: clientId, scope = '' } = verified.claims;
      return { subject: sub, clientId, scopes: new Set(scope.split(' ')) };
    },
    isAdministrator: async (id) => {
      const account = await accounts.load(id);
      return account?.administrator === true && !account.disabled;
    },
    administeredBy: catalog.administeredBy,
    bootstrapClientId: declared.bootstrapClientId,
  });
}

/** The REST dialects that are switched on, and the document that describes them. */
function mountRestDialects(app: FastifyInstance, core: Core, authenticate: AuthenticateCaller): void {
  const { issuer, logger, configuration } = core;
  const { dialects, accessTokenTtl } = configuration.declarations.server;
  const served: readonly DocumentedDialect[] = [
    ...(dialects.loginApi
      ? [documentLoginApi(createLoginApi({ ...core, findAccount: createAccountFinder(core.accounts) }))]
      : []),
    ...(dialects.clientsApi ? [createClientsApi({ ...core, accessTokenTtlSeconds: accessTokenTtl })] : []),
  ];
  for (const { dialect } of served) mountRestDialect(app, dialect, { authenticate, logger });
  const document = documentPer(() => JSON.stringify(describeDialects(issuer, served)));
  mountDocument(app, '/openapi.json', 'for-minutes', async () => document());
}

/** The Connect dialect, for every server that it is mounted on. */
function connectOptions(
  { logger, issuer, registry }: Core,
  authenticate: AuthenticateCaller,
): ConnectOptions {
  const logoUriOf = createLogoUris(issuer);
  const readLogo = createLogoReader();
  return {
    logger,
    admission: createAdmission(authenticate),
    routes: (router) => {
      addClientsService(router, { registry, readLogo, logoUriOf });
      addReflection(router, [ClientsService]);
    },
  };
}
