import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import type { ConnectHandler } from './connect-handler.ts';

/**
 * Full names of the services of the dialect, gRPC server reflection included: what must be known to mount it before
 * it is loaded.
 */
export const connectServices = [
  'xeonr.auth.api.v1.ClientsService',
  'xeonr.auth.api.v1.AuthorisationsService',
  'xeonr.auth.api.v1.MeService',
  'xeonr.auth.api.v1.ApplicationService',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
] as const;

/**
 * A Fastify plugin that serves Connect and gRPC-Web, and gRPC where the server speaks HTTP/2, on the paths of `services`
 * alone. How other routes parse their bodies stays as it is.
 *
 * @param load called by the first request, since the libraries behind the handler take a tenth of a second and 30 MB; and
 *   again by the next one after it has failed
 */
export function createConnectRoutes(
  services: Iterable<string>,
  load: () => Promise<Pick<ConnectHandler, 'handle'>>,
): FastifyPluginCallback {
  const loadOnce = keepFulfilled(load);
  return (instance, _options, done) => {
    // Within this plugin the body is left unread: the handler reads it, under its own limit.
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
    for (const service of services) {
      instance.all(`/${service}/*`, { config: { allow: ['POST'] } }, async (request, reply) => {
        const { handle } = await loadOnce();
        reply.hijack();
        copyHeaders(reply);
        handle(request.raw, reply.raw, request.id);
      });
    }
    done();
  };
}

function keepFulfilled<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loaded: Promise<Value> | undefined;
  const forget = (): void => {
    loaded = undefined;
  };
  return () => {
    if (loaded === undefined) {
      loaded = load();
      loaded.catch(forget);
    }
    return loaded;
  };
}

/** Headers that hooks have set stay with the reply, which is not sent. */
function copyHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
}
