import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Answers a request that was refused, in the words of whoever serves its path. */
export type ErrorAnswer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

interface Territory {
  readonly prefix: string;
  readonly answer: ErrorAnswer;
}

const territories = new WeakMap<object, readonly Territory[]>();

/**
 * Lets `answer` speak on the paths below `prefix` also for requests that are refused before any route, and any plugin with
 * its error handler, is known: the address cannot be decoded, or a part of it is too long.
 */
export function answerUnrouted(app: FastifyInstance, prefix: string, answer: ErrorAnswer): void {
  const known = territories.get(app.server) ?? [];
  territories.set(app.server, [...known, { prefix, answer }]);
}

/** Who answers for the path of `request`; undefined: nobody has words of its own. */
export function unroutedAnswerTo({ server, url }: FastifyRequest): ErrorAnswer | undefined {
  const path = url.split('?', 1)[0] ?? '';
  return territories.get(server.server)?.find(({ prefix }) => isBelow(path, prefix))?.answer;
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
