import type { FastifyInstance } from 'fastify';
import { parseStrictJson, StrictJsonError } from '../kernel/strict-json.ts';

/** A body that is refused; carries the status by Fastify's convention. */
class MalformedBodyError extends Error {
  override readonly name = 'MalformedBodyError';
  readonly statusCode = 400;
}

/** Parses JSON bodies strictly, where a route does not bring its own parser, and no other content type. */
export function readJsonStrictly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseStrictJson(String(body)));
    } catch (error) {
      if (!(error instanceof StrictJsonError)) throw error;
      done(new MalformedBodyError(error.message, { cause: error }));
    }
  });
}
