import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { ServerReflection } from '../../src/gen/grpc/reflection/v1/reflection_pb.ts';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { makeCertificate } from '../fixtures/certificate.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { runRegistryScenarios } from '../registry-scenarios.ts';
import { connectService, grpcTransport, grpcWebService, openFaceOver } from './face.ts';
import { register } from './world.ts';

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

test('with TLS the main port speaks gRPC, gRPC-Web and Connect', async (context) => {
  const directory = temporaryDirectory(context);
  const { certificate, key } = makeCertificate();
  const [certificateFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  writeFileSync(certificateFile, certificate);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const env = { CLIENTELE_TLS_CERT: certificateFile, CLIENTELE_TLS_KEY: keyFile };
  const server = await startTestServer(context, { env });
  const { id: clientId } = await register(server, { name: 'Shop' });
  const options = { baseUrl: server.issuer, nodeOptions: { ca: certificate } };
  for (const transport of [
    createGrpcTransport(options),
    createGrpcWebTransport({ ...options, httpVersion: '2' }),
    createConnectTransport({ ...options, httpVersion: '2' }),
    createConnectTransport({ ...options, httpVersion: '1.1' }),
  ]) {
    const { clients } = await createClient(ClientsService, transport).getPublicClients({
      clientId: [clientId],
    });
    assert.equal(clients[clientId]?.name, 'Shop');
  }
});

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
