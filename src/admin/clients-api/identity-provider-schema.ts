import { z } from 'zod';
import { identityProviderTypes } from '../../identity-providers/identity-provider.ts';
import { oidcDefaults, upstreamAuthMethods } from '../../identity-providers/oidc-settings.ts';
import { identifier } from './values.ts';

const claim = (what: string, fallback: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${what}. \`${fallback}\` on creation.` });

/** What a request may say of an identity provider of the type `oidc`, beside the rest. */
export const oidcFields = {
  issuer: z
    .string()
    .meta({ format: 'uri', description: 'Its issuer identifier, an https URL. Required on creation.' }),
  client_id: z.string().meta({
    minLength: 1,
    maxLength: 255,
    description: 'What the provider calls this server. Required on creation.',
  }),
  client_secret: z.string().nullable().meta({
    writeOnly: true,
    maxLength: 1024,
    description:
      'The secret that it has given this server. No answer shows it. Left out, it is kept, as long as `issuer` and `client_id` stay.',
  }),
  token_endpoint_auth_method: z.string().meta({
    enum: [...upstreamAuthMethods],
    description: `How the secret is sent; \`none\`: there is no secret. \`${oidcDefaults.tokenEndpointAuthMethod}\` on creation.`,
  }),
  scopes: z.array(z.string()).meta({
    description: `What is asked for; \`openid\` is among them. \`${oidcDefaults.scopes.join(' ')}\` on creation.`,
  }),
  username_claim: claim(
    'The claim that new accounts get their user name from; null: they get a generated one',
    oidcDefaults.usernameClaim,
  ),
  email_claim: claim(
    'The claim that holds the e-mail address; null: accounts get none',
    oidcDefaults.emailClaim,
  ),
} as const;

/** What a request may say of an identity provider. */
export const providerFields = {
  id: identifier.nullable().meta({ format: 'uuid', description: 'Read-only: made on creation.' }),
  name: z.string().meta({ minLength: 1, maxLength: 255, description: 'One line that people read, unique.' }),
  type: z.string().meta({
    enum: [...identityProviderTypes],
    description:
      'How it proves who a person is. `internal`, by the accounts of this server, on creation; `oidc`: at another OpenID Connect provider. Read-only afterwards.',
  }),
  ...oidcFields,
} as const;

/** An identity provider as every answer shows it; what is optional, one of the type `oidc` has. */
export const providerShown = z.object({
  id: z.guid(),
  name: z.string(),
  type: z.enum(identityProviderTypes),
  issuer: z.string().optional(),
  client_id: z.string().optional(),
  token_endpoint_auth_method: z.enum(upstreamAuthMethods).optional(),
  scopes: z.array(z.string()).optional(),
  username_claim: z.string().nullable().optional(),
  email_claim: z.string().nullable().optional(),
});
