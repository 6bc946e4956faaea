import type { Client, GrantType } from '../../clients/client.ts';
import { OAuthError } from '../errors.ts';

/**
 * A client uses only what it is registered for.
 * @throws OAuthError `unauthorized_client` (RFC 6749 §5.2)
 */
export function checkGrantType(client: Client, grantType: GrantType): void {
  if (client.grantTypes.includes(grantType)) return;
  throw new OAuthError('unauthorized_client', `The client is not allowed to use ${grantType}.`);
}
