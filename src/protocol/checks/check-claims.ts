import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * `claims` is JSON of its documented shape (OpenID Connect Core §5.5).
 * @throws OAuthError `invalid_request`
 */
export function checkClaims({ parameters }: ProvenRequest): void {
  if (parameters.claims !== undefined) return;
  throw new OAuthError('invalid_request', 'The parameter claims is malformed, or asks for too much.');
}
