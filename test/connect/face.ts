import assert from 'node:assert/strict';
import {
  Code,
  ConnectError,
  createClient,
  type Interceptor,
  type Client as ServiceClient,
  type Transport,
} from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { BadRequestSchema } from '../../src/gen/google/rpc/error_details_pb.ts';
import {
  ClientsService,
  type Client as WireClient,
} from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import type { FaceDriver, NeutralClient, OpenFace, Refusal } from '../registry-scenarios.ts';

/** A client of the service whose calls carry `token`. */
export type Service = ServiceClient<typeof ClientsService>;

/** Both scopes of the dialect. */
export const clientScopes = 'oauth:clients:read oauth:clients:manage';

/** An interceptor that sends a bearer token. */
export function bearer(token: string | null): Interceptor {
  return (next) => (request) => {
    if (token !== null) request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}

/** A Connect client over JSON or binary. */
export function connectService(
  server: Pick<TestServer, 'issuer'>,
  token: string | null,
  useBinaryFormat = false,
): Service {
  return createClient(ClientsService, connectTransport(server, token, useBinaryFormat));
}

/** A Connect transport over JSON or binary. */
export function connectTransport(
  server: Pick<TestServer, 'issuer'>,
  token: string | null,
  useBinaryFormat = false,
): Transport {
  return createConnectTransport({
    baseUrl: server.issuer,
    httpVersion: '1.1',
    useBinaryFormat,
    interceptors: [bearer(token)],
  });
}

/** A client over gRPC-Web. */
export function grpcWebService(server: Pick<TestServer, 'issuer'>, token: string | null): Service {
  return createClient(ClientsService, grpcWebTransport(server, token));
}

/** A gRPC-Web transport. */
export function grpcWebTransport(server: Pick<TestServer, 'issuer'>, token: string | null): Transport {
  const options = { baseUrl: server.issuer, httpVersion: '1.1' as const, interceptors: [bearer(token)] };
  return createGrpcWebTransport(options);
}

/** A transport to the gRPC port. */
export function grpcTransport(server: Pick<TestServer, 'grpcPort'>, token: string | null): Transport {
  return createGrpcTransport({
    baseUrl: `http://127.0.0.1:${server.grpcPort}`,
    interceptors: [bearer(token)],
  });
}

const kinds: Readonly<Partial<Record<Code, Refusal['kind']>>> = {
  [Code.InvalidArgument]: 'invalid',
  [Code.NotFound]: 'not_found',
  [Code.FailedPrecondition]: 'protected',
  [Code.Unauthenticated]: 'unauthenticated',
  [Code.PermissionDenied]: 'forbidden',
};

/** What a `ConnectError` says, with the fields of its `google.rpc.BadRequest` detail. */
export function refusalOf(error: unknown): Refusal {
  assert.ok(error instanceof ConnectError);
  const kind = kinds[error.code];
  assert.ok(kind, `unexpected code ${Code[error.code]}: ${error.rawMessage}`);
  const fields = error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
  return { kind, fields: fields.toSorted() };
}

function neutral({ clientId, name, redirectUri }: WireClient): NeutralClient {
  return { id: clientId, name, redirectUri };
}

/** The dialect, over one of its transports, for the face-neutral scenarios. */
export function openFaceOver(connect: (server: TestServer, token: string | null) => Service): OpenFace {
  return async (server, token) =>
    driverOf(connect(server, token === undefined ? await server.bootstrapToken(clientScopes) : token));
}

/** The driver over any client of the service. */
export function driverOf(service: Service): FaceDriver {
  return {
    create: async (fields) => {
      const { client } = await service.createClient({ ...fields, hasSecret: true, supportsCodeGrant: true });
      assert.ok(client?.clientSecret);
      return { ...neutral(client), secret: client.clientSecret };
    },
    read: async (clientId) => {
      const { client } = await service.getClient({ clientId });
      assert.ok(client);
      return neutral(client);
    },
    update: async (clientId, change) => {
      const { client } = await service.updateClient({ clientId, ...change });
      assert.ok(client);
      return neutral(client);
    },
    writeBack: async (clientId) => {
      const { client } = await service.getClient({ clientId });
      assert.ok(client);
      const {
        $typeName: _,
        clientId: __,
        createdAt,
        updatedAt,
        clientSecret,
        applicationId,
        usesManagedBuckets,
        ...fields
      } = client;
      await service.updateClient({ ...fields, clientId, updateMask: { paths: ['*'] } });
    },
    list: async () => (await service.listClients({})).clients.map(neutral),
    remove: async (clientId) => {
      await service.deleteClient({ clientId });
    },
    regenerateSecret: async (clientId) => {
      const { clientSecret } = await service.regenerateSecret({ clientId, includeSecret: true });
      assert.ok(clientSecret);
      return clientSecret;
    },
    refusalOf,
  };
}
