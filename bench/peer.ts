// node-oidc-provider as it comes: `node bench/peer.ts <port> <file of its JWK Set>`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import LRU from 'oidc-provider/lib/helpers/lru.js';
import type { ClientCredentials } from './requests.ts';
import {
  jwtClient,
  opaqueClient,
  opaqueWebClient,
  originAt,
  peerAudience,
  person,
  personScope,
  publicClient,
  redirectUri,
  scope,
  tokenTtl,
  webClient,
} from './setting.ts';

const [port = '', jwksFile = ''] = process.argv.slice(2);

/** Its own adapter, which keeps 1,000 entries by default: too few for 10,000 tokens. */
const store = new LRU({ maxSize: 20_000 });

interface Client {
  readonly clientId: string;
}

const clientOf = ({ id, secret }: ClientCredentials) => ({
  client_id: id,
  client_secret: secret,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  scope,
});

const signingIn = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [redirectUri],
  scope: `${personScope} ${scope}`,
  id_token_signed_response_alg: 'ES256',
};
const webClients = [
  ...[webClient, opaqueWebClient].map(({ id, secret }) => ({
    client_id: id,
    client_secret: secret,
    ...signingIn,
  })),
  { client_id: publicClient.id, token_endpoint_auth_method: 'none', ...signingIn },
];

interface SignIn {
  readonly oidc: {
    readonly client: Client;
    readonly session: {
      readonly accountId: string;
      readonly grantIdFor: (clientId: string) => string | undefined;
    };
  };
}

/** Every client may have what it asks for: nobody is asked. */
async function grantEverything({ oidc }: SignIn): Promise<object> {
  const { clientId } = oidc.client;
  const known = oidc.session.grantIdFor(clientId);
  const stored = known === undefined ? undefined : await provider.Grant.find(known);
  if (stored) return stored;
  const grant = new provider.Grant({ clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope(personScope);
  grant.addResourceScope(peerAudience, scope);
  await grant.save();
  return grant;
}

const provider = new Provider(originAt(Number(port)), {
  adapter: (model: string) => new MemoryAdapter(model, store),
  clients: [...[jwtClient, opaqueClient].map(clientOf), ...webClients],
  jwks: JSON.parse(readFileSync(jwksFile, 'utf8')),
  scopes: [scope, ...personScope.split(' ')],
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
  findAccount: (_context: unknown, accountId: string) => ({
    accountId,
    claims: async () => ({
      sub: accountId,
      preferred_username: person.username,
      email: person.email,
      email_verified: true,
    }),
  }),
  loadExistingGrant: grantEverything,
  issueRefreshToken: () => true,
  cookies: { keys: ['cookies-of-the-measurements'] },
  ttl: { ClientCredentials: tokenTtl },
  features: {
    // Its own pages, which take any password.
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_context: unknown, caller: Client, token: Client) => token.clientId === caller.clientId,
    },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context: unknown, client: Client) =>
        [jwtClient.id, webClient.id, publicClient.id].includes(client.clientId) ? peerAudience : undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope,
        audience: peerAudience,
        accessTokenTTL: tokenTtl,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

createServer(provider.callback()).listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
