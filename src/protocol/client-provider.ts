import type { Client } from '../clients/client.ts';
import type { StoredClient } from '../clients/store.ts';
import { builtInIdentityProvider } from '../identity-providers/identity-provider.ts';
import type { IdentityProviders } from '../identity-providers/identity-providers.ts';

/** Where people sign in to a client. */
export function providerIdOf({ identityProviderId }: Pick<Client, 'identityProviderId'>): string {
  return identityProviderId ?? builtInIdentityProvider.id;
}

/** Where a person has signed in, of a session or of what came from it. */
export interface SignInPlace {
  readonly identityProviderId: string;
  /** What the provider was then: under another issuer it is somebody else, who vouches for other people. Absent or null: this server. */
  readonly providerIssuer?: string | null;
}

/** Whether it is where the client wants its people to sign in, as both are now: the one place that says so. */
export function isPlaceOf(place: SignInPlace, { client, providerIssuer }: StoredClient): boolean {
  const isSameIssuer = (place.providerIssuer ?? null) === (providerIssuer ?? null);
  return isSameIssuer && place.identityProviderId === providerIdOf(client);
}

/** Makes what tells whether people still sign in there, for whatever client: the provider is there, and has the issuer that it had. */
export function createPlaceCheck({
  current,
}: Pick<IdentityProviders, 'current'>): (place: SignInPlace) => Promise<boolean> {
  return async ({ identityProviderId, providerIssuer }) => {
    if (identityProviderId === builtInIdentityProvider.id) return true;
    const provider = (await current()).find(identityProviderId);
    return provider?.type === 'oidc' && provider.settings.issuer === providerIssuer;
  };
}
