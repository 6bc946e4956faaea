import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * Whoever wants nobody to be asked wants nothing to be asked (OpenID Connect Core §3.1.2.1).
 * @throws OAuthError `invalid_request`
 */
export function checkPrompt({ parameters }: ProvenRequest): void {
  if (parameters.prompts !== undefined) return;
  throw new OAuthError('invalid_request', 'The prompt none cannot be combined with another.');
}
