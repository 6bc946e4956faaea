import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * What is only a hint may name anybody and anything, at reasonable length.
 * @throws OAuthError `invalid_request`
 */
export function checkHints({ parameters }: ProvenRequest): void {
  if (parameters.loginHint === undefined) {
    throw new OAuthError('invalid_request', 'The parameter login_hint is too long.');
  }
  if (parameters.acrValues === undefined) {
    throw new OAuthError('invalid_request', 'The parameter acr_values is too long.');
  }
}
