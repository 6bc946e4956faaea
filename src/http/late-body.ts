import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/**
 * Ends a request that is still being sent after `limit` milliseconds, a stream too. Node bounds requests of HTTP/1.1 by itself
 * (`requestTimeout`); of HTTP/2 it would wait for a body for ever.
 */
export function endLateBody(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  limit: number,
): void {
  if (request.httpVersionMajor < 2) return;
  const timer = setTimeout(() => response.destroy(), limit);
  const settle = (): void => clearTimeout(timer);
  request.once('end', settle);
  response.once('close', settle);
}
