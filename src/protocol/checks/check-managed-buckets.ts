import { type AuthenticatedClient, requireSecret } from '../client-authentication/index.ts';

/**
 * Managed buckets are for clients that have proven a secret.
 * @throws OAuthError `invalid_client`
 */
export function checkManagedBuckets(authenticated: AuthenticatedClient): void {
  if (authenticated.client.usesManagedBuckets) requireSecret(authenticated);
}
