import type { IdentityProvider } from '../../identity-providers/identity-provider.ts';
import type { OidcSettings } from '../../identity-providers/oidc-settings.ts';
import type { IdentityProviderValues } from '../../identity-providers/provider-values.ts';
import type { JsonObject } from '../../kernel/encoding.ts';

/** An identity provider as every answer shows it: without its secret. */
export function writeProvider(provider: IdentityProvider): JsonObject {
  const { id, name, type } = provider;
  return { id, name, type, ...(provider.type === 'oidc' && writeSettings(provider.settings)) };
}

/** What the audit log compares. A secret stands there as a word; one that is set is another one, as far as anybody can tell. */
export function auditedProvider(provider: IdentityProvider | IdentityProviderValues): JsonObject {
  const { name, type } = provider;
  if (provider.type === 'internal') return { name, type };
  const settings = writeSettings(provider.settings);
  if ('sealedSecret' in provider) {
    return { name, type, ...settings, client_secret: provider.sealedSecret && 'kept' };
  }
  const { clientSecret } = provider;
  return {
    name,
    type,
    ...settings,
    ...(clientSecret !== undefined && { client_secret: clientSecret && 'given' }),
  };
}

function writeSettings(settings: OidcSettings): JsonObject {
  return {
    issuer: settings.issuer,
    client_id: settings.clientId,
    token_endpoint_auth_method: settings.tokenEndpointAuthMethod,
    scopes: settings.scopes,
    username_claim: settings.usernameClaim,
    email_claim: settings.emailClaim,
  };
}
