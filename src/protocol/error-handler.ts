import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../kernel/logger.ts';
import { TooManyRequestsError } from '../kernel/request-limits.ts';
import { UnavailableError } from '../kernel/unavailable.ts';
import { bearerChallengeOf } from './bearer.ts';
import { basicChallenge, httpStatuses, OAuthError } from './errors.ts';
import type { Callers } from './http.ts';
import type { ProtocolListener } from './listener.ts';
import { createErrorNotes } from './note-error.ts';

/** Makes the one place where errors of the protocol become answers (RFC 6749 §5.2). */
export function createErrorHandler(
  logger: Logger,
  listener?: Pick<ProtocolListener, 'refused'>,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const note = createErrorNotes({ logger, listener });
  return (thrown, request, reply) => {
    const error = asOAuthError(thrown);
    const { code, description } = error;
    note({ error, thrown, request });
    const limited = thrown instanceof TooManyRequestsError;
    const challenge = challenges[request.routeOptions.config.callers ?? 'client'](error);
    if (challenge !== undefined) reply.header('www-authenticate', challenge);
    if (limited) reply.header('retry-after', String(thrown.retryAfterSeconds));
    return reply
      .code(limited ? tooManyRequests : httpStatuses[code])
      .send({ error: code, error_description: description });
  };
}

/** What tells callers how to prove themselves; undefined: nothing is wrong with that. */
const challenges: Readonly<Record<Callers, (error: OAuthError) => string | undefined>> = {
  client: ({ code }) => (code === 'invalid_client' ? basicChallenge : undefined),
  token: bearerChallengeOf,
};

/** RFC 6585 §4. The code is of RFC 6749: others would have to be registered (§8.5). */
const tooManyRequests = 429;

function asOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  if (thrown instanceof TooManyRequestsError) {
    return new OAuthError('temporarily_unavailable', 'There are too many requests; try again later.', {
      detail: thrown.message,
      cause: thrown,
    });
  }
  if (thrown instanceof UnavailableError) {
    return new OAuthError('temporarily_unavailable', 'The server cannot do this at present; try again.', {
      detail: thrown.message,
      cause: thrown,
    });
  }
  return isRefusedByHttp(thrown)
    ? new OAuthError('invalid_request', refusals[thrown.code] ?? 'The request is malformed.', {
        cause: thrown,
      })
    : new OAuthError('server_error', 'The server failed to answer the request.', { cause: thrown });
}

/** What the HTTP layer refuses before a handler sees it. */
const refusals: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be application/x-www-form-urlencoded.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large.',
};

function isRefusedByHttp(thrown: unknown): thrown is FastifyError {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return false;
  return typeof thrown.statusCode === 'number' && thrown.statusCode >= 400 && thrown.statusCode < 500;
}
