import type { FastifyRequest } from 'fastify';
import type { Logger } from '../kernel/logger.ts';
import { TooManyRequestsError } from '../kernel/request-limits.ts';
import type { OAuthError, OAuthErrorCode } from './errors.ts';
import type { ProtocolListener } from './listener.ts';

/** Who hears of errors, beside whoever is answered. */
export interface ErrorWitnesses {
  readonly logger: Logger;
  readonly listener?: Pick<ProtocolListener, 'refused'> | undefined;
}

/** An error that a request has come to. */
export interface NotedError {
  /** As it is answered. */
  readonly error: OAuthError;
  /** What was thrown. Default: the error itself. */
  readonly thrown?: unknown;
  readonly request: FastifyRequest;
  /** The pattern of the endpoint's route, where the request came in at another. Default: that of the request. */
  readonly route?: string;
}

/** Makes the one place where errors of the protocol are logged and counted, however they are answered. */
export function createErrorNotes({ logger, listener }: ErrorWitnesses): (noted: NotedError) => void {
  return ({ error, thrown = error, request, route }) => {
    const { code, description, detail } = error;
    const path = request.routeOptions.url ?? 'unmatched';
    listener?.refused(route ?? path, code);
    const facts = { requestId: request.id, path, code };
    if (code === 'server_error') logger.error({ ...facts, error: thrown }, 'a request failed');
    else logger[levelOf(code, thrown)]({ ...facts, detail: detail ?? description }, 'a request was refused');
  };
}

/** Whom the operator has to help, and not the caller. */
const levels: Partial<Readonly<Record<OAuthErrorCode, 'warn'>>> = { temporarily_unavailable: 'warn' };

function levelOf(code: OAuthErrorCode, thrown: unknown): 'info' | 'warn' {
  return thrown instanceof TooManyRequestsError ? 'info' : (levels[code] ?? 'info');
}
