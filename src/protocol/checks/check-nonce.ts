import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * An ID token that a browser carries is bound to its request (OpenID Connect Core §3.2.2.1, §3.3.2.11).
 * @throws OAuthError `invalid_request`
 */
export function checkNonce({ parameters }: ProvenRequest): void {
  const { nonce, responseType } = parameters;
  if (nonce === undefined) throw new OAuthError('invalid_request', 'The parameter nonce is too long.');
  if (nonce === null && responseType?.has('id_token')) {
    throw new OAuthError('invalid_request', 'The parameter nonce is missing.');
  }
}
