import { isDeepStrictEqual } from 'node:util';
import { lineFault } from '../../clients/rules/display.ts';
import { type IdentityProvider, identityProviderTypes } from '../../identity-providers/identity-provider.ts';
import {
  type OidcFault,
  type OidcSettings,
  oidcDefaults,
  oidcFaults,
  type UpstreamAuthMethod,
  upstreamSecretFault,
} from '../../identity-providers/oidc-settings.ts';
import { type IdentityProviderValues, keptSecret } from '../../identity-providers/provider-values.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import { unprocessable } from './errors.ts';
import { oidcFields, providerFields } from './identity-provider-schema.ts';
import { writeProvider } from './identity-provider-view.ts';
import { faultsOf, idFault, type Reading, readFields, resourceOf } from './resource.ts';

/** What a request says of an identity provider. */
export type ProviderReading = Reading<typeof providerFields>;

/** @throws ApiError `BAD_REQUEST` */
export function readProvider(body: JsonValue | undefined): ProviderReading {
  return readFields(providerFields, resourceOf(body, 'identity_provider'));
}

/** Whether a request writes back what was read. */
export function isSameProvider(seen: IdentityProvider, { values, faults }: ProviderReading): boolean {
  const shown = writeProvider(seen);
  return faults.length === 0 && isDeepStrictEqual({ ...shown, ...values }, shown);
}

type Faults = Readonly<Record<string, string | undefined>>;

/**
 * The provider with what a request says of it.
 * @param current null: it is new
 * @throws ApiError `UNPROCESSABLE_ENTITY`
 */
export function checkProvider(
  current: IdentityProvider | null,
  { values, faults }: ProviderReading,
): IdentityProviderValues {
  const name = values.name ?? current?.name ?? '';
  const type = values.type ?? current?.type ?? 'internal';
  const oidc = type === 'oidc' ? readOidc(current, values) : null;
  const found = faultsOf(faults, {
    id: idFault(values.id, current?.id ?? null),
    name: nameFault(name),
    type: typeFault(type, current),
    ...(oidc?.faults ?? strayFaults(values)),
  });
  if (found.length > 0) throw unprocessable(found);
  return oidc === null ? { name, type: 'internal' } : { name, type: 'oidc', ...oidc.values };
}

function nameFault(name: string): string | undefined {
  return name.trim() === '' ? "can't be blank" : lineFault(name, 255);
}

function typeFault(type: string, current: IdentityProvider | null): string | undefined {
  if (!identityProviderTypes.some((known) => known === type)) {
    return `must be ${identityProviderTypes.join(' or ')}`;
  }
  return current === null || current.type === type ? undefined : 'is read-only';
}

/** What is said of a provider that has no such settings. */
function strayFaults(values: ProviderReading['values']): Faults {
  const stray = Object.keys(oidcFields).filter((field) => Object.hasOwn(values, field));
  return Object.fromEntries(stray.map((field) => [field, 'is for the type oidc alone']));
}

/** The settings with what a request says of them, and what is wrong with them then. */
function readOidc(current: IdentityProvider | null, values: ProviderReading['values']) {
  const seen = current?.type === 'oidc' ? current : null;
  const { issuer, clientId, ...others } = seen?.settings ?? { issuer: '', clientId: '', ...oidcDefaults };
  const settings: OidcSettings = {
    issuer: values.issuer ?? issuer,
    clientId: values.client_id ?? clientId,
    tokenEndpointAuthMethod: (values.token_endpoint_auth_method ??
      others.tokenEndpointAuthMethod) as UpstreamAuthMethod,
    scopes: values.scopes ?? others.scopes,
    usernameClaim: values.username_claim === undefined ? others.usernameClaim : values.username_claim,
    emailClaim: values.email_claim === undefined ? others.emailClaim : values.email_claim,
  };
  const clientSecret = values.client_secret;
  const hasSecret = (clientSecret === undefined ? keptSecret(seen, settings) : clientSecret) !== null;
  return {
    values: { settings, ...(clientSecret !== undefined && { clientSecret }) },
    faults: {
      ...Object.fromEntries(oidcFaults(settings, hasSecret).map((fault) => wireFault(fault, settings))),
      ...secretFault(clientSecret),
    },
  };
}

function secretFault(secret: string | null | undefined): Faults {
  const message = typeof secret === 'string' ? upstreamSecretFault(secret) : undefined;
  return message === undefined ? {} : { client_secret: message };
}

const wireNames = {
  issuer: 'issuer',
  clientId: 'client_id',
  clientSecret: 'client_secret',
  tokenEndpointAuthMethod: 'token_endpoint_auth_method',
  scopes: 'scopes',
  usernameClaim: 'username_claim',
  emailClaim: 'email_claim',
} as const satisfies Readonly<Record<OidcFault['field'], keyof typeof oidcFields>>;

function wireFault({ field, message }: OidcFault, settings: OidcSettings): readonly [string, string] {
  const isBlank = (field === 'issuer' || field === 'clientId') && settings[field] === '';
  return [wireNames[field], isBlank ? "can't be blank" : message];
}
