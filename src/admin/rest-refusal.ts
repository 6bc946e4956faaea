import { TooManyRequestsError } from '../kernel/request-limits.ts';
import { UnavailableError } from '../kernel/unavailable.ts';
import type { RestRefusal } from './rest-route.ts';

/** The foundation of the REST dialects refuses a request; the dialect finds the words. */
export class RestRefusalError extends Error {
  override readonly name = 'RestRefusalError';
  readonly refusal: RestRefusal;
  /** Headers that belong to the refusal in whichever dialect. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(refusal: RestRefusal, headers: Readonly<Record<string, string>> = {}) {
    super(refusal);
    this.refusal = refusal;
    this.headers = headers;
  }
}

/** What the statuses of the framework's own refusals mean; any other below 500 is `malformed`. */
const refusalsByStatus: Readonly<Record<number, RestRefusal>> = {
  404: 'not_found',
  413: 'too_large',
  414: 'not_found',
};

/** The refusal that `error` is: the foundation's, or the framework's by its status. Undefined: it is neither. */
export function refusalOf(error: unknown): RestRefusalError | undefined {
  if (error instanceof RestRefusalError) return error;
  if (error instanceof TooManyRequestsError) {
    return new RestRefusalError('too_many_requests', { 'retry-after': String(error.retryAfterSeconds) });
  }
  if (error instanceof UnavailableError) return new RestRefusalError('unavailable');
  if (!(error instanceof Error && 'statusCode' in error)) return undefined;
  const status = Number(error.statusCode);
  const refusal = refusalsByStatus[status] ?? (status >= 400 && status < 500 ? 'malformed' : undefined);
  return refusal && new RestRefusalError(refusal);
}
