import type { Http2SecureServer } from 'node:http2';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from '../kernel/logger.ts';
import { logWhenAnswered, type RequestObserver } from './access-log.ts';
import { limitConnections } from './connection-limits.ts';
import { endConnectionsWith } from './connections.ts';
import { answerClientError, answerUnmatched, createErrorHandler } from './error-answers.ts';
import { readJsonStrictly } from './json-body.ts';
import { endLateBody } from './late-body.ts';
import { type HttpLimits, httpLimits } from './limits.ts';
import { createRequestIds } from './request-id.ts';
import { commonHeaders } from './security-headers.ts';
import { createTrustedProxies } from './trusted-proxies.ts';
import { unroutedAnswerTo } from './unrouted.ts';

/** A certificate chain and its private key, both PEM. */
export interface TlsCredentials {
  readonly certificate: string;
  readonly key: string;
}

/** What the HTTP server needs to know. */
export interface HttpServerOptions {
  readonly logger: Logger;
  /** Strict-Transport-Security is sent when it is https. */
  readonly issuer: string;
  /** Addresses and CIDR blocks. */
  readonly trustedProxies: readonly string[];
  /** Null: plain HTTP. */
  readonly tls: TlsCredentials | null;
  /** Default: `httpLimits`. */
  readonly limits?: Partial<HttpLimits>;
  readonly observer?: RequestObserver | undefined;
}

/** TLS 1.3 as it is; of TLS 1.2 the suites that are forward secret and authenticated (RFC 9325 §4.2). */
const cipherSuites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * Makes the server without any endpoint: ids, access log, common headers, limits and error answers. With TLS it
 * speaks HTTP/1.1 and HTTP/2 by ALPN, which gRPC needs.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const limits = { ...httpLimits, ...options.limits };
  const begin = createBeginning(options);
  const app =
    options.tls === null
      ? openPlain(options, limits, begin)
      : openSecure(options, limits, begin, options.tls);
  endConnectionsWith(app);
  const isTrustedProxy = createTrustedProxies(options.trustedProxies);
  limitConnections(app, limits, { logger: options.logger, isTrustedProxy });
  app.addHook('onRequest', (request, reply, done) => {
    endLateBody(request.raw, reply.raw, limits.requestTimeout);
    begin(request, reply);
    done();
  });
  surroundRequests(app, options.observer);
  app.setErrorHandler(createErrorHandler(options.logger));
  readJsonStrictly(app);
  answerUnmatched(app);
  return app;
}

/** Lets the observer stand around every request, where it wants to. */
function surroundRequests(app: FastifyInstance, observer: RequestObserver | undefined): void {
  const within = observer?.within;
  if (within === undefined) return;
  app.addHook('onRequest', (request, reply, done) => {
    const { id: requestId, method, headers } = request;
    within({ requestId, method, route: request.routeOptions.url ?? 'unmatched', headers }, reply.raw, done);
  });
}

/** What happens first to every request. */
type Beginning = (request: FastifyRequest, reply: FastifyReply) => void;

function createBeginning({ logger, issuer, observer }: HttpServerOptions): Beginning {
  const headersFor = commonHeaders(issuer);
  return (request, reply) => {
    const { id: requestId, method, ip: client } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    logWhenAnswered(logger, { requestId, method, route, client }, reply.raw, observer);
    reply.headers(headersFor(request.id));
  };
}

function openPlain(options: HttpServerOptions, limits: HttpLimits, begin: Beginning): FastifyInstance {
  return fastify({ ...commonOptions(options, limits, begin), http: nodeOptions(limits) });
}

function openSecure(
  options: HttpServerOptions,
  limits: HttpLimits,
  begin: Beginning,
  tls: TlsCredentials,
): FastifyInstance {
  const https = {
    ...nodeOptions(limits),
    // Fastify hands these two on to plain servers alone.
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    handshakeTimeout: limits.handshakeTimeout,
    allowHTTP1: true,
    cert: tls.certificate,
    key: tls.key,
    minVersion: 'TLSv1.2',
    ciphers: cipherSuites,
    honorCipherOrder: true,
    settings: { maxHeaderListSize: limits.header, maxConcurrentStreams: 128 },
  } as const;
  const server = fastify<Http2SecureServer>({
    ...commonOptions(options, limits, begin),
    http2: true,
    http2SessionTimeout: limits.keepAliveTimeout,
    https,
  });
  // Requests of HTTP/2 in compatibility mode have the shape of HTTP/1.1's; only the type of the raw server differs.
  return server as unknown as FastifyInstance;
}

function nodeOptions(limits: HttpLimits) {
  return {
    maxHeaderSize: limits.header,
    headersTimeout: limits.headersTimeout,
    connectionsCheckingInterval: limits.checkInterval,
  };
}

function refuseSchemas(): never {
  throw new Error('a route has a schema, and nothing here compiles any');
}

function commonOptions(options: HttpServerOptions, limits: HttpLimits, begin: Beginning) {
  const isTrustedProxy = createTrustedProxies(options.trustedProxies);
  const onError = createErrorHandler(options.logger);
  return {
    // The log is ours: Fastify's would write the address, and with it codes.
    logger: false,
    genReqId: createRequestIds(isTrustedProxy),
    requestIdHeader: false,
    // Without one, nothing that a header says of the caller is ever looked at.
    trustProxy: options.trustedProxies.length > 0 && isTrustedProxy,
    // Nothing here is described by a schema of JSON: the libraries for that, a hundred modules, are not loaded.
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
    // Whoever takes parameters from an address reads the text that was sent: a second reading would have rules of its own.
    routerOptions: { querystringParser: () => ({}) },
    bodyLimit: limits.body,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionTimeout: limits.connectionTimeout,
    // While stopping, requests on open connections are still served, and told to close.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // Such a request meets no hook. It is of either HTTP version, which only its type shows.
    frameworkErrors: (error: Error, request: unknown, reply: unknown) => {
      begin(request as FastifyRequest, reply as FastifyReply);
      const answer = unroutedAnswerTo(request as FastifyRequest) ?? onError;
      answer(error, request as FastifyRequest, reply as FastifyReply);
    },
  } as const;
}
