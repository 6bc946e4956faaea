import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type ServerCommand } from './server-process.ts';
import { bootstrap, jwtClient, opaqueClient, originAt, scope } from './setting.ts';

/** Whose server it is: ours, node-oidc-provider, or the least that can answer the same token request. */
export type SideName = 'clientele' | 'peer' | 'composite';

/** Where a side has the endpoints that it has. */
export interface Paths {
  readonly token: string;
  readonly jwks: string;
  readonly introspection: string;
  readonly discovery: string;
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

/** Our server, with a new database in `directory`. */
export async function describeClientele(
  directory: string,
  from: { readonly checkout: string; readonly nodeOptions: readonly string[] },
): Promise<ClienteleSide> {
  const dataDirectory = join(directory, 'clientele');
  mkdirSync(dataDirectory, { mode: 0o700 });
  const file = join(directory, 'clientele.json');
  writeFileSync(file, JSON.stringify(declarations()));
  const port = await freePort();
  const env = {
    PORT: String(port),
    HOST: '127.0.0.1',
    CLIENTELE_ISSUER: originAt(port),
    CLIENTELE_DATA_DIR: dataDirectory,
    CLIENTELE_CONFIG: file,
    CLIENTELE_LOG_LEVEL: 'warn',
    CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrap.id,
    CLIENTELE_BOOTSTRAP_CLIENT_SECRET: bootstrap.secret,
  };
  const command = ['sh', 'scripts/node.sh', ...from.nodeOptions, 'src/server.ts'];
  return {
    server: { command, cwd: from.checkout, env, port, readyPath: '/health/ready' },
    paths: { token: '/oauth/token', jwks: '/oauth/jwks', introspection: '/oauth/introspect', discovery },
    database: join(dataDirectory, 'clientele.sqlite'),
  };
}

function declarations(): object {
  const grantTypes = ['client_credentials', 'introspect'];
  return {
    scopes: [{ name: scope, label: 'Read reports', public: true }],
    clients: [
      { ...jwtClient, name: 'JWT', grantTypes },
      { ...opaqueClient, name: 'Opaque', grantTypes, accessTokenFormat: 'opaque' },
    ],
  };
}

/** node-oidc-provider, with as many keys as our server publishes. */
export async function describePeer(directory: string): Promise<Side> {
  const file = join(directory, 'peer-jwks.json');
  writeFileSync(file, JSON.stringify({ keys: makeKeys() }));
  return {
    server: await describeProgram('peer.ts', file, discovery),
    paths: { token: '/token', jwks: '/jwks', introspection: '/token/introspection', discovery },
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
    paths: { token: '/token', jwks: '/jwks', introspection: '', discovery: '' },
  };
}

async function describeProgram(program: string, argument: string, readyPath: string): Promise<ServerCommand> {
  const port = await freePort();
  const command = ['sh', 'scripts/node.sh', join('bench', program), String(port), argument];
  return { command, cwd: repository, port, readyPath };
}
