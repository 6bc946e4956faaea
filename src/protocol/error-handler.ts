import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../kernel/logger.ts';
import { basicChallenge, httpStatuses, OAuthError, type OAuthErrorCode } from './errors.ts';

/** Makes the one place where errors of the protocol become answers (RFC 6749 §5.2). */
export function createErrorHandler(
  logger: Logger,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (thrown, request, reply) => {
    const error = asOAuthError(thrown);
    const { code, description, detail } = error;
    const facts = { requestId: request.id, path: request.routeOptions.url, code };
    if (code === 'server_error') logger.error({ ...facts, error: thrown }, 'a request failed');
    else logger[refusalLevels[code] ?? 'info']({ ...facts, description, detail }, 'a request was refused');
    if (code === 'invalid_client') reply.header('www-authenticate', basicChallenge);
    return reply.code(httpStatuses[code]).send({ error: code, error_description: description });
  };
}

/** Whom the operator has to help, and not the caller. */
const refusalLevels: Partial<Record<OAuthErrorCode, 'warn'>> = { temporarily_unavailable: 'warn' };

function asOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
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
