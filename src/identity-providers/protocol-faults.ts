import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { UpstreamError, type UpstreamFault } from './upstream-error.ts';

/**
 * Does `work`, in which whatever fails is the provider's `fault`.
 * @throws UpstreamError without the cause, which holds what the provider has answered
 */
export async function blaming<Result>(
  fault: UpstreamFault,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    throw new UpstreamError(faultOfAnswer(error) ?? fault, describe(error));
  }
}

/** What the authorization endpoint's error says (OpenID Connect Core §3.1.2.6). */
const answerFaults: Readonly<Record<string, UpstreamFault>> = {
  access_denied: 'denied',
  login_required: 'login-required',
  interaction_required: 'login-required',
  account_selection_required: 'login-required',
  consent_required: 'login-required',
};

function faultOfAnswer(error: unknown): UpstreamFault | undefined {
  return error instanceof AuthorizationResponseError ? answerFaults[error.error] : undefined;
}

/** Texts of the library are constant; those of others may repeat what was answered. */
function describe(error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return `${error.message}${/^[\w-]{1,64}$/.test(error.error) ? `: ${error.error}` : ''}`;
  }
  const isConstant =
    error instanceof OperationProcessingError ||
    error instanceof UnsupportedOperationError ||
    error instanceof WWWAuthenticateChallengeError;
  if (isConstant) return error.message;
  return `what it answered cannot be used: ${error instanceof Error ? error.name : 'unknown'}`;
}
