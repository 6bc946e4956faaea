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

/** Answers a request for a path at which nothing is served; undefined: it has no words for whoever asks. */
export type AbsenceAnswer = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

const absences = new WeakMap<object, AbsenceAnswer>();

/**
 * Lets `answer` speak first wherever nothing is served. What is switched off is no other path than one that never was: whoever answers
 * sees both alike.
 */
export function answerAbsence(app: FastifyInstance, answer: AbsenceAnswer): void {
  absences.set(app.server, answer);
}

/** The answer of `answerAbsence`; undefined: there is none. */
export function absenceAnswerTo(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  return absences.get(request.server.server)?.(request, reply);
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
