import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { ServerReflection } from '../../src/gen/grpc/reflection/v1/reflection_pb.ts';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { runRegistryScenarios } from '../registry-scenarios.ts';
import { connectService, grpcTransport, grpcWebService, openFaceOver } from './face.ts';

runRegistryScenarios('Connect JSON', openFaceOver(connectService));
runRegistryScenarios(
  'Connect binary',
  openFaceOver((server, token) => connectService(server, token, true)),
);
runRegistryScenarios('gRPC-Web', openFaceOver(grpcWebService));
runRegistryScenarios(
  'gRPC',
  openFaceOver((server, token) => createClient(ClientsService, grpcTransport(server, token))),
);

test('reflection over gRPC lists the service and describes it', async (context) => {
  const server = await startTestServer(context);
  const reflection = createClient(ServerReflection, grpcTransport(server, null));
  async function* requests() {
    yield { messageRequest: { case: 'listServices', value: '' } } as const;
    yield { messageRequest: { case: 'fileContainingSymbol', value: ClientsService.typeName } } as const;
  }
  const answers = await Array.fromAsync(
    reflection.serverReflectionInfo(requests()),
    ({ messageResponse }) => messageResponse,
  );
  const [list, file] = answers;
  assert.ok(list?.case === 'listServicesResponse');
  assert.ok(list.value.service.some(({ name }) => name === ClientsService.typeName));
  assert.ok(file?.case === 'fileDescriptorResponse');
  assert.ok(file.value.fileDescriptorProto.length > 0);
});
