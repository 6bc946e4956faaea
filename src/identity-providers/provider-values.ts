import type { IdentityProvider } from './identity-provider.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** What an identity provider is made of, or changed to. */
export type IdentityProviderValues =
  | { readonly name: string; readonly type: 'internal' }
  | {
      readonly name: string;
      readonly type: 'oidc';
      readonly settings: OidcSettings;
      /** The secret in clear. Null: it has none. Absent: what `keptSecret` says. */
      readonly clientSecret?: string | null;
    };

/** A provider of the operator's file. */
export type DeclaredProvider = { readonly id: string } & IdentityProviderValues;

/** The port that keeps the secrets of providers, each bound to its provider. */
export interface ProviderSecrets {
  readonly seal: (secret: string, providerId: string) => string;
  /** @throws Error when the text was altered, or belongs to another provider */
  readonly open: (sealed: string, providerId: string) => string;
}

/** What the sealed secret of a provider is bound to. */
export function providerSecretContext(providerId: string): string {
  return `provider-secret/${providerId}`;
}

/** Keeps secrets in a vault. */
export function createProviderSecrets(vault: {
  readonly seal: (plaintext: Uint8Array, context: string) => string;
  readonly open: (sealed: string, context: string) => Buffer;
}): ProviderSecrets {
  return {
    seal: (secret, providerId) => vault.seal(Buffer.from(secret), providerSecretContext(providerId)),
    open: (sealed, providerId) => vault.open(sealed, providerSecretContext(providerId)).toString(),
  };
}

/**
 * The sealed secret that a provider keeps where it gets no other: it was given to this client by this issuer, and goes to nobody else.
 * Null: none.
 */
export function keptSecret(
  seen: IdentityProvider | null | undefined,
  { issuer, clientId }: OidcSettings,
): string | null {
  if (seen?.type !== 'oidc') return null;
  return seen.settings.issuer === issuer && seen.settings.clientId === clientId ? seen.sealedSecret : null;
}

/** The provider that has these values. A secret that it has already stays sealed as it is. @param seen as it was; undefined: it is new */
export function makeProvider(
  secrets: ProviderSecrets,
  { id, ...values }: DeclaredProvider,
  seen?: IdentityProvider,
): IdentityProvider {
  const { name } = values;
  if (values.type === 'internal') return { id, name, type: 'internal' };
  const { settings, clientSecret } = values;
  const known = keptSecret(seen, settings);
  const isKnown =
    clientSecret === undefined ||
    (known !== null && clientSecret !== null && secrets.open(known, id) === clientSecret);
  if (isKnown) return { id, name, type: 'oidc', settings, sealedSecret: known };
  const sealedSecret = clientSecret === null ? null : secrets.seal(clientSecret, id);
  return { id, name, type: 'oidc', settings, sealedSecret };
}
