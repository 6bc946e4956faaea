import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Which endpoints scripts of other origins may call (Fetch §3.2). `any`: every origin, since nothing here looks at cookies, and who
 * has a token or a code may use it from wherever they are. `none`: no script has a use for it.
 */
export type Origins = 'any' | 'none';

/** What a script may send, beside what it may always. */
const requestHeaders = 'authorization, content-type';

/** What a script may read, beside what it may always. */
const responseHeaders = 'www-authenticate, retry-after';

/** How long a browser may remember that it may call, in seconds. */
const preflightSeconds = 7200;

/** Lets every origin read an answer, errors too. */
export function allowEveryOrigin(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', responseHeaders);
  done();
}

/** Whether a browser asks what a script may do (Fetch §4.8). */
export function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * Answers preflights at `url`; anything else that comes by OPTIONS goes to `otherwise`.
 * @param methods those that the endpoint takes
 */
export function answerPreflights(
  scope: FastifyInstance,
  url: string,
  methods: readonly string[],
  otherwise: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!isPreflight(request)) return otherwise(request, reply);
    return reply
      .code(204)
      .header('access-control-allow-origin', '*')
      .header('access-control-allow-methods', methods.join(', '))
      .header('access-control-allow-headers', requestHeaders)
      .header('access-control-max-age', String(preflightSeconds))
      .send();
  };
  scope.route({ method: 'OPTIONS', url, config: { allow: methods }, onRequest, handler: onRequest });
}
