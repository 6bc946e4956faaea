import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * Managed buckets are for clients that have proven a secret, which no client does where a browser carries the token.
 * @throws OAuthError `unauthorized_client`
 */
export function checkFrontChannelToken({ stored, parameters }: ProvenRequest): void {
  if (!stored.client.usesManagedBuckets || !parameters.responseType?.has('token')) return;
  throw new OAuthError('unauthorized_client', 'The client gets access tokens at the token endpoint alone.');
}
