import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import { PageError } from './page-error.ts';

/** Answers a request at a page. */
export type PageAnswer = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** An answer, and how often it may be asked for; null: as often as one likes. */
export interface LimitedAnswer {
  readonly answer: PageAnswer;
  readonly limits: EndpointLimits | null;
}

/** What is served at one path. */
export interface PageRoute {
  readonly get?: LimitedAnswer;
  readonly post?: LimitedAnswer;
}

/**
 * Mounts what is served at a path, and refuses every other method. HEAD is one of those: what a GET does here is no mere reading.
 * Requests beyond the limits are refused before their body is read.
 */
export function mountPage(scope: FastifyInstance, url: string, { get, post }: PageRoute): void {
  if (get !== undefined) scope.get(url, { exposeHeadRoute: false, ...admission(get) }, get.answer);
  if (post !== undefined) scope.post(url, admission(post), post.answer);
  const allowed = [...(get === undefined ? [] : ['GET']), ...(post === undefined ? [] : ['POST'])];
  refuse(scope, url, 'method', allowed);
}

function admission({ limits }: LimitedAnswer) {
  if (limits === null) return {};
  const onRequest = (request: FastifyRequest, _reply: FastifyReply, done: () => void): void => {
    request.attempt = limits.admit(request.raw);
    done();
  };
  return { onRequest };
}

/** Answers 404 with a page below a path, where nothing else is. */
export function mountNothing(scope: FastifyInstance, url: string): void {
  refuse(scope, `${url}/*`, 'absent', []);
}

/** Answers before the body is read (RFC 9110 §15.5.6). */
function refuse(
  scope: FastifyInstance,
  url: string,
  fault: 'method' | 'absent',
  allowed: readonly string[],
): void {
  const answer = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    if (fault === 'method') reply.header('allow', allowed.join(', '));
    throw new PageError(fault);
  };
  const method = scope.supportedMethods.filter((name) => !allowed.includes(name));
  scope.route({ method, url, config: { allow: allowed }, onRequest: answer, handler: answer });
}
