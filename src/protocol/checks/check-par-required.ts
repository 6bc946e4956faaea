import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * A client that is held to pushed authorization requests sends its parameters in no other way (RFC 9126 §4).
 * @throws OAuthError `invalid_request`
 */
export function checkParRequired({ stored }: ProvenRequest): void {
  if (!stored.client.parRequired) return;
  throw new OAuthError('invalid_request', 'The client is held to pushed authorization requests.');
}
