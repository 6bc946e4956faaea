import { z } from 'zod';
import { builtInIdentityProvider, identityProviderTypes } from '../identity-providers/identity-provider.ts';
import {
  oidcDefaults,
  oidcFaults,
  upstreamAuthMethods,
  upstreamSecretFault,
} from '../identity-providers/oidc-settings.ts';
import type { DeclaredProvider } from '../identity-providers/provider-values.ts';
import { isUuid } from '../kernel/random.ts';
import { ValueFault } from './faults.ts';

/** The part of the file's schema about identity providers, and what its entries declare. */

/** The secret that a provider has given this server. @throws ValueFault */
export function parseUpstreamSecret(text: string): string {
  const fault = upstreamSecretFault(text);
  if (fault !== undefined) throw new ValueFault(fault);
  return text;
}

const oidcKeys = {
  issuer: z
    .string()
    .optional()
    .describe('Of an `oidc` provider, required: its issuer identifier, an https URL, compared exactly.'),
  clientId: z.string().optional().describe('Of an `oidc` provider, required: what it calls this server.'),
  secret: z
    .string()
    .optional()
    .describe(
      'The secret that it has given this server: 1 to 1024 printable ASCII characters. Prefer `secretFile`.',
    ),
  secretFile: z.string().min(1).optional().describe('Path of a file that holds the secret.'),
  tokenEndpointAuthMethod: z
    .enum(upstreamAuthMethods)
    .optional()
    .describe(
      `How the secret is sent; \`none\`: there is no secret. \`${oidcDefaults.tokenEndpointAuthMethod}\` where nothing is said.`,
    ),
  scopes: z
    .array(z.string())
    .optional()
    .describe(`What is asked for. \`${oidcDefaults.scopes.join('`, `')}\` where nothing is said.`),
  usernameClaim: z
    .string()
    .nullable()
    .optional()
    .describe(
      `The claim that new accounts get their user name from; null: they get a generated one. \`${oidcDefaults.usernameClaim}\` where nothing is said.`,
    ),
  emailClaim: z
    .string()
    .nullable()
    .optional()
    .describe(
      `The claim that holds the e-mail address; null: accounts get none. \`${oidcDefaults.emailClaim}\` where nothing is said.`,
    ),
} as const;

const shape = z.strictObject({
  id: z
    .string()
    .refine(isUuid, 'must be a UUID in lower case')
    .refine((id) => id !== builtInIdentityProvider.id, 'is the id of the built-in identity provider')
    .describe('UUID that clients name it by.'),
  name: z
    .string()
    .min(1)
    .max(255)
    .refine((text) => text !== builtInIdentityProvider.name, 'is the name of the built-in identity provider')
    .describe('What people read; unique. Another provider that has it gets a suffix to its own.'),
  type: z
    .enum(identityProviderTypes)
    .default('internal')
    .describe(
      '`internal`: the accounts of this server. `oidc`: another OpenID Connect provider ([how](identity-providers.md)).',
    ),
  ...oidcKeys,
});

/** An entry of the file before its secret is read. */
type Entry = z.output<typeof shape>;

/** An identity provider of the file. */
export const identityProvider = shape.superRefine((entry, context) => {
  for (const { field, message } of faultsOf(entry)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

interface Fault {
  readonly field: string;
  readonly message: string;
}

function faultsOf(entry: Entry): readonly Fault[] {
  if (entry.type === 'internal') {
    const stray = Object.keys(oidcKeys).filter((key) => key in entry);
    return stray.map((field) => ({ field, message: 'is for the type oidc alone' }));
  }
  const { secret, secretFile } = entry;
  const hasSecret = secret !== undefined || secretFile !== undefined;
  const fault = secret === undefined ? undefined : upstreamSecretFault(secret);
  return [
    ...(secret !== undefined && secretFile !== undefined
      ? [{ field: 'secret', message: 'stands beside secretFile' }]
      : []),
    ...(fault === undefined ? [] : [{ field: 'secret', message: fault }]),
    ...oidcFaults(settingsOf(entry), hasSecret).map(({ field, message }) => ({
      field: field === 'clientSecret' ? 'secret' : field,
      message,
    })),
  ];
}

function settingsOf({ issuer = '', clientId = '', ...entry }: Entry) {
  const { usernameClaim = oidcDefaults.usernameClaim, emailClaim = oidcDefaults.emailClaim } = entry;
  return {
    issuer,
    clientId,
    tokenEndpointAuthMethod: entry.tokenEndpointAuthMethod ?? oidcDefaults.tokenEndpointAuthMethod,
    scopes: entry.scopes ?? oidcDefaults.scopes,
    usernameClaim,
    emailClaim,
  };
}

/** What an entry declares. @param readSecret reads the secret in a file; undefined when anything is wrong with it, which is noted */
export function declareIdentityProvider(
  entry: Entry,
  readSecret: (file: string) => string | undefined,
): DeclaredProvider {
  const { id, name, type, secret, secretFile } = entry;
  if (type === 'internal') return { id, name, type };
  const known = secretFile === undefined ? secret : readSecret(secretFile);
  return { id, name, type, settings: settingsOf(entry), clientSecret: known ?? null };
}
