import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { equalInConstantTime } from '../../kernel/encoding.ts';
import type { EndpointLimits } from '../../kernel/request-limits.ts';
import type { Metrics } from './metrics.ts';

/** Who may read the metrics, and how often. */
export interface MetricsAccess {
  /** The bearer token that is asked for (RFC 6750 §2.1); null: everybody may. */
  readonly token: string | null;
  /** Writing the text takes a thousand times as long as counting: whoever asks without end would keep the server busy. */
  readonly limits: EndpointLimits;
}

/** Serves `GET /metrics`. It reads nothing but memory, so it answers while the storage does not. A wrong token is a failed attempt. */
export function serveMetrics(
  app: FastifyInstance,
  metrics: Pick<Metrics, 'read'>,
  { token, limits }: MetricsAccess,
): void {
  const isAdmitted = token === null ? () => true : createTokenCheck(token);
  app.get('/metrics', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const attempt = limits.admit(request.raw);
    if (!isAdmitted(request)) {
      if (request.headers.authorization !== undefined) attempt.fail();
      return refuse(reply);
    }
    const { contentType, text } = await metrics.read();
    return reply.type(contentType).send(text);
  });
}

function createTokenCheck(token: string): (request: FastifyRequest) => boolean {
  const expected = digest(token);
  return ({ headers }) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    return given !== undefined && equalInConstantTime(digest(given), expected);
  };
}

/** Octet strings of one length, so that the comparison does not tell the token's. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .header('www-authenticate', 'Bearer realm="metrics"')
    .send({ error: 'unauthorized', error_description: 'The metrics are read with a bearer token.' });
}
