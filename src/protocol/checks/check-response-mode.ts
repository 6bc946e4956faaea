import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * The response mode exists, and puts no token into a query (OAuth 2.0 Multiple Response Types §3, §5).
 * @throws OAuthError `invalid_request`
 */
export function checkResponseMode({ parameters, target }: ProvenRequest): void {
  const { responseMode } = parameters;
  if (responseMode === undefined) {
    throw new OAuthError('invalid_request', 'The response mode is not supported.');
  }
  if (responseMode !== null && responseMode !== target.mode) {
    throw new OAuthError('invalid_request', 'The response mode is not allowed for the response type.');
  }
}
