import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * A state that cannot be given back is refused.
 * @throws OAuthError `invalid_request`
 */
export function checkState({ parameters }: ProvenRequest): void {
  if (parameters.state !== undefined) return;
  throw new OAuthError('invalid_request', 'The parameter state is too long, or has control characters.');
}
