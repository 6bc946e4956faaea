import type { FastifyInstance } from 'fastify';
import { registerLogos } from '../admin/logo-route.ts';
import { serveHealth } from '../http/health.ts';
import { createHttpServer } from '../http/http-server.ts';
import { listenAt, listenOn, ownAddressesOf } from '../http/listen.ts';
import { createReadiness, type Readiness } from '../http/readiness.ts';
import { languages } from '../interaction/pages/models.ts';
import { registerProtocol } from '../protocol/routes.ts';
import { mountAdministration } from './administration.ts';
import type { Core } from './core.ts';
import { type Limits, openLimits } from './limits.ts';
import { signingMeans } from './open-registry.ts';
import { mountPages } from './pages.ts';
import type { People } from './people.ts';

/** What gRPC calls have to finish when the server stops; below the limit that stopping has as a whole. */
const graceMs = 20_000;

/** The endpoints of a running server. */
export interface Faces {
  readonly readiness: Readiness;
  readonly grpcPort: number | null;
  readonly servers: readonly { readonly close: () => PromiseLike<unknown> }[];
}

/** Every endpoint, listening. */
export async function openFaces(core: Core, people: People): Promise<Faces> {
  const { configuration, storage, reserved } = core;
  const readiness = createReadiness({ storage: storage.isReady });
  const limits = openLimits(core);
  const app = openMainPort(core, limits, readiness);
  mountPages(app, core, people, limits);
  const grpc = await mountAdministration(app, core, limits.administration);
  try {
    const addresses = await ownAddressesOf(configuration.host);
    await listenOn(app, addresses, reserved);
    if (grpc === null) return { readiness, grpcPort: null, servers: [app] };
    const grpcPort = await listenAt(grpc.server, configuration.host, configuration.grpcPort ?? 0);
    return { readiness, grpcPort, servers: [app, { close: () => grpc.close(graceMs) }] };
  } catch (error) {
    // One port may be open already, and would keep the process running.
    await app.close();
    throw error;
  }
}

/** The main port, with everything but administration. */
function openMainPort(core: Core, limits: Limits, readiness: Readiness): FastifyInstance {
  const { configuration, storage, logger, issuer, observers } = core;
  const { maxConnections, maxConnectionsPerAddress } = configuration.declarations.server;
  const app = createHttpServer({
    ...configuration,
    logger,
    issuer,
    observer: observers.requests,
    limits: { connections: maxConnections, connectionsPerAddress: maxConnectionsPerAddress },
  });
  observers.serve(app, limits.metrics);
  serveHealth(app, readiness);
  const { stores } = storage;
  registerProtocol(app, {
    ...core,
    ...stores,
    ...signingMeans(configuration),
    listener: observers.protocol,
    limits,
    currentClientKeys: core.clientKeys.published,
    accessTokenTtlSeconds: configuration.declarations.server.accessTokenTtl,
    accessTokenAlgorithm: configuration.declarations.server.accessTokenAlgorithm,
    rotateConfidential: configuration.declarations.server.refreshTokens.rotateConfidential,
    uiLocales: languages,
    signUp: configuration.declarations.server.signUp.enabled,
  });
  registerLogos(app, stores.clients.loadImage);
  return app;
}
