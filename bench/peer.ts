// node-oidc-provider as it comes: `node bench/peer.ts <port> <file of its JWK Set>`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import LRU from 'oidc-provider/lib/helpers/lru.js';
import type { ClientCredentials } from './requests.ts';
import { jwtClient, opaqueClient, originAt, peerAudience, scope, tokenTtl } from './setting.ts';

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

const provider = new Provider(originAt(Number(port)), {
  adapter: (model: string) => new MemoryAdapter(model, store),
  clients: [jwtClient, opaqueClient].map(clientOf),
  jwks: JSON.parse(readFileSync(jwksFile, 'utf8')),
  scopes: [scope],
  ttl: { ClientCredentials: tokenTtl },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_context: unknown, caller: Client, token: Client) => token.clientId === caller.clientId,
    },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context: unknown, client: Client) =>
        client.clientId === jwtClient.id ? peerAudience : undefined,
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
