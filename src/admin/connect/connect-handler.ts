import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextValues,
} from '@connectrpc/connect';
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { noteForAccessLog, type RequestObserver } from '../../http/access-log.ts';
import type { Logger } from '../../kernel/logger.ts';
import { hasRepeatedAuthorization } from '../../kernel/repeated-authorization.ts';
import { type EndpointLimits, TooManyRequestsError } from '../../kernel/request-limits.ts';
import { UnavailableError } from '../../kernel/unavailable.ts';
import type { Admission } from './admission.ts';
import { compressions } from './compression.ts';
import { restoreFieldMasks } from './connect-json.ts';
import { unavailable } from './errors.ts';
import { keepDeadline, refuseLongLists, reportFaults } from './interceptors.ts';
import { codeOf, noteRefusal, tellRefusals, tellRefusalsIn } from './refusals.ts';
import { bodyReaderFor, checkUncompressed, servedMediaTypes } from './request-body.ts';
import { requestId } from './request-id.ts';

/** What the Connect face needs, on whichever server it is mounted. */
export interface ConnectOptions {
  /** Adds the services. */
  readonly routes: (router: ConnectRouter) => void;
  readonly logger: Logger;
  /** For a port of its own; the main port has one already. */
  readonly observer?: RequestObserver | undefined;
  /** Decides by the headers who may call what. */
  readonly admission: Admission;
  /** How often each client and each address may ask. */
  readonly limits: EndpointLimits;
  /** Longest body in bytes, before and after decompression. Default 4 MiB: a logo of 2 MiB is 2.8 MB of JSON. */
  readonly readMaxBytes?: number;
  /** Longest timeout in milliseconds that a caller may ask for. Default one hour. */
  readonly maxTimeoutMs?: number;
}

type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;

/** Answers requests on the paths of its services. */
export interface ConnectHandler {
  /** Full names of the services. */
  readonly services: ReadonlySet<string>;
  /** Reads the request and writes the response; returns at once, never throws. */
  readonly handle: (request: NodeRequest, response: NodeResponse, id: string) => void;
}

/**
 * Serves `routes` over Connect, gRPC-Web and, on HTTP/2, gRPC.
 *
 * @see https://connectrpc.com/docs/protocol
 */
export function createConnectHandler(options: ConnectOptions): ConnectHandler {
  const { logger, admission, limits } = options;
  const { readMaxBytes = 4 * 1024 * 1024, maxTimeoutMs = 3_600_000 } = options;
  const router = createConnectRouter({
    acceptCompression: [...compressions],
    interceptors: [tellRefusals, keepDeadline, reportFaults(logger), restoreFieldMasks, refuseLongLists],
    jsonOptions: { alwaysEmitImplicit: true, ignoreUnknownFields: false },
    maxTimeoutMs,
    readMaxBytes,
  });
  options.routes(router);
  const methods = new Map(router.handlers.map((method) => [method.requestPath, method]));

  const respond = async (request: NodeRequest, response: NodeResponse, id: string) => {
    const method = methods.get(request.url?.split('?', 1)[0] ?? '');
    if (method === undefined) return refuse(404, new ConnectError('no such method', Code.Unimplemented));
    noteForAccessLog(response, { route: method.requestPath });
    const universal = readRequest(request, response, id);
    return universal instanceof ConnectError
      ? refuse(400, universal)
      : answer(method, universal, { admission, limits, readMaxBytes, head: request });
  };

  return {
    services: new Set(router.handlers.map((method) => method.service.typeName)),
    handle: (request, response, id) => {
      // What a refused caller still sends is thrown away unread, so that it comes to read the refusal.
      response.once('finish', () => request.resume());
      respond(request, response, id)
        .then((universal) => tellRefusalsIn(universal, (code) => noteForAccessLog(response, { code })))
        .then((universal) => universalResponseToNodeResponse(universal, response))
        .catch((error) => {
          logger.debug({ error, requestId: id }, 'response not delivered');
          response.destroy();
        });
    },
  };
}

function readRequest(
  request: NodeRequest,
  response: NodeResponse,
  id: string,
): UniversalServerRequest | ConnectError {
  const contextValues = createContextValues()
    .set(requestId, id)
    .set(noteRefusal, (code) => noteForAccessLog(response, { code }));
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, contextValues);
    // The default iterator destroys the connection when reading stops early, and with it the answer.
    return { ...universal, body: request.iterator({ destroyOnReturn: false }) };
  } catch {
    return new ConnectError('invalid authority', Code.InvalidArgument);
  }
}

/** What a stranger may send: a hundred ids are 4 KB. A few octets of compressed body could become any of it. */
const mostPublicOctets = 65_536;

async function answer(
  method: UniversalHandler,
  request: UniversalServerRequest,
  {
    admission,
    limits,
    readMaxBytes,
    head,
  }: {
    readonly admission: Admission;
    readonly limits: EndpointLimits;
    readonly readMaxBytes: number;
    readonly head: NodeRequest;
  },
): Promise<UniversalServerResponse> {
  if (request.method !== 'POST') return refuse(405, methodNotServed);
  const readBody = bodyReaderFor(request.header);
  if (readBody === undefined) return refuse(415, contentTypeNotServed);
  try {
    const attempt = limits.admit(head);
    checkAuthorization(head.rawHeaders);
    checkProtocolVersion(request.header);
    const { contextValues = createContextValues(), header } = request;
    await admission.admit(method.method, header, contextValues, attempt);
    const isPublic = admission.isPublic(method.method);
    if (isPublic) checkUncompressed(header);
    const limit = isPublic ? Math.min(mostPublicOctets, readMaxBytes) : readMaxBytes;
    return await method(await readBody(request, method.method, limit));
  } catch (thrown) {
    const error = asRefusal(thrown);
    // A body that fails when it is read lets the protocol in use say so in its own way.
    request.contextValues?.get(noteRefusal)(codeOf(error));
    const header = new Headers(request.header);
    // By an announced length the protocol would find its own words.
    header.delete('content-length');
    return method({ ...request, header, body: failing(error) });
  }
}

/** What stands in the way of a call before its method is asked, in the words of the dialect. */
function asRefusal(thrown: unknown): unknown {
  if (thrown instanceof TooManyRequestsError) return tooManyRequests(thrown);
  return thrown instanceof UnavailableError ? unavailable(thrown) : thrown;
}

function checkAuthorization(rawHeaders: readonly string[]): void {
  if (!hasRepeatedAuthorization(rawHeaders)) return;
  throw new ConnectError('there is more than one Authorization header', Code.InvalidArgument);
}

function checkProtocolVersion(header: Headers): void {
  const version = header.get('connect-protocol-version') ?? '1';
  if (version !== '1') throw new ConnectError('connect-protocol-version must be 1', Code.InvalidArgument);
}

/** By its metadata an error brings response headers, or trailers where there are no others. */
function tooManyRequests({ retryAfterSeconds }: TooManyRequestsError): ConnectError {
  return new ConnectError('there are too many requests; try again later', Code.ResourceExhausted, {
    'retry-after': String(retryAfterSeconds),
  });
}

function failing(error: unknown): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

const methodNotServed = new ConnectError('the HTTP method must be POST', Code.Unimplemented, {
  allow: 'POST',
});
const contentTypeNotServed = new ConnectError('the content type is not served', Code.Unimplemented, {
  'accept-post': servedMediaTypes,
});

function refuse(status: number, error: ConnectError): UniversalServerResponse {
  const header = new Headers(error.metadata);
  header.set('content-type', 'application/json');
  return { status, header, body: createAsyncIterable([errorToJsonBytes(error, undefined)]) };
}
