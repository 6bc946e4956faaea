import type { Scopes } from '../../applications/scopes.ts';
import type { Registry } from '../../clients/registry.ts';
import { clientsApiLifetimes } from '../../clients/rules/face-limits.ts';
import type { DocumentedDialect } from '../openapi.ts';
import { createClientRoutes } from './clients.ts';
import { clientsApiSchemas, errorSchemaOf } from './documentation.ts';
import { answerError, answerRefusal } from './errors.ts';
import { createProviderRoutes, type ProviderRoutesDependencies } from './identity-providers.ts';
import { createLogoutNoticeRoutes, type LogoutNoticeRoutesDependencies } from './logout-notices.ts';
import { createScopeChanges } from './scope-changes.ts';
import { createScopeRoutes } from './scopes.ts';

/** What the dialect is made of. */
export interface ClientsApiDependencies extends ProviderRoutesDependencies, LogoutNoticeRoutesDependencies {
  readonly registry: Registry;
  readonly scopes: Scopes;
  /** The lifetime of access tokens of clients that have none of their own, which other faces make. */
  readonly accessTokenTtlSeconds: number;
}

/** Makes the clients API: clients, scopes and identity providers. */
export function createClientsApi(deps: ClientsApiDependencies): DocumentedDialect {
  const { scopes, accessTokenTtlSeconds } = deps;
  const lifetimes = { ...clientsApiLifetimes, accessTokenTtl: accessTokenTtlSeconds };
  const routes = [
    ...createClientRoutes({ ...deps, lifetimes }),
    ...createLogoutNoticeRoutes(deps),
    ...createScopeRoutes({ scopes, changes: createScopeChanges(deps) }),
    ...createProviderRoutes(deps),
  ];
  const prefixes = ['/api/clients', '/api/scopes', '/api/identity-providers'];
  const id = { description: 'A UUID.', schema: { type: 'string', format: 'uuid' } };
  return {
    dialect: { face: 'clients-api', prefixes, routes, refuse: answerRefusal, answerError },
    tag: { name: 'clients API', description: 'Clients, scopes and identity providers.' },
    pathParameters: { client_id: id, id },
    schemas: clientsApiSchemas,
    errorSchemaOf,
  };
}
