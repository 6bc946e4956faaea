import {
  constants,
  createServer,
  type Http2Server,
  type Http2Stream,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import { logWhenAnswered } from '../../http/access-log.ts';
import { randomUuid } from '../../kernel/random.ts';
import { type ConnectOptions, createConnectHandler } from './connect-handler.ts';

/** gRPC, Connect and gRPC-Web over HTTP/2 without TLS (h2c), for a port of its own. */
export interface GrpcServer {
  /** Not listening yet. */
  readonly server: Http2Server;
  /** Takes no new calls, lets running ones end for `graceMs`, then closes their connections. */
  readonly close: (graceMs: number) => Promise<void>;
}

const idleMs = 120_000;
const maxHeaderListSize = 16_384;
/** Each may have a hundred calls with a body of 4 MiB. */
const mostConnections = 256;

/** Makes a server for `routes`; unknown paths answer 404, which gRPC clients read as `unimplemented`. */
export function createGrpcServer(options: ConnectOptions): GrpcServer {
  const { services, handle } = createConnectHandler(options);
  const server = createServer(
    { settings: { maxConcurrentStreams: 100, maxHeaderListSize } },
    (request, response) => {
      const id = randomUuid();
      const client = request.socket.remoteAddress;
      const route = patternOf(request.url, services);
      logWhenAnswered(options.logger, { requestId: id, method: request.method, route, client }, response);
      response.setHeader('x-request-id', id);
      handle(request, response, id);
    },
  );

  server.maxConnections = mostConnections;

  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const streams = new Set<Http2Stream>();
  server.on('stream', (stream) => {
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
  });
  const sessions = new Set<ServerHttp2Session>();
  const silent = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    silent.add(session);
    session.once('remoteSettings', () => silent.delete(session));
    session.once('close', () => {
      sessions.delete(session);
      silent.delete(session);
    });
    session.setTimeout(idleMs, () => session.destroy());
  });

  return {
    server,
    close: async (graceMs) => {
      // Who has not even sent the preface (RFC 9113 §3.4) would not hear a polite end.
      for (const session of silent) session.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        // A client that sees no more than the end of its connection may wait for its answer for ever.
        for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
        setImmediate(() => {
          for (const session of sessions) session.destroy();
          for (const socket of sockets) socket.destroy();
        });
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** As the routes of the main port are called. */
function patternOf(path: string, services: ReadonlySet<string>): string {
  const service = path.split('/', 2)[1] ?? '';
  return services.has(service) ? `/${service}/*` : 'unmatched';
}
