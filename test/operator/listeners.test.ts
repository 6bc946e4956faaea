import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { bearer, clientScopes } from '../connect/face.ts';
import { makeCertificate } from '../fixtures/certificate.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { freePort } from '../programs.ts';
import { bootstrapToken, chosen, refusal, run, serve, stop } from './server-process.ts';

test('a port that is taken is refused without a stack, and nothing is left running', async (context) => {
  const folder = temporaryDirectory(context);
  const occupant = createServer().listen(0, '127.0.0.1');
  context.after(() => occupant.close());
  await once(occupant, 'listening');
  const address = occupant.address();
  assert.ok(address !== null && typeof address === 'object');
  const taken = String(address.port);
  for (const settings of [{ PORT: taken }, { CLIENTELE_GRPC_PORT: taken }]) {
    assert.match(await refusal(run(context, folder, [], settings)), /EADDRINUSE/);
  }
});

test('with a certificate the port speaks https, and gRPC by ALPN', async (context) => {
  const folder = temporaryDirectory(context);
  const { certificate, key } = makeCertificate();
  mkdirSync(join(folder, 'tls'));
  const [certificatePath, keyPath] = [join(folder, 'tls/cert.pem'), join(folder, 'tls/key.pem')];
  writeFileSync(certificatePath, certificate);
  writeFileSync(keyPath, key, { mode: 0o600 });
  const settings = { ...chosen, CLIENTELE_TLS_CERT: certificatePath, CLIENTELE_TLS_KEY: keyPath };
  const serving = await serve(context, folder, settings);
  assert.equal(serving.issuer, `https://localhost:${serving.port}`);

  const [response] = await once(
    get(`${serving.issuer}/.well-known/openid-configuration`, {
      ca: certificate,
      agent: false,
      host: '127.0.0.1',
      servername: 'localhost',
    }),
    'response',
  );
  const metadata = JSON.parse(await text(response));
  assert.equal(response.httpVersion, '1.1');
  assert.equal(metadata.token_endpoint, `${serving.issuer}/oauth/token`);

  const session = connectHttp2(`https://127.0.0.1:${serving.port}`, {
    ca: certificate,
    servername: 'localhost',
  });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/oauth/token',
    authorization: `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  stream.end(`grant_type=client_credentials&scope=${clientScopes}`);
  const { access_token: token } = JSON.parse(await text(stream));
  session.close();

  const transport = createGrpcTransport({
    baseUrl: `https://127.0.0.1:${serving.port}`,
    nodeOptions: { ca: certificate, servername: 'localhost' },
    interceptors: [bearer(token)],
  });
  const { client } = await createClient(ClientsService, transport).getClient({ clientId: bootstrap.id });
  assert.equal(client?.clientId, bootstrap.id);
  const plain = connect(serving.port, '127.0.0.1');
  plain.end('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  assert.doesNotMatch(await text(plain).catch(() => ''), /200/);
  await stop(serving);
});

test('gRPC has a port of its own where one is set, and stopping does not wait for a silent connection to it', async (context) => {
  const serving = await serve(context, temporaryDirectory(context), {
    ...chosen,
    CLIENTELE_GRPC_PORT: String(await freePort()),
  });
  assert.ok(serving.grpcPort);
  const transport = createGrpcTransport({
    baseUrl: `http://127.0.0.1:${serving.grpcPort}`,
    interceptors: [bearer(await bootstrapToken(serving.port))],
  });
  const { clients } = await createClient(ClientsService, transport).listClients({});
  assert.equal(clients.length, 1);
  const mute = connect(serving.grpcPort, '127.0.0.1');
  await once(mute, 'connect');
  await stop(serving);
});
