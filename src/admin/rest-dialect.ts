import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Request } from '../clients/request.ts';
import { noteForAccessLog } from '../http/access-log.ts';
import { answerUnrouted, type ErrorAnswer } from '../http/unrouted.ts';
import type { JsonValue } from '../kernel/encoding.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import type { AuthenticateCaller } from './caller.ts';
import { type AdmitCaller, createRestAdmission } from './rest-admission.ts';
import { readRestBodies } from './rest-body.ts';
import { RestRefusalError, refusalOf } from './rest-refusal.ts';
import type { RestAnswer, RestDialect, RestRoute } from './rest-route.ts';

/** What mounting a dialect takes. */
export interface RestDependencies {
  readonly authenticate: AuthenticateCaller;
  readonly logger: Logger;
  /** How often each client and each address may ask. */
  readonly limits: EndpointLimits;
}

/**
 * Serves a dialect: the caller is admitted by the headers of its request before the body is read, and whatever is refused
 * below the dialect's prefixes is refused in its words.
 */
export function mountRestDialect(app: FastifyInstance, dialect: RestDialect, deps: RestDependencies): void {
  const admit = createRestAdmission(deps.authenticate, deps.limits);
  const onError = createErrorAnswer(dialect, deps.logger);
  for (const prefix of dialect.prefixes) {
    answerUnrouted(app, prefix, onError);
    app.register(
      async (scope) => {
        readRestBodies(scope);
        scope.setErrorHandler(onError);
        refuseUnmatched(scope, dialect);
        for (const route of dialect.routes) {
          if (isBelow(route.path, prefix)) mountRoute(scope, route, prefix, { admit, face: dialect.face });
        }
      },
      { prefix },
    );
  }
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function mountRoute(
  scope: FastifyInstance,
  { method, path, admission, operation, answer }: RestRoute,
  prefix: string,
  { admit, face }: { readonly admit: AdmitCaller; readonly face: Request['face'] },
): void {
  const callers = new WeakMap<object, Request>();
  scope.route<{ Params: Record<string, string>; Body: JsonValue | undefined }>({
    method,
    url: path.slice(prefix.length),
    onRequest: async ({ raw, params, id: requestId }) => {
      // The router takes `/clients/` for a client whose id is empty.
      if (Object.values(params).includes('')) throw new RestRefusalError('not_found');
      callers.set(raw, { actor: await admit(admission, raw), face, requestId });
    },
    handler: async ({ raw, params, body }, reply) => {
      const caller = callers.get(raw);
      if (caller === undefined) throw new RestRefusalError('unauthenticated');
      if ('requestBody' in operation && body === undefined) throw new RestRefusalError('malformed');
      return send(reply, await answer({ caller, params, body }));
    },
  });
}

/** Answers before a body is read (RFC 9110 §15.5.6). */
function refuseUnmatched(scope: FastifyInstance, { routes, refuse }: RestDialect): void {
  const answer = ({ url }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const allowed = methodsAt(url.split('?', 1)[0] ?? '', routes);
    return allowed.length === 0
      ? sendRefusal(reply, new RestRefusalError('not_found'), refuse)
      : sendRefusal(reply, new RestRefusalError('method_not_allowed', { allow: allowed.join(', ') }), refuse);
  };
  scope.setNotFoundHandler(answer);
  scope.addHook('onRequest', async (request, reply) => {
    if (request.is404) return answer(request, reply);
  });
}

function methodsAt(path: string, routes: readonly RestRoute[]): readonly string[] {
  const methods = routes.filter((route) => isAt(path, route.path)).map(({ method }) => method);
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].sort();
}

function isAt(path: string, pattern: string): boolean {
  const [parts, wanted] = [path.split('/'), pattern.split('/')];
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => part === parts[index] || (part.startsWith(':') && parts[index] !== ''))
  );
}

function createErrorAnswer({ refuse, answerError }: RestDialect, logger: Logger): ErrorAnswer {
  return (error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal?.refusal === 'unavailable') {
      logger.warn({ requestId: request.id, error }, 'a request was refused: what it needs is out of reach');
    }
    if (refusal) return sendRefusal(reply, refusal, refuse);
    const answer = answerError(error);
    if (answer) return sendNoted(reply, answer, answer.code);
    logger.error({ requestId: request.id, error }, 'a request failed unexpectedly');
    return sendRefusal(reply, new RestRefusalError('server_error'), refuse);
  };
}

function sendRefusal(
  reply: FastifyReply,
  { refusal, headers }: RestRefusalError,
  refuse: RestDialect['refuse'],
): FastifyReply {
  const answer = refuse(refusal);
  return sendNoted(reply, { ...answer, headers: { ...answer.headers, ...headers } }, answer.code ?? refusal);
}

function sendNoted(reply: FastifyReply, answer: RestAnswer, code: string | undefined): FastifyReply {
  if (code !== undefined) noteForAccessLog(reply.raw, { code });
  return send(reply, answer);
}

/** Answers may hold a secret, and what they say of a thing ends with its next change: nobody keeps them. */
function send(reply: FastifyReply, { status, body, headers = {} }: RestAnswer): FastifyReply {
  reply.code(status).headers({ 'cache-control': 'no-store', ...headers });
  if (body === undefined) return reply.send();
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}
