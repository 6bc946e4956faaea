import { Code, ConnectError } from '@connectrpc/connect';
import { RegistryError, type RegistryErrorCode, type Violation } from '../../clients/errors.ts';
import { type View, wireNameOf } from '../../clients/view.ts';
import { BadRequestSchema } from '../../gen/google/rpc/error_details_pb.ts';
import type { UnavailableError } from '../../kernel/unavailable.ts';
import { LogoError, type LogoFault } from '../logo-image.ts';
import type { ConnectClient } from './view.ts';

/** When each code is given, whichever part of the dialect gives it; null: never. */
export const connectErrors = {
  [Code.InvalidArgument]:
    'The request is not as documented, or the client as it would be breaks rules; every faulty field is named. Also: more than one `Authorization` header, another `Connect-Protocol-Version` than 1, a timeout that is no number or over an hour.',
  [Code.Unauthenticated]: 'The access token is missing, not of this server, or no longer valid.',
  [Code.PermissionDenied]:
    'The access token lacks the scope of the method, or is in the name of no person where the method is about one, or the caller may see the client and may not make this change.',
  [Code.NotFound]:
    'No client, no authorisation of the caller and no application has this id or slug, or the caller may not see it.',
  [Code.FailedPrecondition]: 'What is asked does not go together with the client or the server as they are.',
  [Code.Aborted]: 'Other changes of the client came first; read it and send the request again.',
  [Code.ResourceExhausted]:
    'The client or the address asks, or fails to authenticate, too often; send the request again after the seconds of `retry-after`. Also: the body is longer than 4 MiB, before or after decompression, or the server has too many images to read or key pairs to make; then send it again.',
  [Code.DeadlineExceeded]:
    'The time that the caller allowed is over. A change that was under way may have been made.',
  [Code.Canceled]: 'The caller went away; only the log shows it.',
  [Code.Unimplemented]:
    'The service has no such method, or does not serve this HTTP method (405), content type (415) or compression.',
  [Code.Internal]: 'A fault of the server; the log tells more under the `x-request-id` of the answer.',
  [Code.Unknown]: null,
  [Code.AlreadyExists]: null,
  [Code.OutOfRange]: null,
  [Code.Unavailable]:
    'The remote signer that holds the key pairs of such clients did not do its work, or the storage is out of reach: then nobody knows whether the change was made. Send the request again.',
  [Code.DataLoss]: null,
} as const satisfies Readonly<Record<Code, string | null>>;

/** A code that this server gives. */
export type GivenCode = {
  [Name in keyof typeof connectErrors]: (typeof connectErrors)[Name] extends string ? Name : never;
}[keyof typeof connectErrors];

/** What each refusal of the registry is called in the dialect. */
export const connectCodes: Readonly<Record<RegistryErrorCode, GivenCode>> = {
  not_found: Code.NotFound,
  invalid: Code.InvalidArgument,
  forbidden: Code.PermissionDenied,
  protected: Code.FailedPrecondition,
  conflict: Code.Aborted,
  contended: Code.Aborted,
  secret_not_required: Code.FailedPrecondition,
  secret_not_found: Code.NotFound,
  secret_not_kept: Code.FailedPrecondition,
  secrets_full: Code.FailedPrecondition,
  keys_full: Code.FailedPrecondition,
  busy: Code.ResourceExhausted,
  signer_unavailable: Code.Unavailable,
};

/** One thing that is wrong with a request. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** What one answer names at most: whoever sends more has not read the contract, or means harm. */
export const mostFaults = 100;

/** As much of a name that is not ours as an answer repeats. */
export function excerptOf(name: string): string {
  return name.slice(0, 64).toWellFormed();
}

/** A request that is not as documented: `invalid_argument` with a `google.rpc.BadRequest` entry per field. */
export function invalidArgument(all: readonly FieldFault[]): ConnectError {
  const faults = all.slice(0, mostFaults);
  const fieldViolations = [...Map.groupBy(faults, ({ field }) => field)].map(([field, own]) => ({
    field,
    description: own.map(({ message }) => message).join('; '),
  }));
  return new ConnectError(
    faults.map(({ field, message }) => `${field} ${message}`).join('; '),
    Code.InvalidArgument,
    undefined,
    [{ desc: BadRequestSchema, value: { fieldViolations } }],
  );
}

/** The field at fault when an image is refused; null: none is, the server is busy. */
const logoFields: Readonly<Record<LogoFault, string | null>> = {
  unsupported_type: 'contentType',
  type_mismatch: 'contentType',
  too_large: 'logoData',
  too_many_pixels: 'logoData',
  unreadable: 'logoData',
  busy: null,
};

/** The dialect's error for what the registry or the reader of images threw; anything else is a bug and passes through. */
export function toConnectError(view: View<ConnectClient>, error: unknown): unknown {
  if (error instanceof LogoError) return logoError(error);
  if (!(error instanceof RegistryError)) return error;
  if (error.violations.length > 0)
    return invalidArgument(error.violations.map((entry) => toFault(view, entry)));
  return new ConnectError(error.message, connectCodes[error.code]);
}

/** The answer to a request that needs what is out of reach. */
export function unavailable(cause: UnavailableError): ConnectError {
  const text = 'the server cannot do this at present; send the request again';
  return new ConnectError(text, Code.Unavailable, undefined, undefined, cause);
}

function logoError({ code, message }: LogoError): ConnectError {
  const field = logoFields[code];
  if (field === null) return new ConnectError(message, Code.ResourceExhausted);
  return invalidArgument([{ field, message: `is refused: ${message}` }]);
}

function toFault(view: View<ConnectClient>, { field, message }: Violation): FieldFault {
  return { field: wireNameOf(view, field), message };
}
