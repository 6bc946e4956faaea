import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonValue } from '../kernel/encoding.ts';
import { parseStrictJson, StrictJsonError } from '../kernel/strict-json.ts';
import { RestRefusalError } from './rest-refusal.ts';

/** JSON is UTF-8, and its media type has no parameter (RFC 8259 §8.1, §11); one that says so is let pass. */
const json = /^application\/json[ \t]*(;[ \t]*charset=("utf-8"|utf-8)[ \t]*)?$/i;

/** The longest body in octets. */
const mostOctets = 1024 * 1024;

/** Bodies in `scope` are read as JSON, whatever they say they are; an empty one is none. */
export function readRestBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>(
    '*',
    { parseAs: 'buffer', bodyLimit: mostOctets },
    async ({ headers }: FastifyRequest, octets: Buffer) => {
      if (octets.length === 0) return undefined;
      if (!json.test(headers['content-type'] ?? '') || !isUtf8(octets)) throw malformed();
      return parse(octets.toString());
    },
  );
}

function parse(text: string): JsonValue {
  try {
    return parseStrictJson(text);
  } catch (error) {
    throw error instanceof StrictJsonError ? malformed() : error;
  }
}

function malformed(): RestRefusalError {
  return new RestRefusalError('malformed');
}
