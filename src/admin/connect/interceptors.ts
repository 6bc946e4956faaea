import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import type { Logger } from '../../kernel/logger.ts';
import { requestId } from './request-id.ts';

const ourFaults: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss]);

/** Answers when the caller's deadline is over or the caller is gone, whatever the method still does. */
export const keepDeadline: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request);
  const { signal } = request;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(ConnectError.from(signal.reason, Code.Canceled));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([aborted, signal.aborted ? aborted : next(request)]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** Logs what is this server's own fault; the caller reads no more than `internal error`. */
export function reportFaults(logger: Logger): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (!(error instanceof ConnectError) || ourFaults.has(error.code)) {
        const method = `${request.service.typeName}/${request.method.name}`;
        logger.error({ error, method, requestId: request.contextValues.get(requestId) }, 'method failed');
      }
      throw error;
    }
  };
}
