import { isMessage } from '@bufbuild/protobuf';
import { FieldMaskSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ContextValues, type Interceptor } from '@connectrpc/connect';
import type { Logger } from '../../kernel/logger.ts';
import { UnavailableError } from '../../kernel/unavailable.ts';
import { mostEntries, tooManyEntries } from '../list-limit.ts';
import { invalidArgument, unavailable } from './errors.ts';
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
      if (error instanceof UnavailableError) throw noteUnavailable(logger, error, request.contextValues);
      if (!(error instanceof ConnectError) || ourFaults.has(error.code)) {
        const method = `${request.service.typeName}/${request.method.name}`;
        logger.error({ error, method, requestId: request.contextValues.get(requestId) }, 'method failed');
      }
      throw error;
    }
  };
}

function noteUnavailable(logger: Logger, error: UnavailableError, context: ContextValues): ConnectError {
  logger.warn({ error, requestId: context.get(requestId) }, 'a method needs what is out of reach');
  return unavailable(error);
}

/** Refuses lists that no method has a use for, in whichever form they came, before anything looks at their entries. */
export const refuseLongLists: Interceptor = (next) => (request) => {
  if (request.stream) return next(request);
  const values: { readonly [localName: string]: unknown } = { ...request.message };
  const faults = request.method.input.fields
    .filter(({ localName }) => lengthOf(values[localName]) > mostEntries)
    .map(({ jsonName: field }) => ({ field, message: tooManyEntries }));
  if (faults.length > 0) throw invalidArgument(faults);
  return next(request);
};

/** The number of entries in a list or a field mask; 0 for what is neither. */
function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isMessage(value, FieldMaskSchema) ? value.paths.length : 0;
}
