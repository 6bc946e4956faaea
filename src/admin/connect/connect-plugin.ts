import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import { type ConnectOptions, createConnectHandler } from './connect-handler.ts';

/**
 * A Fastify plugin that serves Connect and gRPC-Web, and gRPC where the server speaks HTTP/2, on the paths of the
 * services alone. How other routes parse their bodies stays as it is.
 */
export function createConnectPlugin(options: ConnectOptions): FastifyPluginCallback {
  const { services, handle } = createConnectHandler(options);
  return (instance, _options, done) => {
    // Within this plugin the body is left unread: the handler reads it, under its own limit.
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
    for (const service of services) {
      instance.all(`/${service}/*`, { config: { allow: ['POST'] } }, (request, reply) => {
        reply.hijack();
        copyHeaders(reply);
        handle(request.raw, reply.raw, request.id);
      });
    }
    done();
  };
}

/** Headers that hooks have set stay with the reply, which is not sent. */
function copyHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
}
