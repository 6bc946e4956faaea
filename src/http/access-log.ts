import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../kernel/logger.ts';

/**
 * Writes one line for a request, when its connection has its answer or is gone. It names the route's pattern and
 * never the address itself, a header or a body: those hold codes and secrets.
 */
export function logWhenAnswered(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once('close', () => {
    const facts = {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      status: reply.raw.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      client: request.ip,
      ...(!reply.raw.writableFinished && { aborted: true }),
    };
    logger.info(facts, 'request');
  });
}
