import type { FastifyInstance } from 'fastify';
import { type AuthenticateCaller, createCallerAuthentication } from '../admin/caller.ts';
import { createClientsApi } from '../admin/clients-api/dialect.ts';
import { connectServices, createConnectRoutes } from '../admin/connect/connect-routes.ts';
import type { GrpcServer } from '../admin/connect/grpc-server.ts';
import { documentLoginApi } from '../admin/login-api/documentation.ts';
import { createAccountFinder } from '../admin/login-api/flow-user.ts';
import { createLoginApi } from '../admin/login-api/routes.ts';
import { type DocumentedDialect, describeDialects } from '../admin/openapi.ts';
import { mountRestDialect } from '../admin/rest-dialect.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import { documentPer } from '../protocol/endpoints/public-document.ts';
import { mountDocument } from '../protocol/http.ts';
import { hasAudience } from '../protocol/tokens/access-token-claims.ts';
import type { Core } from './core.ts';

/**
 * Mounts every administration dialect that is switched on.
 * @returns the gRPC server, where that has a port of its own
 */
export async function mountAdministration(
  app: FastifyInstance,
  core: Core,
  limits: EndpointLimits,
): Promise<GrpcServer | null> {
  const authenticate = createAuthentication(core);
  mountRestDialects(app, core, { authenticate, limits });
  return mountConnect(app, core, { authenticate, limits });
}

/** Who is let in, and how often. */
export interface Entry {
  readonly authenticate: AuthenticateCaller;
  readonly limits: EndpointLimits;
}

/** The Connect dialect, where it is switched on; loaded when it is first called, unless gRPC has a port of its own. */
async function mountConnect(app: FastifyInstance, core: Core, entry: Entry): Promise<GrpcServer | null> {
  const { configuration } = core;
  if (!configuration.declarations.server.dialects.connect) return null;
  const load = () => import('./connect.ts');
  const open = async () => (await load()).openConnect(core, entry);
  app.register(createConnectRoutes(connectServices, open));
  return configuration.grpcPort === null ? null : (await load()).openGrpc(core, entry);
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
function mountRestDialects(app: FastifyInstance, core: Core, entry: Entry): void {
  const { issuer, logger, configuration, storage } = core;
  const { clients, logoutNotices } = storage.stores;
  const { dialects, accessTokenTtl } = configuration.declarations.server;
  const served: readonly DocumentedDialect[] = [
    ...(dialects.loginApi
      ? [documentLoginApi(createLoginApi({ ...core, findAccount: createAccountFinder(core.accounts) }))]
      : []),
    ...(dialects.clientsApi
      ? [createClientsApi({ ...core, clients, logoutNotices, accessTokenTtlSeconds: accessTokenTtl })]
      : []),
  ];
  for (const { dialect } of served) mountRestDialect(app, dialect, { ...entry, logger });
  const document = documentPer(() => JSON.stringify(describeDialects(issuer, served)));
  mountDocument(app, '/openapi.json', 'for-minutes', async () => document());
}
