import { createClient, type Transport } from '@connectrpc/connect';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { builtIn, ec } from '../clients-api/world.ts';
import {
  clientScopes,
  connectTransport,
  grpcTransport,
  grpcWebTransport,
  type Service,
} from '../connect/face.ts';
import { outcomeOf } from '../connect/world.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import type { TestServer } from '../fixtures/running-server.ts';

/** Fields that more than one face has, in neutral words. */
export type SharedField =
  | 'name'
  | 'redirectUri'
  | 'postLogoutRedirectUri'
  | 'backchannelLogoutUri'
  | 'frontchannelLogoutUri'
  | 'websiteUri'
  | 'logoUri';

/** A way to write clients. */
export interface WritingFace {
  readonly name: string;
  /** The fields that the face has: what it calls each, and how a request gives it a value. */
  readonly fields: Readonly<Partial<Record<SharedField, readonly [wire: string, (value: string) => object]>>>;
  /** Registers a client with `fields`, or changes the client `id`: `ok`, or what was said against it. */
  readonly write: (fields: object, id?: string) => Promise<string>;
  /** How a refusal begins that blames the values. */
  readonly blame: string;
}

/** The Connect dialect over each of its transports. */
export const transports: Readonly<Record<string, (server: TestServer, token: string | null) => Transport>> = {
  'Connect JSON': (server, token) => connectTransport(server, token),
  'Connect binary': (server, token) => connectTransport(server, token, true),
  'gRPC-Web': grpcWebTransport,
  gRPC: grpcTransport,
};

/** Every dialect, for a caller that may do everything. */
export async function openFaces(server: TestServer): Promise<readonly WritingFace[]> {
  const token = await server.bootstrapToken(`${clientScopes} login clients:manage:all admin`);
  const connectFaces = Object.entries(transports).map(([name, open]) =>
    connectFace(name, createClient(ClientsService, open(server, token))),
  );
  return [...connectFaces, ...(await restFaces(server, token))];
}

function connectFace(name: string, service: Service): WritingFace {
  return {
    name,
    blame: 'invalid_argument',
    fields: {
      name: ['name', (value) => ({ name: value })],
      redirectUri: ['redirectUri', (value) => ({ redirectUri: value })],
      postLogoutRedirectUri: ['postLogoutRedirectUris', (value) => ({ postLogoutRedirectUris: [value] })],
      backchannelLogoutUri: ['backchannelLogoutUri', (value) => ({ backchannelLogoutUri: value })],
      frontchannelLogoutUri: ['frontchannelLogoutUri', (value) => ({ frontchannelLogoutUri: value })],
      websiteUri: ['websiteUrl', (value) => ({ websiteUrl: value })],
    },
    write: (fields, clientId) =>
      outcomeOf(
        clientId === undefined
          ? service.createClient({ name: 'Shop', hasSecret: true, ...fields })
          : service.updateClient({ clientId, ...fields }),
      ),
  };
}

async function restFaces(server: TestServer, token: string): Promise<readonly WritingFace[]> {
  const send = await openDocumented(server);
  const write =
    (root: string, bodyOf: (fields: object, isNew: boolean) => object): WritingFace['write'] =>
    async (fields, id) => {
      const body = bodyOf(fields, id === undefined);
      const path = id === undefined ? root : `${root}/${id}`;
      const { status, text } = await send(id === undefined ? 'POST' : 'PUT', path, { token, body });
      return status < 300 ? 'ok' : `${status} ${text}`;
    };
  return [
    {
      name: 'login API',
      blame: '400',
      fields: {
        name: ['name', (value) => ({ name: value })],
        redirectUri: ['redirectUrls', (value) => ({ redirectUrls: ['https://shop.example/', value] })],
      },
      write: write('/auth/api/login/client', (fields, isNew) => ({
        ...(isNew && { name: 'Shop' }),
        ...fields,
      })),
    },
    {
      name: 'clients API',
      blame: '422',
      fields: {
        name: ['name', (value) => ({ name: value })],
        redirectUri: ['redirect_uris', (value) => ({ redirect_uris: ['https://shop.example/', value] })],
      },
      write: write('/api/clients', (fields, isNew) => ({
        client: { ...(isNew && { key_pair_type: ec, identity_provider: builtIn }), ...fields },
      })),
    },
  ];
}
