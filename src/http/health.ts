import type { FastifyInstance } from 'fastify';
import type { Readiness } from './readiness.ts';

/**
 * `/health/live`: the process answers, so do not restart it. `/health/ready`: requests may be sent here; 503 while it
 * starts, drains, or a part that requests need has failed.
 */
export function serveHealth(app: FastifyInstance, readiness: Readiness): void {
  app.get('/health/live', (_request, reply) => {
    reply.header('cache-control', 'no-store').send({ status: 'live' });
  });
  app.get('/health/ready', async (_request, reply) => {
    const { ready, checks } = await readiness.report();
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return { status: ready ? 'ready' : 'not-ready', checks };
  });
}
