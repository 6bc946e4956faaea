import assert from 'node:assert/strict';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { clientScopes } from '../connect/face.ts';
import { bootstrap, type TestServer } from '../fixtures/running-server.ts';

/** The Connect dialect's service. */
export const servicePath = `/${ClientsService.typeName}`;

/** Where clients authenticate, with a form. */
export const formRoutes = ['/oauth/token', '/oauth/introspect', '/oauth/revoke'] as const;

/** Every method of the Connect dialect. */
export const connectRoutes = ClientsService.methods.map(({ name }) => `${servicePath}/${name}`);

const documentRoutes = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/oauth/jwks',
  '/health/live',
  '/health/ready',
] as const;

const loginClients = '/auth/api/login/client';

/** The paths of the REST dialects, about an internal client and about nothing. */
export const restRoutes = [
  loginClients,
  `${loginClients}/${bootstrap.id}`,
  `${loginClients}/${bootstrap.id}/client-secret`,
  `${loginClients}/${bootstrap.id}/client-secret/${'0'.repeat(64)}`,
  `${loginClients}/nowhere/at/all`,
  ...['/api/clients', '/api/scopes', '/api/identity-providers'].flatMap((path) => [
    path,
    `${path}/${bootstrap.id}`,
  ]),
  `/api/clients/${bootstrap.id}/regenerate_did`,
  `/api/clients/${bootstrap.id}/regenerate_key_pair`,
];

/** Every route that the server has, and one that it has not. */
export const everyRoute = [
  ...formRoutes,
  ...connectRoutes,
  ...restRoutes,
  ...documentRoutes,
  '/openapi.json',
  '/logos/a/b.png',
  '/nowhere',
];

/** The scopes that open every face. */
export const administrationScopes = `${clientScopes} login clients:manage:all scopes:manage:all identity-providers:manage:all`;

/** The credentials of the bootstrap client. */
export const basic = `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}`;

/** The media type of a form. */
export const form = 'application/x-www-form-urlencoded';

/** A request; by default a `POST` without a body. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Sends a request, and reads all of the answer. */
export async function send(
  server: TestServer,
  path: string,
  { method = 'POST', headers = {}, body }: Sent = {},
) {
  const init = { method, headers, ...(body !== undefined && { body }) };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Sends a form, by default as the bootstrap client. */
export function sendForm(
  server: TestServer,
  path: string,
  parameters: Readonly<Record<string, string>>,
  authorization = basic,
) {
  return send(server, path, {
    headers: { 'content-type': form, authorization },
    body: new URLSearchParams(parameters).toString(),
  });
}

/** The number of clients, and the revision of each: what an attack must not change. */
function stateOf({ database }: TestServer): Promise<unknown> {
  return database.run('select id, revision from clients order by id');
}

/** Whether the answer blames the caller. */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}

/** Runs `attack` and sees to it that the server still works and that no client has changed. */
export async function withstands(server: TestServer, attack: () => Promise<void>): Promise<void> {
  const before = await stateOf(server);
  await attack();
  assert.deepEqual(await stateOf(server), before);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
}
