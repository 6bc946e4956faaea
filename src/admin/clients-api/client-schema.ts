import { z } from 'zod';
import { signatureAlgs } from '../../clients/client.ts';
import { clientsApiLifetimes } from '../../clients/rules/face-limits.ts';
import { supportedGrantTypes } from './grant-types.ts';
import { keyPairTypeInput, keyPairTypeShown } from './key-pair-types.ts';
import { flag, identifier, integer } from './values.ts';

const text = z.string();
const alg = z.enum(signatureAlgs);
const methods = z.array(
  z.enum(['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt']),
);
const grants = z.array(z.enum(supportedGrantTypes));
const responseMode = z.enum(['direct_post', 'post']);

/** The dialect's words for the record's signers. */
export const signaturesAdapters = {
  internal: 'Elixir.Boruta.Internal.Signatures',
  remote: 'Elixir.Boruta.Universal.Signatures',
} as const;

const adapter = z.enum([signaturesAdapters.internal, signaturesAdapters.remote]);

/** A flag that is false unless it is said otherwise when the client is created. */
const off = (description: string) => flag.meta({ description });
const ttl = (field: keyof typeof clientsApiLifetimes) => {
  const most = clientsApiLifetimes[field];
  return integer.meta({ minimum: 1, maximum: most, description: `Seconds; ${most} on creation.` });
};

/** What a request may say of a client, field by field: its type alone, because whether a value is allowed is for the rules to say. */
export const clientFields = {
  id: identifier.nullable().meta({
    format: 'uuid',
    description: 'Chosen on creation, never used before; read-only afterwards.',
  }),
  public_client_id: text.nullable().meta({
    maxLength: 255,
    description: 'The identifier that wallets know the client by.',
  }),
  check_public_client_id: off("The holder's DID must be the one that the code chain started with."),
  name: text.nullable().meta({ maxLength: 255 }),
  secret: text.nullable().meta({
    minLength: 64,
    maxLength: 255,
    description:
      'Printable ASCII; generated on creation unless chosen. `null` and the current value keep it; another value revokes all secrets and leaves that one.',
  }),
  confidential: off('The secret is checked on every grant.'),
  redirect_uris: z.array(text).meta({ description: 'The first is the default. Replaces the list.' }),
  public_refresh_token: off('Refresh without the secret.'),
  public_revoke: off('Revocation without the secret.'),
  authorize_scope: off('Adds `authorized_scopes` to the public scopes that the client may ask for.'),
  enforce_dpop: off('A DPoP proof is needed on every token request (RFC 9449).'),
  enforce_tx_code: off('A pre-authorized code needs its transaction code.'),
  access_token_ttl: ttl('accessTokenTtl'),
  authorization_code_ttl: ttl('authorizationCodeTtl'),
  authorization_request_ttl: ttl('authorizationRequestTtl'),
  refresh_token_ttl: ttl('refreshTokenTtl'),
  id_token_ttl: ttl('idTokenTtl'),
  pkce: off('A PKCE challenge is needed (RFC 7636); one that is sent is always enforced.'),
  public_key: text
    .nullable()
    .meta({ readOnly: true, description: 'Read-only: the current value is accepted back.' }),
  key_pair_type: keyPairTypeInput.nullable().meta({
    description:
      'RSA of 2048 bits on creation. A change makes a new key, and an algorithm that does not fit it follows unless it is given too. `null` only where it is so already.',
  }),
  signatures_adapter: adapter
    .transform((name) => (name === signaturesAdapters.internal ? ('internal' as const) : ('remote' as const)))
    .meta({ description: 'Follows the key pair type unless given.' }),
  did: text
    .nullable()
    .meta({ readOnly: true, description: 'Read-only: the current value is accepted back.' }),
  identity_provider: z
    .object({ id: identifier })
    .transform(({ id }) => id)
    .meta({ description: 'Needed on creation.' }),
  authorized_scopes: z
    .array(z.union([z.object({ id: identifier }), z.object({ name: text })]))
    .meta({ description: 'Replaces the list.' }),
  supported_grant_types: grants.meta({
    description: '`client_credentials` and `authorization_code` on creation. Replaces the list.',
  }),
  id_token_signature_alg: alg.meta({
    description: 'Fits the key; HS* needs a secret that is at least as long as the hash. RS512 on creation.',
  }),
  userinfo_signed_response_alg: alg.nullable().meta({ description: 'As above; null: plain JSON.' }),
  token_endpoint_jwt_auth_alg: alg.meta({ description: 'HS256 on creation.' }),
  token_endpoint_auth_methods: methods.meta({
    description: '`client_secret_basic` and `client_secret_post` on creation. Replaces the list.',
  }),
  jwt_public_key: text.nullable().meta({ description: 'PEM (SubjectPublicKeyInfo).' }),
  response_mode: responseMode.meta({ description: 'How wallets answer; `direct_post` on creation.' }),
} as const;

/** A client as every answer shows it. */
export const clientShown = z.object({
  id: z.guid(),
  public_client_id: text.nullable(),
  check_public_client_id: z.boolean(),
  name: text.nullable(),
  secret: text.nullable().meta({
    description:
      'The newest live secret where the server keeps it; `null` in lists and for clients that the caller may only read.',
  }),
  confidential: z.boolean(),
  redirect_uris: z.array(text),
  public_refresh_token: z.boolean(),
  public_revoke: z.boolean(),
  authorize_scope: z.boolean(),
  enforce_dpop: z.boolean(),
  enforce_tx_code: z.boolean(),
  access_token_ttl: z.int(),
  authorization_code_ttl: z.int(),
  authorization_request_ttl: z.int(),
  refresh_token_ttl: z.int(),
  id_token_ttl: z.int(),
  pkce: z.boolean(),
  public_key: text.nullable(),
  key_pair_type: keyPairTypeShown.nullable().meta({ description: "`null`: the server's key signs." }),
  signatures_adapter: adapter,
  did: text.nullable(),
  identity_provider: z.object({ id: z.guid(), name: text }),
  authorized_scopes: z.array(z.object({ id: z.guid(), name: text, public: z.boolean() })),
  supported_grant_types: grants,
  id_token_signature_alg: alg,
  userinfo_signed_response_alg: alg.nullable(),
  token_endpoint_jwt_auth_alg: alg,
  token_endpoint_auth_methods: methods,
  jwt_public_key: text.nullable(),
  response_mode: responseMode,
});

/** A client in the words of the wire. */
export type WireClient = z.infer<typeof clientShown>;
