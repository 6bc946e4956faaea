import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { startDeclaring } from '../connect/world.ts';
import { type Answer, openDocumented, type Send } from '../fixtures/documented-answers.ts';
import type { TestServer } from '../fixtures/running-server.ts';

/** Where the dialect's routes begin. */
export const root = '/auth/api/login/client';

/** The path of a client, or of what is below it. */
export const pathOf = (id: string, ...below: readonly string[]): string => [root, id, ...below].join('/');

/** An account. */
export const robot = { id: '11111111-1111-4111-8111-111111111111', username: 'robot' } as const;

/** A server with the dialect, called by an administrator. */
export interface World {
  readonly server: TestServer;
  readonly token: string;
  /** Every answer is looked up in the OpenAPI document. */
  readonly send: Send;
  /** The same with the administrator's token. */
  readonly call: (method: string, path: string, body?: object | string) => Promise<Answer>;
  /** Registers a client through the dialect, and answers its view. */
  readonly create: (fields?: object) => Promise<ClientView>;
  readonly addSecret: (id: string) => Promise<CreatedSecret>;
}

/** A client as the dialect shows it. */
export type ClientView = JsonObject & { readonly id: string; readonly validScopes: readonly string[] };

/** A secret as its creation shows it. */
export type CreatedSecret = Readonly<Record<'secretText' | 'fingerprint' | 'censored', string>>;

/** Opens a world whose server has one account, and whatever `declarations` say beside. */
export async function open(context: TestContext, declarations: object = {}): Promise<World> {
  const server = await startDeclaring(context, { accounts: [robot], ...declarations });
  return openOn(server);
}

/** A world on a server that runs. */
export async function openOn(server: TestServer, token?: string): Promise<World> {
  const send = await openDocumented(server);
  const bearer = token ?? (await server.bootstrapToken('login'));
  const call: World['call'] = (method, path, body) =>
    send(method, path, { token: bearer, ...(body !== undefined && { body }) });
  return {
    server,
    token: bearer,
    send,
    call,
    create: async (fields = {}) => {
      const { status, json, text } = await call('POST', root, { name: 'Shop', ...fields });
      assert.equal(status, 201, text);
      return json as ClientView;
    },
    addSecret: async (id) => {
      const { status, json, text } = await call('POST', pathOf(id, 'client-secret'));
      assert.equal(status, 201, text);
      return json as CreatedSecret;
    },
  };
}

/** What an answer came to: its status, and for an error its message. */
export function outcomeOf({ status, json }: Answer): string {
  return status < 400 ? String(status) : `${status} ${(json as JsonObject)['message']}`;
}
