import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * `max_age` is a number of seconds (OpenID Connect Core §3.1.2.1).
 * @throws OAuthError `invalid_request`
 */
export function checkMaxAge({ parameters }: ProvenRequest): void {
  if (parameters.maxAge !== undefined) return;
  throw new OAuthError('invalid_request', 'The parameter max_age is not a number of seconds.');
}
