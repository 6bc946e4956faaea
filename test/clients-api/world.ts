import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import type { JsonObject, JsonValue } from '../../src/kernel/encoding.ts';
import { startDeclaring } from '../connect/world.ts';
import { type Answer, openDocumented, type Send } from '../fixtures/documented-answers.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { settledContent } from '../fixtures/settled-content.ts';

/** The scopes of the dialect. */
export const everyScope = 'clients:manage:all scopes:manage:all identity-providers:manage:all';

/** The provider that every server has. */
export const builtIn = { id: builtInIdentityProvider.id, name: builtInIdentityProvider.name } as const;

/** An id that nothing has. */
export const unknownId = '00000000-0000-4000-8000-000000000000';

/** Made in no time, where an RSA key takes a while. */
export const ec = { type: 'ec', curve: 'P-256' } as const;

/** The path of a client, or of what is below it. */
export const pathOf = (id: string, ...below: readonly string[]): string =>
  ['/api/clients', id, ...below].join('/');

/** A resource as the dialect shows it. */
export type Shown = JsonObject & { readonly id: string };

/** A client as the dialect shows it. */
export type ShownClient = Shown & { readonly secret: string };

/** What callers of the dialect do on a server. */
export interface World {
  readonly server: TestServer;
  /** Holds every scope of the dialect. */
  readonly token: string;
  /** Every answer is looked up in the OpenAPI document. */
  readonly send: Send;
  /** The same with the token. */
  readonly call: (method: string, path: string, body?: object | string) => Promise<Answer>;
  /** Registers a client through the dialect: with an EC key and the built-in provider unless `fields` say otherwise. */
  readonly create: (fields?: object) => Promise<ShownClient>;
  readonly read: (id: string) => Promise<ShownClient>;
  /** Changes a client by PATCH. */
  readonly change: (id: string, fields: object) => Promise<Answer>;
  /** Registers a scope. */
  readonly createScope: (fields: object) => Promise<Shown>;
  /** Registers an identity provider. */
  readonly createProvider: (name: string) => Promise<Shown>;
}

/** Opens a world on a server that reads `declarations`. */
export async function open(context: TestContext, declarations: object = {}): Promise<World> {
  return openOn(await startDeclaring(context, declarations));
}

/** A world on a server that runs. */
export async function openOn(server: TestServer): Promise<World> {
  const send = await openDocumented(server);
  const token = await server.bootstrapToken(everyScope);
  const call: World['call'] = (method, path, body) =>
    send(method, path, { token, ...(body !== undefined && { body }) });
  const post = async (path: string, body: object): Promise<Shown> =>
    dataOf(await call('POST', path, body), 201);
  return {
    server,
    token,
    send,
    call,
    create: async (fields = {}) => {
      const client = { key_pair_type: ec, identity_provider: builtIn, ...fields };
      return (await post('/api/clients', { client })) as ShownClient;
    },
    read: async (id) => dataOf(await call('GET', pathOf(id)), 200) as ShownClient,
    change: (id, client) => call('PATCH', pathOf(id), { client }),
    createScope: (scope) => post('/api/scopes', { scope }),
    createProvider: (name) => post('/api/identity-providers', { identity_provider: { name } }),
  };
}

/** See `settledContent`. */
export function contentOf({ server }: Pick<World, 'server'>): Promise<string> {
  return settledContent(server.database);
}

/** What stands under `data`. */
export function dataOf({ status, json, text }: Answer, expected = 200): Shown {
  assert.equal(status, expected, text);
  return (json as JsonObject)['data'] as Shown;
}

/** The entries of a list. */
export function listOf({ status, json, text }: Answer): readonly Shown[] {
  assert.equal(status, 200, text);
  return (json as JsonObject)['data'] as unknown as readonly Shown[];
}

/** What an answer names as wrong, field by field. */
export function errorsOf({ json }: Answer): JsonValue | undefined {
  return (json as JsonObject | undefined)?.['errors'];
}

/** What an answer came to: `ok`, or its status, and of what is wrong with fields all of it. */
export function outcomeOf({ status, json }: Answer): string {
  if (status < 400) return 'ok';
  const { code, message, errors } = json as JsonObject;
  return errors === undefined ? `${status} ${code} ${message}` : `${status} ${JSON.stringify(errors)}`;
}
