import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { ClientsService } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { unlimited } from '../../kernel/request-limits.ts';
import { createGrpcServer } from './grpc-server.ts';
import { addReflection } from './reflection.ts';

async function startReflection() {
  const { server, close } = createGrpcServer({
    admission: { isPublic: () => false, admit: async () => {} },
    limits: unlimited,
    routes: (router) => addReflection(router, [ClientsService]),
    logger: silentLogger,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createGrpcTransport({ baseUrl, sessionManager });
  return {
    v1: createClient(ServerReflection, transport),
    v1alpha: createClient(ServerReflectionAlpha, transport),
    [Symbol.asyncDispose]: async () => {
      sessionManager.abort();
      await close(0);
    },
  };
}

type Client = Awaited<ReturnType<typeof startReflection>>['v1'];
type Query = Parameters<Client['serverReflectionInfo']>[0] extends AsyncIterable<infer R> ? R : never;

async function ask(client: Client, ...queries: readonly NonNullable<Query['messageRequest']>[]) {
  const requests = (async function* () {
    for (const messageRequest of queries) yield { host: 'h', messageRequest };
  })();
  return Array.fromAsync(client.serverReflectionInfo(requests));
}

const listServices = { case: 'listServices', value: '' } as const;

test('the services are listed, in both versions of the protocol', async () => {
  await using reflection = await startReflection();
  for (const client of [reflection.v1, reflection.v1alpha as unknown as Client]) {
    const [response] = await ask(client, listServices);
    assert.equal(response?.validHost, 'h');
    assert.equal(response.originalRequest?.messageRequest.case, 'listServices');
    assert.ok(response.messageResponse.case === 'listServicesResponse');
    assert.deepEqual(
      response.messageResponse.value.service.map(({ name }) => name),
      [
        'xeonr.auth.api.v1.ClientsService',
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
      ],
    );
  }
});

test('a file comes with all that it imports, whether asked for by its name or by a symbol in it', async () => {
  await using reflection = await startReflection();
  const responses = await ask(
    reflection.v1,
    { case: 'fileByFilename', value: 'xeonr/auth/api/v1/clients_service.proto' },
    { case: 'fileContainingSymbol', value: 'xeonr.auth.api.v1.ClientsService' },
    { case: 'fileContainingSymbol', value: 'xeonr.auth.api.v1.ClientsService.GetClient' },
    { case: 'fileContainingSymbol', value: 'xeonr.auth.api.v1.Client' },
  );
  assert.equal(responses.length, 4);
  for (const { messageResponse } of responses) {
    assert.ok(messageResponse.case === 'fileDescriptorResponse');
    const file = messageResponse.value.fileDescriptorProto.map((octets) =>
      fromBinary(FileDescriptorProtoSchema, octets),
    );
    assert.equal(file[0]?.name, 'xeonr/auth/api/v1/clients_service.proto');
    const registry = createFileRegistry({
      $typeName: FileDescriptorSetSchema.typeName,
      file: file.toReversed(),
    });
    assert.equal(registry.getService('xeonr.auth.api.v1.ClientsService')?.methods.length, 8);
    assert.ok(registry.getMessage('google.protobuf.FieldMask'));
  }
});

test('what is not served is not found, and the stream goes on', async () => {
  await using reflection = await startReflection();
  const responses = await ask(
    reflection.v1,
    { case: 'fileByFilename', value: 'nothing.proto' },
    { case: 'fileContainingSymbol', value: 'no.Such' },
    { case: 'fileContainingExtension', value: { containingType: 'no.Such', extensionNumber: 1 } },
    { case: 'allExtensionNumbersOfType', value: 'xeonr.auth.api.v1.Client' },
    listServices,
  );
  const codes = responses.map(({ messageResponse }) =>
    messageResponse.case === 'errorResponse' ? messageResponse.value.errorCode : messageResponse.case,
  );
  assert.deepEqual(codes, [
    Code.NotFound,
    Code.NotFound,
    Code.NotFound,
    Code.NotFound,
    'listServicesResponse',
  ]);
});
