import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '../kernel/logger.ts';
import { TooManyRequestsError } from '../kernel/request-limits.ts';
import { UnavailableError } from '../kernel/unavailable.ts';
import { codeForStatus, type HttpErrorCode, httpErrorBody, httpErrors } from './errors.ts';
import { reasonPhrases } from './reason-phrases.ts';
import { absenceAnswerTo } from './unrouted.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods that the path is served with, on a route that takes others to refuse them in its own words. */
    readonly allow?: readonly string[];
  }
}

/** Answers with an error of the HTTP layer. */
export function sendHttpError(reply: FastifyReply, code: HttpErrorCode): FastifyReply {
  return reply.code(httpErrors[code].status).header('cache-control', 'no-store').send(httpErrorBody(code));
}

/**
 * The answer to an error that no endpoint caught: the framework's refusals by their status, anything else is a bug.
 * Texts of errors stay in the log: they may quote the request.
 */
export function createErrorHandler(logger: Logger) {
  return (error: unknown, request: { readonly id: string }, reply: FastifyReply): void => {
    if (error instanceof UnavailableError) {
      logger.warn({ requestId: request.id, error }, 'a request was refused: what it needs is out of reach');
      sendHttpError(reply, 'temporarily_unavailable');
      return;
    }
    if (error instanceof TooManyRequestsError) {
      sendHttpError(reply.header('retry-after', error.retryAfterSeconds), 'too_many_requests');
      return;
    }
    const code = isFrameworkError(error) ? codeForStatus(error.statusCode ?? 500) : 'server_error';
    if (code === 'server_error') {
      logger.error({ requestId: request.id, error }, 'a request failed unexpectedly');
    }
    sendHttpError(reply, code);
  };
}

/** Fastify's own errors, and those of body parsers that follow its convention of `statusCode`. */
function isFrameworkError(error: unknown): error is FastifyError {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  );
}

/** Answers 404, in the words of `answerAbsence` where it has some, or 405 with `allow` where the path is served with other methods. */
export function answerUnmatched(app: FastifyInstance): void {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method, config }) => {
    routes.push({ pattern: patternOf(url), methods: config?.allow ?? [method].flat() });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = new Set(
      routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods),
    );
    if (allowed.size === 0) return absenceAnswerTo(request, reply) ?? sendHttpError(reply, 'not_found');
    return sendHttpError(reply.header('allow', [...allowed].sort().join(', ')), 'method_not_allowed');
  });
}

/** A route's pattern as an expression: `:name` is one segment, `*` the rest. */
function patternOf(url: string): RegExp {
  const text = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/:[^/]+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${text}$`);
}

const parserErrors: Readonly<Record<string, HttpErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'header_fields_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is not HTTP on the bare socket: there is no request that a handler could see. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = parserErrors[error.code ?? ''] ?? 'invalid_request';
  const { status } = httpErrors[code];
  const body = JSON.stringify(httpErrorBody(code));
  socket.end(
    `HTTP/1.1 ${status} ${reasonPhrases[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
