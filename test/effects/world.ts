import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Client } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { createManualClock } from '../../src/kernel/clock.ts';
import { clientScopes, connectService, type Service } from '../connect/face.ts';
import { asOperator, declaring } from '../connect/world.ts';
import { type JsonAnswer, readJson } from '../fixtures/relying-party.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';

/** An application with a public scope. */
export const billing = {
  id: 'billing',
  name: 'Billing',
  audience: 'https://billing.example',
  scopes: [{ name: 'invoices:read', label: 'Read invoices', public: true }],
};

/** An application without scopes. */
export const archive = { id: 'archive', name: 'Archive', audience: 'https://archive.example' };

/** An account. */
export const robot = {
  id: '11111111-1111-4111-8111-111111111111',
  username: 'robot',
  password: 'password-of-the-robot',
};

/** Scopes of no application; `payroll` is private. */
export const scopes = [
  { name: 'reports', label: 'Reports', public: true },
  { name: 'exports', label: 'Exports', public: true },
  { name: 'payroll', label: 'Payroll' },
];

/** What a client proves itself with: `id`, `secret`, `method`. */
export type Credentials = Readonly<Record<string, string>>;

const endpoints = {
  token: { path: '/oauth/token', parameters: { grant_type: 'client_credentials' } },
  introspection: { path: '/oauth/introspect', parameters: { token: 'unknown' } },
  revocation: { path: '/oauth/revoke', parameters: { token: 'unknown' } },
} as const;

/** The endpoints that clients authenticate at. */
export type Endpoint = keyof typeof endpoints;
const everyEndpoint = Object.keys(endpoints) as Endpoint[];

/** A server with two applications and an account, administered through the Connect dialect. */
export async function open(context: TestContext) {
  const clock = createManualClock();
  const declarations = { applications: [billing, archive], accounts: [robot], scopes };
  const server = await startTestServer(context, { clock, env: declaring(context, declarations) });
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  return { server, service, clock, ...actions(server, service) };
}

type World = Awaited<ReturnType<typeof open>>;

/** What clients and their administrator do on a server. */
export function actions(server: TestServer, service: Service) {
  const post = async (
    endpoint: Endpoint,
    credentials: Credentials,
    extra: Credentials = {},
  ): Promise<JsonAnswer> => {
    const { path, parameters } = endpoints[endpoint];
    const { id, secret, method = 'client_secret_basic' } = credentials;
    const inBasic = method === 'client_secret_basic' && secret !== undefined;
    const response = await fetch(server.issuer + path, {
      method: 'POST',
      ...(inBasic && { headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` } }),
      body: new URLSearchParams({
        ...parameters,
        ...(!inBasic && { client_id: id ?? '' }),
        ...(!inBasic && secret !== undefined && { client_secret: secret }),
        ...extra,
      }),
    });
    return readJson(response);
  };
  return {
    post,
    create: async (fields: Parameters<Service['createClient']>[0] = {}) => {
      const { client } = await service.createClient({ name: 'Robot', hasSecret: true, ...fields });
      assert.ok(client);
      return { id: client.clientId, ...(client.clientSecret && { secret: client.clientSecret }) };
    },
    /** Changes what another face will have. */
    change: (id: string, patch: ClientPatch): Promise<Client> =>
      server.registry.update({ ...asOperator, id, patch: () => patch }),
    issue: async (credentials: Credentials, extra: Credentials = {}): Promise<string> => {
      const { status, body } = await post('token', credentials, extra);
      assert.equal(status, 200, JSON.stringify(body));
      return body['access_token'] as string;
    },
    introspect: async (credentials: Credentials, token: string) =>
      (await post('introspection', credentials, { token })).body,
  };
}

/** What an answer came to: `ok`, or its status and error. */
export function answerOutcome({ status, body }: Pick<JsonAnswer, 'status' | 'body'>): string {
  return status === 200 ? 'ok' : `${status} ${body['error']}`;
}

/** What each endpoint answers to `credentials`. */
export async function outcomes(world: World, credentials: Credentials): Promise<Record<Endpoint, string>> {
  const found: Partial<Record<Endpoint, string>> = {};
  for (const endpoint of everyEndpoint) {
    found[endpoint] = answerOutcome(await world.post(endpoint, credentials));
  }
  return found as Record<Endpoint, string>;
}

/** The same outcome at each endpoint. */
export const everywhere = (outcome: string): Record<Endpoint, string> => ({
  token: outcome,
  introspection: outcome,
  revocation: outcome,
});
