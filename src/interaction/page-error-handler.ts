import type { FastifyReply, FastifyRequest } from 'fastify';
import { TooManyRequestsError } from '../kernel/request-limits.ts';
import { UnavailableError } from '../kernel/unavailable.ts';
import { UnprovenRequestError } from '../protocol/authorization/unproven-request.ts';
import { httpStatuses, OAuthError, type OAuthErrorCode } from '../protocol/errors.ts';
import { createErrorNotes, type ErrorWitnesses } from '../protocol/note-error.ts';
import { prefersJson, prefersPage } from './accepts.ts';
import { PageError, pageFaults } from './page-error.ts';
import { sendPage } from './page-replies.ts';

/** Answers a request at a page that was refused. */
export type PageErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/**
 * Makes the one place where errors at pages become answers: a page for people, and JSON for programs that prefer it. The browser is
 * sent nowhere.
 */
export function createPageErrorHandler(witnesses: ErrorWitnesses): PageErrorHandler {
  const note = createErrorNotes(witnesses);
  return (thrown, request, reply) => {
    const error = asOAuthError(thrown);
    note({ error, thrown, request });
    if (thrown instanceof TooManyRequestsError) reply.header('retry-after', String(thrown.retryAfterSeconds));
    if (prefersJson(request.headers.accept)) {
      return reply
        .code(shownOf(error).status)
        .header('cache-control', 'no-store')
        .send({ error: error.code, error_description: error.description });
    }
    return sendErrorPage(reply, error, thrown);
  };
}

/** Shows whoever goes to an address at which nothing is, in a browser, a page that says so; undefined: it is a program that asks. */
export function answerAbsentPage(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  return prefersPage(request.headers.accept) ? sendErrorPage(reply, new PageError('absent')) : undefined;
}

function sendErrorPage(reply: FastifyReply, error: OAuthError, thrown: unknown = error): FastifyReply {
  const { status, title, explanation } = shownOf(error);
  const code = error instanceof PageError ? null : error.code;
  const requestId = reply.request.id;
  const retryAfterSeconds = thrown instanceof TooManyRequestsError ? thrown.retryAfterSeconds : undefined;
  return sendPage(reply, { kind: 'error', title, explanation, code, requestId, retryAfterSeconds }, status);
}

interface ShownError {
  readonly status: number;
  readonly title: string;
  readonly explanation: string;
}

function shownOf(error: OAuthError): ShownError {
  if (error instanceof PageError) return pageFaults[error.fault];
  const title =
    error instanceof UnprovenRequestError ? error.title : (titles[error.code] ?? 'Invalid request');
  // No proof of a client is asked for in the browser, so there is nothing to challenge (RFC 9110 §15.5.2).
  const status = error.code === 'invalid_client' ? 400 : httpStatuses[error.code];
  return { status, title, explanation: error.description };
}

const titles: Partial<Readonly<Record<OAuthErrorCode, string>>> = {
  invalid_client: 'Invalid client_id',
  unauthorized_client: 'Client not allowed',
  access_denied: 'Access denied',
  invalid_scope: 'Invalid scope',
  unsupported_response_type: 'Unsupported response_type',
  server_error: pageFaults.failed.title,
  temporarily_unavailable: pageFaults.unavailable.title,
};

function asOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  if (thrown instanceof TooManyRequestsError) {
    return new PageError('tooMany', { detail: thrown.message, cause: thrown });
  }
  if (thrown instanceof UnavailableError) {
    return new PageError('unavailable', { detail: thrown.message, cause: thrown });
  }
  return new PageError(faultOfHttp(thrown), { cause: thrown });
}

/** What the HTTP layer refuses before a handler sees it, by the status that it would answer with. */
const faultsOfHttp = { 404: 'absent', 413: 'tooLarge', 415: 'mediaType' } as const;

function faultOfHttp(thrown: unknown): 'failed' | 'malformed' | 'absent' | 'tooLarge' | 'mediaType' {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return 'failed';
  const { statusCode } = thrown;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return 'failed';
  return faultsOfHttp[statusCode as keyof typeof faultsOfHttp] ?? 'malformed';
}
