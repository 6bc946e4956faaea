import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import { authenticationContexts, essentialContexts } from '../authorization/authentication-context.ts';
import type { ProvenRequest } from '../authorization/proven-request.ts';
import { providerIdOf } from '../client-provider.ts';
import { OAuthError } from '../errors.ts';

/**
 * Nobody is asked to sign in for a class that nobody reaches here. What another identity provider reaches is not known beforehand.
 * @throws OAuthError `unmet_authentication_requirements`
 */
export function checkEssentialAcr({ stored, parameters }: ProvenRequest): void {
  const wanted = essentialContexts(parameters.claims);
  if (wanted === null || providerIdOf(stored.client) !== builtInIdentityProvider.id) return;
  if (authenticationContexts.some((context) => wanted.includes(context))) return;
  throw new OAuthError(
    'unmet_authentication_requirements',
    'No sign-in at this server is of a class that the request insists on.',
  );
}
