import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type ServerCommand } from './server-process.ts';
import {
  bootstrap,
  jwtClient,
  opaqueClient,
  opaqueWebClient,
  originAt,
  person,
  personScope,
  publicClient,
  redirectUri,
  scope,
  webClient,
} from './setting.ts';

/** Whose server it is: ours, node-oidc-provider, or the least that can answer the same token request. */
export type SideName = 'clientele' | 'peer' | 'composite';

/** Where a side has the endpoints that it has. */
export interface Paths {
  readonly token: string;
  readonly jwks: string;
  readonly introspection: string;
  readonly discovery: string;
  readonly authorization: string;
  readonly userinfo: string;
}

/** A server to measure, as it is to be started. */
export interface Side {
  readonly server: ServerCommand;
  readonly paths: Paths;
}

/** Our side, with the file of its database. */
export interface ClienteleSide extends Side {
  readonly database: string;
}

const repository = join(import.meta.dirname, '..');
const discovery = '/.well-known/openid-configuration';

/** Which of our servers: the checkout that it is in, and the options of the Node that runs it. */
export interface ClienteleBuild {
  readonly checkout: string;
  readonly nodeOptions: readonly string[];
}

/** Our server with the clients of every case, and a new database in `directory`. */
export async function describeClientele(directory: string, build: ClienteleBuild): Promise<ClienteleSide> {
  const file = join(directory, 'clientele.json');
  writeFileSync(file, JSON.stringify(declarations()));
  const side = await describePlainClientele(directory, build);
  const { server } = side;
  return { ...side, server: { ...server, env: { ...server.env, CLIENTELE_CONFIG: file } } };
}

/** Our server as it starts by default. */
export async function describePlainClientele(
  directory: string,
  { checkout, nodeOptions }: ClienteleBuild,
): Promise<ClienteleSide> {
  const dataDirectory = mkdtempSync(join(directory, 'clientele-'));
  const port = await freePort();
  const env = {
    PORT: String(port),
    HOST: '127.0.0.1',
    CLIENTELE_ISSUER: originAt(port),
    CLIENTELE_DATA_DIR: dataDirectory,
    CLIENTELE_LOG_LEVEL: 'warn',
    CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrap.id,
    CLIENTELE_BOOTSTRAP_CLIENT_SECRET: bootstrap.secret,
  };
  const command = ['sh', 'scripts/node.sh', ...nodeOptions, 'src/server.ts'];
  return {
    server: { command, cwd: checkout, env, port, readyPath: '/health/ready' },
    paths: {
      token: '/oauth/token',
      jwks: '/oauth/jwks',
      introspection: '/oauth/introspect',
      discovery,
      authorization: '/oauth/authorize',
      userinfo: '/oauth/userinfo',
    },
    database: join(dataDirectory, 'clientele.sqlite'),
  };
}

function declarations(): object {
  const grantTypes = ['client_credentials', 'introspect'];
  const signingIn = {
    grantTypes: ['authorization_code', 'refresh_token'],
    allowedScopes: [...personScope.split(' '), scope],
    redirectUris: [redirectUri],
    refreshTokenIssuance: 'always',
    idTokenSignatureAlg: 'ES256',
  };
  return {
    scopes: [{ name: scope, label: 'Read reports', public: true }],
    clients: [
      { ...jwtClient, name: 'JWT', grantTypes },
      { ...opaqueClient, name: 'Opaque', grantTypes, accessTokenFormat: 'opaque' },
      { ...webClient, name: 'Web', ...signingIn },
      { ...opaqueWebClient, name: 'Web', ...signingIn },
      {
        ...publicClient,
        name: 'Public',
        tokenEndpointAuthMethods: ['none'],
        publicRefreshToken: true,
        ...signingIn,
      },
    ],
    accounts: [{ ...person, emailVerified: true }],
  };
}

/** node-oidc-provider, with as many keys as our server publishes. */
export async function describePeer(directory: string): Promise<Side> {
  const file = join(directory, 'peer-jwks.json');
  writeFileSync(file, JSON.stringify({ keys: makeKeys() }));
  return {
    server: await describeProgram('peer.ts', file, discovery),
    paths: {
      token: '/token',
      jwks: '/jwks',
      introspection: '/token/introspection',
      discovery,
      authorization: '/auth',
      userinfo: '/me',
    },
  };
}

function makeKeys(): readonly object[] {
  const asJwk = (key: KeyObject, alg: string) => ({
    ...key.export({ format: 'jwk' }),
    kid: randomUUID(),
    use: 'sig',
    alg,
  });
  const ec = () => asJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
  const rsa = () => asJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256');
  return [ec(), ec(), rsa(), rsa()];
}

/** The composite limit. */
export async function describeComposite(directory: string): Promise<Side> {
  return {
    server: await describeProgram('composite.ts', directory, '/jwks'),
    paths: {
      token: '/token',
      jwks: '/jwks',
      introspection: '',
      discovery: '',
      authorization: '',
      userinfo: '',
    },
  };
}

async function describeProgram(program: string, argument: string, readyPath: string): Promise<ServerCommand> {
  const port = await freePort();
  const command = ['sh', 'scripts/node.sh', join('bench', program), String(port), argument];
  return { command, cwd: repository, port, readyPath };
}
