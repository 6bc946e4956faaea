import { RegistryError, type RegistryErrorCode, type Violation } from '../../clients/errors.ts';
import { redirectUriFault } from '../../clients/uri.ts';
import type { RestAnswer, RestRefusal } from '../rest-route.ts';

/** Every code of the dialect: its status, what people read, and when it is given. */
export const apiErrors = {
  BAD_REQUEST: {
    status: 400,
    message: 'The request is malformed.',
    when: 'The body is not JSON, or lacks the object that it is about; or an id in the path is no UUID, which `errors` then names.',
  },
  UNAUTHORIZED: {
    status: 401,
    message: 'A valid access token is needed.',
    when: 'The access token is missing, not of this server, or no longer valid.',
  },
  FORBIDDEN: {
    status: 403,
    message: 'You may not do this.',
    when: 'The access token lacks the scope of the route, or the caller may not make this change; with the message `The resource is write protected.`, nobody may.',
  },
  NOT_FOUND: {
    status: 404,
    message: 'There is no such resource.',
    when: 'Nothing has this id, or nothing is served at this path.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: 'The path is not served with this method.',
    when: 'The path is served, but not with this method; `allow` names those that are.',
  },
  CONFLICT: {
    status: 409,
    message: 'Other changes came first; send the request again.',
    when: 'Other nodes kept changing the same thing; read it, and send the request again.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    message: 'The body is too large.',
    when: 'The body is longer than 1 MiB.',
  },
  UNPROCESSABLE_ENTITY: {
    status: 422,
    message: 'Your request could not be processed.',
    when: 'A field has another type than documented, or what is asked for would break rules. Nothing was changed; `errors` names every faulty field.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    message: 'There are too many requests; try again later.',
    when: 'The client or the address asks, or fails to authenticate, too often; send the request again after the seconds of `retry-after`.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    message: 'The server failed.',
    when: 'A fault of the server; the log tells more under the `x-request-id` of the answer.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    message: 'The server cannot do this at present; send the request again.',
    when: 'Too many key pairs are being made, or the remote signer that holds such keys does not do its work: nothing was changed. Or the storage is out of reach: then nobody knows whether the change was made.',
  },
} as const;

/** One of `apiErrors`. */
export type ApiErrorCode = keyof typeof apiErrors;

/** What nobody may change through this dialect: internal clients, scopes and identity providers that are built in or declared. */
const writeProtected = 'The resource is write protected.';

/** What each refusal of the registry is called in the dialect. */
export const apiCodes: Readonly<Record<RegistryErrorCode, ApiErrorCode>> = {
  not_found: 'NOT_FOUND',
  invalid: 'UNPROCESSABLE_ENTITY',
  forbidden: 'FORBIDDEN',
  protected: 'FORBIDDEN',
  conflict: 'CONFLICT',
  contended: 'CONFLICT',
  secret_not_required: 'UNPROCESSABLE_ENTITY',
  secret_not_found: 'UNPROCESSABLE_ENTITY',
  secret_not_kept: 'UNPROCESSABLE_ENTITY',
  secrets_full: 'UNPROCESSABLE_ENTITY',
  keys_full: 'UNPROCESSABLE_ENTITY',
  busy: 'SERVICE_UNAVAILABLE',
  signer_unavailable: 'SERVICE_UNAVAILABLE',
};

const refusals: Readonly<Record<RestRefusal, ApiErrorCode>> = {
  malformed: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  insufficient_scope: 'FORBIDDEN',
  not_administrator: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'METHOD_NOT_ALLOWED',
  too_large: 'PAYLOAD_TOO_LARGE',
  too_many_requests: 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
  server_error: 'INTERNAL_SERVER_ERROR',
};

/** One thing that is wrong with a field, in the words of the wire. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** The dialect refuses. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly faults: readonly FieldFault[];

  /** @param message for the caller; default: the text of `apiErrors` */
  constructor(
    code: ApiErrorCode,
    faults: readonly FieldFault[] = [],
    message: string = apiErrors[code].message,
  ) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}

/** Refuses what nobody may change. */
export function protectedError(): ApiError {
  return new ApiError('FORBIDDEN', [], writeProtected);
}

/** Refuses values that break rules. */
export function unprocessable(faults: readonly FieldFault[]): ApiError {
  return new ApiError('UNPROCESSABLE_ENTITY', faults);
}

/** The codes whose answer has `errors`, also when no field is at fault. */
const naming: readonly ApiErrorCode[] = ['BAD_REQUEST', 'UNPROCESSABLE_ENTITY'];

/** What one answer says of a field at most: whoever sends more has not read the contract, or means harm. */
const mostMessages = 100;

function answerOf({ code, message, faults }: ApiError): RestAnswer {
  const errors = naming.includes(code) && { errors: messagesByField(faults) };
  return { status: apiErrors[code].status, code, body: { code, message, ...errors } };
}

function messagesByField(faults: readonly FieldFault[]): Readonly<Record<string, readonly string[]>> {
  const messages = new Map<string, Set<string>>();
  for (const { field, message } of faults) {
    const found = messages.get(field) ?? new Set();
    messages.set(field, found.size < mostMessages ? found.add(message) : found);
  }
  return Object.fromEntries([...messages].map(([field, found]) => [field, [...found]]));
}

/** The answer to a refusal of the foundation. */
export function answerRefusal(refusal: RestRefusal): RestAnswer {
  return answerOf(new ApiError(refusals[refusal]));
}

/** The answer to what a route threw; undefined: it is a bug. */
export function answerError(error: unknown): RestAnswer | undefined {
  const refusal = error instanceof RegistryError ? toApiError(error, ({ field }) => field) : error;
  return refusal instanceof ApiError ? answerOf(refusal) : undefined;
}

/** What the dialect says of rules that its original words otherwise. */
const wordings: Readonly<Record<string, string>> = {
  'id-is-a-uuid': 'is invalid',
  'has-an-authentication-method': "can't be blank",
  'signer-fits-key': 'must fit the key_pair_type',
  'authorization-request-ttl-is-a-lifetime': 'must be an integer from 1 to 300',
  'refresh-token-ttl-is-a-lifetime': 'must be an integer from 1 to 2592000',
};

/** Refusals that are about one field, though they are of no rule of the record. */
const faultOf: Readonly<Partial<Record<RegistryErrorCode, FieldFault>>> = {
  keys_full: {
    field: 'key_pair_type',
    message: 'cannot be changed or renewed again before former keys have expired',
  },
};

/** The longest URI that an answer repeats: none that is longer is a redirect URI. */
const longestUri = 2048;

/** The name of what is wrong with the form of a field, among the names of rules. */
export const formRule = 'has-its-type';

/**
 * The dialect's error for a refusal of the registry.
 * @param nameOf the wire field that a violation is reported under
 * @param redirectUris those that the request has sent: the dialect names each faulty one
 */
export function toApiError(
  { code, violations }: RegistryError,
  nameOf: (violation: Violation) => string,
  redirectUris: readonly string[] = [],
): ApiError {
  if (code === 'protected') return protectedError();
  const fault = faultOf[code];
  if (fault) return unprocessable([fault]);
  const unreadable = violations.filter(({ rule }) => rule === formRule).map(nameOf);
  const faults = violations
    // What the rules say of a field that could not be read, they say of what it would have replaced.
    .filter((violation) => violation.rule === formRule || !unreadable.includes(nameOf(violation)))
    .flatMap((violation) =>
      messagesOf(violation, redirectUris).map((message) => ({ field: nameOf(violation), message })),
    );
  return new ApiError(apiCodes[code], faults);
}

function messagesOf({ rule, message }: Violation, redirectUris: readonly string[]): readonly string[] {
  if (rule !== 'redirect-uris-are-safe') return [wordings[rule] ?? message];
  const faulty = redirectUris.filter((uri) => redirectUriFault(uri) === message);
  return faulty.length === 0 ? [message] : faulty.map((uri) => `\`${uri.slice(0, longestUri)}\` is invalid`);
}
