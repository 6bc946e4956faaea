import { RegistryError, type RegistryErrorCode, type Violation } from '../../clients/errors.ts';
import { wireNameOf } from '../../clients/view.ts';
import { reasonPhrases } from '../../http/reason-phrases.ts';
import type { RestAnswer, RestRefusal } from '../rest-route.ts';
import { createLoginView } from './view.ts';

/** When each status is given, whichever part of the dialect gives it. */
export const loginApiErrors = {
  400: 'The request is not JSON as documented, or the client as it would be breaks rules; every fault is named. Also: more than one `Authorization` header.',
  401: 'The access token is missing, not of this server, or no longer valid.',
  403: 'The access token lacks the scope `login` or is not an administrator’s, or the caller may not make this change. Internal clients are never changed.',
  404: 'No client has this id, no secret of the client this fingerprint, no account the id or user name that was sent, or nothing is served at this path. Nothing was changed.',
  405: 'The path is served, but not with this method; `allow` names those that are.',
  409: 'The client has as many secrets or former key pairs as it may have, or other changes of it came first; then send the request again.',
  413: 'The body is larger than 1 MiB.',
  429: 'The client or the address asks, or fails to authenticate, too often; send the request again after the seconds of `retry-after`.',
  500: 'A fault of the server; the log tells more under the `x-request-id` of the answer.',
  503: 'The server is busy, or what it needs is not available; send the request again.',
} as const;

/** A status that the dialect gives for an error. */
export type LoginApiStatus = keyof typeof loginApiErrors;

/** What each refusal of the registry is answered with. */
export const loginApiStatuses: Readonly<Record<RegistryErrorCode, LoginApiStatus>> = {
  not_found: 404,
  invalid: 400,
  forbidden: 403,
  protected: 403,
  conflict: 409,
  contended: 409,
  secret_not_required: 409,
  secret_not_found: 404,
  secret_not_kept: 409,
  secrets_full: 409,
  keys_full: 409,
  busy: 503,
  signer_unavailable: 503,
};

/** What the foundation refuses, in the dialect's words. */
const refusals: Readonly<Record<RestRefusal, readonly [LoginApiStatus, string]>> = {
  malformed: [400, 'The request is malformed, or its body is not JSON.'],
  unauthenticated: [401, 'A valid access token is needed.'],
  insufficient_scope: [403, 'The access token lacks the scope login.'],
  not_administrator: [403, 'Only an administrator may do this.'],
  not_found: [404, 'Nothing is served at this path.'],
  method_not_allowed: [405, 'The path is not served with this method.'],
  too_large: [413, 'The body is larger than 1 MiB.'],
  too_many_requests: [429, 'There are too many requests; try again later.'],
  unavailable: [503, 'The server cannot do this at present; send the request again.'],
  server_error: [500, 'The server failed to answer the request.'],
};

/** One thing that is wrong with a request. */
export interface FieldFault {
  /** The wire field. */
  readonly field: string;
  /** Follows the field's name. */
  readonly message: string;
}

/** Why the dialect itself refuses, before it asks the registry. */
export class LoginApiError extends Error {
  override readonly name = 'LoginApiError';
  readonly status: LoginApiStatus;
  /** For the access log. */
  readonly code: string;

  constructor(status: LoginApiStatus, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A request that is not as documented, or would make a client that may not be: one sentence a fault. */
export function invalidInput(faults: readonly FieldFault[]): LoginApiError {
  const sentences = faults.map(({ field, message }) => `${field} ${message}.`);
  return new LoginApiError(400, 'invalid', sentences.join(' '));
}

/** The dialect's answer to a refusal of the foundation. */
export function answerRefusal(refusal: RestRefusal): RestAnswer {
  const [status, message] = refusals[refusal];
  return errorAnswer(status, message);
}

/** The view, for the names of its fields. */
const fields = createLoginView({ scopes: () => [] });

/** The dialect's answer to what a route threw; undefined: it is a bug. */
export function answerLoginError(error: unknown): RestAnswer | undefined {
  if (error instanceof LoginApiError)
    return { ...errorAnswer(error.status, error.message), code: error.code };
  if (!(error instanceof RegistryError)) return undefined;
  const { code, violations } = error;
  if (violations.length === 0) return { ...errorAnswer(loginApiStatuses[code], error.message), code };
  const faults = worthTelling(violations).map(({ field, message }) => ({
    field: wireNameOf(fields, field),
    message,
  }));
  return answerLoginError(invalidInput(faults));
}

/** The rule that the dialect itself asks of values; what breaks it was left out when the others were asked. */
export const typeRule = 'has-its-type';

/** Of a value of another type it is told that it is, and not what its absence breaks. */
function worthTelling(violations: readonly Violation[]): readonly Violation[] {
  const mistyped = violations.filter(({ rule }) => rule === typeRule);
  return violations.filter(
    ({ rule, field }) => rule === typeRule || mistyped.every((other) => other.field !== field),
  );
}

function errorAnswer(statusCode: LoginApiStatus, message: string): RestAnswer {
  return { status: statusCode, body: { statusCode, message, error: reasonPhrases[statusCode] ?? '' } };
}
