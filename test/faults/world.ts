import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import { randomOctets, randomUuid } from '../../src/kernel/random.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import type { ServerNode } from './node-process.ts';
import type { Answer, Body, Send } from './wire.ts';

/** A row of the database. */
export type Row = Readonly<Record<string, unknown>>;

/** Looks into the database, beside the servers. */
export type Look = (text: string) => Promise<readonly Row[]>;

/** What all traffic of one fault shares. */
export interface World {
  readonly nodes: readonly ServerNode[];
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly send: Send;
  readonly look: Look;
  /** An administrator's token for every face. */
  readonly administration: string;
}

/** One kind of traffic over things of its own, one request after the other. */
export interface Traffic {
  /** Does the next thing and judges what it is answered. */
  readonly step: () => Promise<void>;
  /** Judges what there is when everything is well again. */
  readonly inspect: () => Promise<void>;
}

/** Every node has it, and every token names it. */
export const issuer = 'https://auth.example';

const everyScope = 'oauth:clients:read oauth:clients:manage clients:manage:all login';

/** A token for the administration. */
export async function fetchAdministration(send: Send, node: ServerNode): Promise<string> {
  const answer = await requestToken(send, node, bootstrap, { scope: everyScope });
  return textOf(answer, 'access_token');
}

/** A client that authenticates with a secret. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** `POST /oauth/token` with client-secret-basic. */
export function requestToken(
  send: Send,
  node: ServerNode,
  client: Credentials,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return sendForm(send, node, '/oauth/token', client, { grant_type: 'client_credentials', ...parameters });
}

/** Posts a form as `client`. */
export function sendForm(
  send: Send,
  node: ServerNode,
  path: string,
  client: Credentials,
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  const headers = { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` };
  return send(node, { dialect: 'oauth', method: 'POST', path, headers, body: new URLSearchParams(form) });
}

/** What the faces are asked, as the administrator. */
export interface Administration {
  readonly login: (node: ServerNode, method: 'GET' | 'PUT', id: string, body?: object) => Promise<Answer>;
  readonly clients: (
    node: ServerNode,
    method: 'GET' | 'PATCH',
    id: string,
    client?: object,
  ) => Promise<Answer>;
  readonly create: (node: ServerNode, client: object) => Promise<Answer>;
  readonly connect: (node: ServerNode, rpc: string, body: object) => Promise<Answer>;
}

/** The faces of `world`. */
export function administrationOf({ send, administration }: World): Administration {
  const headers = { authorization: `Bearer ${administration}` };
  return {
    login: (node, method, id, body) =>
      send(node, {
        dialect: 'login-api',
        method,
        path: `/auth/api/login/client/${id}`,
        headers,
        ...(body && { body }),
      }),
    clients: (node, method, id, client) =>
      send(node, {
        dialect: 'clients-api',
        method,
        path: `/api/clients/${id}`,
        headers,
        ...(client && { body: { client } }),
      }),
    create: (node, client) =>
      send(node, {
        dialect: 'clients-api',
        method: 'POST',
        path: '/api/clients',
        headers,
        body: { client: newClient(client) },
      }),
    connect: (node, rpc, body) =>
      send(node, {
        dialect: 'connect',
        method: 'POST',
        path: `/xeonr.auth.api.v1.ClientsService/${rpc}`,
        headers,
        body,
      }),
  };
}

/** A client of the clients API that costs no RSA key. */
function newClient(fields: object): object {
  return {
    key_pair_type: { type: 'ec', curve: 'P-256' },
    identity_provider: { id: builtInIdentityProvider.id },
    confidential: true,
    supported_grant_types: ['client_credentials', 'introspect', 'revoke'],
    ...fields,
  };
}

/** A secret as a caller may choose it. */
export function aSecretText(): string {
  return randomOctets(64).toString('base64url');
}

/**
 * Registers a client with a secret of its own.
 * @throws Error when the server does not
 */
export async function registerClient(world: World, fields: object = {}): Promise<Credentials> {
  const credentials = { id: randomUuid(), secret: aSecretText() };
  const answer = await administrationOf(world).create(firstOf(world), { ...credentials, ...fields });
  if (answer.ending !== 'ok') throw new Error(`no client was registered: ${JSON.stringify(answer)}`);
  return credentials;
}

/** The node that is there in every world. */
export function firstOf({ nodes }: Pick<World, 'nodes'>): ServerNode {
  const [first] = nodes;
  if (first === undefined) throw new Error('there is no node');
  return first;
}

/** A node by chance. */
export function anyOf({ nodes, chance }: Pick<World, 'nodes' | 'chance'>): ServerNode {
  return chance.pick(nodes);
}

/** A text of a successful answer. @throws Error when it is none */
export function textOf(answer: Answer, name: string): string {
  const value = bodyOf(answer)[name];
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(answer)}`);
  return value;
}

/** What a successful answer says; `{}` when it is none. */
export function bodyOf(answer: Answer): Body {
  return answer.ending === 'ok' ? answer.body : {};
}

/** Every action that the audit log has of a thing, oldest first. */
export async function auditOf({ look }: World, id: string): Promise<readonly Row[]> {
  return look(`select action, changes from audit_events where target_id = '${id}' order by id`);
}
