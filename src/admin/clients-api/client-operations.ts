import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import type { WireClient } from './client-schema.ts';
import { describeRoute } from './documentation.ts';

/** What `created` makes. */
const example = {
  id: '0198c0de-0000-7000-8000-000000000001',
  public_client_id: null,
  check_public_client_id: false,
  name: 'Shop',
  secret: 'cls_'.padEnd(96, 'x'),
  confidential: true,
  redirect_uris: ['https://shop.example/callback'],
  public_refresh_token: false,
  public_revoke: false,
  authorize_scope: false,
  enforce_dpop: false,
  enforce_tx_code: false,
  access_token_ttl: 86_400,
  authorization_code_ttl: 600,
  authorization_request_ttl: 300,
  refresh_token_ttl: 2_592_000,
  id_token_ttl: 86_400,
  pkce: true,
  public_key:
    '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkpwgjYXGEmbVPqJIUW639IG25u1H\ntW0aB2afDaSqZOpkq12hSHOA2HIg4X45fWS9OhAQSfQy7v3datR4vvnXLw==\n-----END PUBLIC KEY-----\n',
  key_pair_type: { type: 'ec', curve: 'P-256' },
  signatures_adapter: 'Elixir.Boruta.Internal.Signatures',
  did: null,
  identity_provider: { id: builtInIdentityProvider.id, name: builtInIdentityProvider.name },
  authorized_scopes: [],
  supported_grant_types: ['client_credentials', 'authorization_code'],
  id_token_signature_alg: 'ES256',
  userinfo_signed_response_alg: null,
  token_endpoint_jwt_auth_alg: 'HS256',
  token_endpoint_auth_methods: ['client_secret_basic', 'client_secret_post'],
  jwt_public_key: null,
  response_mode: 'direct_post',
} as const satisfies Readonly<Record<keyof WireClient, unknown>>;

const created = {
  name: 'Shop',
  redirect_uris: ['https://shop.example/callback'],
  confidential: true,
  pkce: true,
  key_pair_type: { type: 'ec', curve: 'P-256' },
  identity_provider: { id: builtInIdentityProvider.id },
};

const changed = { access_token_ttl: 900, supported_grant_types: ['client_credentials'] };

const faulty = [
  { field: 'redirect_uris', message: '`http://shop.example/` is invalid' },
  { field: 'identity_provider_id', message: "can't be blank" },
] as const;

const schema = 'ClientsApiClient';
const input = 'ClientsApiClientInput';
const one = { schema, example } as const;
const noSuch = { NOT_FOUND: [] } as const;
const refusals = {
  ...noSuch,
  FORBIDDEN: [],
  CONFLICT: [],
  UNPROCESSABLE_ENTITY: faulty,
  SERVICE_UNAVAILABLE: [],
} as const;
const change = {
  request: ['client', input, changed],
  status: 200,
  answer: { schema, example: { ...example, ...changed } },
  errors: refusals,
} as const;
const renewal = {
  status: 200,
  answer: one,
  errors: { ...refusals, UNPROCESSABLE_ENTITY: [{ field: 'key_pair_type', message: "can't be blank" }] },
} as const;

/** What the OpenAPI document says of the routes of clients. */
export const clientOperations = {
  list: describeRoute({
    operationId: 'listClients',
    summary: 'All clients, in order of creation, without their secrets',
    status: 200,
    answer: { schema, example: { ...example, secret: null }, isList: true },
  }),
  create: describeRoute({
    operationId: 'createClient',
    summary: 'Registers a client',
    request: ['client', input, created],
    status: 201,
    location: true,
    answer: one,
    errors: { FORBIDDEN: [], CONFLICT: [], UNPROCESSABLE_ENTITY: faulty, SERVICE_UNAVAILABLE: [] },
  }),
  get: describeRoute({
    operationId: 'getClient',
    summary: 'One client, with its newest secret',
    status: 200,
    answer: one,
    errors: noSuch,
  }),
  put: describeRoute({
    operationId: 'updateClient',
    summary: 'Changes the fields that are given',
    ...change,
  }),
  patch: describeRoute({ operationId: 'patchClient', summary: 'The same as PUT', ...change }),
  remove: describeRoute({
    operationId: 'deleteClient',
    summary: 'Deletes a client and everything that was granted to it; its id stays taken',
    status: 204,
    errors: { ...noSuch, FORBIDDEN: [], CONFLICT: [] },
  }),
  regenerateDid: describeRoute({
    operationId: 'regenerateClientDid',
    summary: 'Gives the client the did:key of its public key',
    ...renewal,
  }),
  regenerateKeyPair: describeRoute({
    operationId: 'regenerateClientKeyPair',
    summary: 'Gives the client a new key; the old one stays in the key set until what it signed has expired',
    ...renewal,
  }),
} as const;
