import { Code, ConnectError } from '@connectrpc/connect';
import { RegistryError, type RegistryErrorCode, type Violation } from '../../clients/errors.ts';
import { type View, wireNameOf } from '../../clients/view.ts';
import { BadRequestSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { LogoError, type LogoFault } from '../logo-image.ts';
import type { ConnectClient } from './view.ts';

/** What each refusal of the registry is called in the dialect. */
export const connectCodes: Readonly<Record<RegistryErrorCode, Code>> = {
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
};

/** One thing that is wrong with a request. */
interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** A request that is not as documented: `invalid_argument` with a `google.rpc.BadRequest` entry per field. */
export function invalidArgument(faults: readonly FieldFault[]): ConnectError {
  const fieldViolations = faults.map(({ field, message }) => ({ field, description: message }));
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

function logoError({ code, message }: LogoError): ConnectError {
  const field = logoFields[code];
  if (field === null) return new ConnectError(message, Code.ResourceExhausted);
  return invalidArgument([{ field, message: `is refused: ${message}` }]);
}

function toFault(view: View<ConnectClient>, { field, message }: Violation): FieldFault {
  return { field: wireNameOf(view, field), message };
}
