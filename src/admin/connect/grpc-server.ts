import type { EventEmitter } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type Http2Stream,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import { logWhenAnswered, type RequestObserver } from '../../http/access-log.ts';
import { limitConnections } from '../../http/connection-limits.ts';
import { endLateBody } from '../../http/late-body.ts';
import { httpLimits } from '../../http/limits.ts';
import { requestIdHeader } from '../../http/request-id.ts';
import { createTrustedProxies } from '../../http/trusted-proxies.ts';
import { randomUuid } from '../../kernel/random.ts';
import { type ConnectOptions, createConnectHandler } from './connect-handler.ts';

/** gRPC, Connect and gRPC-Web over HTTP/2 without TLS (h2c), for a port of its own. */
export interface GrpcServer {
  /** Not listening yet. */
  readonly server: Http2Server;
  /** Takes no new calls, lets running ones end for `graceMs`, then closes their connections. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** What a server of its own needs beside the face. */
export interface GrpcServerOptions extends ConnectOptions {
  /** Addresses and CIDR blocks, whose connections are anybody's. Default: none. */
  readonly trustedProxies?: readonly string[];
}

type Surrounding = NonNullable<RequestObserver['within']>;

const idleMs = 120_000;
/** Each may have a hundred calls with a body of 4 MiB; one stranger must not take them all. */
const connectionLimits = { connections: 256, connectionsPerAddress: 128 };

/**
 * Makes a server for `routes`; unknown paths answer 404, which gRPC clients read as `unimplemented`.
 *
 * @param longestBodyMs the milliseconds that a caller has to send a call, a stream too; default: as on the main port
 */
export function createGrpcServer(
  options: GrpcServerOptions,
  longestBodyMs: number = httpLimits.requestTimeout,
): GrpcServer {
  const { services, handle } = createConnectHandler(options);
  const { logger, observer, trustedProxies = [] } = options;
  const within: Surrounding = observer?.within ?? ((_request, _response, answer) => answer());
  const server = createServer(
    { settings: { maxConcurrentStreams: 100, maxHeaderListSize: httpLimits.header } },
    (request, response) => {
      const id = randomUuid();
      const { method, headers } = request;
      const client = request.socket.remoteAddress;
      const route = patternOf(request.url, services);
      logWhenAnswered(logger, { requestId: id, method, route, client }, response, observer);
      response.setHeader(requestIdHeader, id);
      endLateBody(request, response, longestBodyMs);
      within({ requestId: id, method, route, headers }, response, () => handle(request, response, id));
    },
  );

  limitConnections({ server }, connectionLimits, {
    logger,
    isTrustedProxy: createTrustedProxies(trustedProxies),
  });
  const { sockets, streams, sessions, silent } = trackOpen(server);
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

/** What is open on a server at any moment. */
interface Open {
  readonly sockets: ReadonlySet<Socket>;
  readonly streams: ReadonlySet<Http2Stream>;
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /** The sessions whose client has not said anything yet. */
  readonly silent: ReadonlySet<ServerHttp2Session>;
}

function trackOpen(server: Http2Server): Open {
  const sockets = new Set<Socket>();
  const streams = new Set<Http2Stream>();
  const sessions = new Set<ServerHttp2Session>();
  const silent = new Set<ServerHttp2Session>();
  server.on('connection', (socket: Socket) => keepWhileOpen(sockets, socket));
  server.on('stream', (stream) => keepWhileOpen(streams, stream));
  server.on('session', (session) => {
    keepWhileOpen(sessions, session);
    keepWhileOpen(silent, session);
    session.once('remoteSettings', () => silent.delete(session));
    session.setTimeout(idleMs, () => session.destroy());
  });
  return { sockets, streams, sessions, silent };
}

function keepWhileOpen<Closable extends EventEmitter>(open: Set<Closable>, one: Closable): void {
  open.add(one);
  one.once('close', () => open.delete(one));
}

/** As the routes of the main port are called. */
function patternOf(path: string, services: ReadonlySet<string>): string {
  const service = path.split('/', 2)[1] ?? '';
  return services.has(service) ? `/${service}/*` : 'unmatched';
}
