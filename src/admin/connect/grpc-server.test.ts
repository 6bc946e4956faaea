import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { ClientsService } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { unlimited } from '../../kernel/request-limits.ts';
import { createGrpcServer } from './grpc-server.ts';

async function startServer(longestBodyMs?: number) {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const { server, close } = createGrpcServer(
    {
      admission: { isPublic: () => false, admit: async () => {} },
      limits: unlimited,
      logger: silentLogger,
      routes: (router) =>
        router.service(ClientsService, {
          updateClient: ({ updateMask }) => ({ client: { name: JSON.stringify(updateMask?.paths) } }),
          deleteClient: async () => {
            started.resolve();
            await finish.promise;
            return {};
          },
          uploadClientLogo: ({ logoData }) => ({ logoUrl: `${logoData.length}` }),
        }),
    },
    longestBodyMs,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const client = createClient(ClientsService, createGrpcTransport({ baseUrl, sessionManager }));
  return {
    server,
    baseUrl,
    client,
    close,
    started: started.promise,
    finish: finish.resolve,
    [Symbol.asyncDispose]: async () => {
      finish.resolve();
      sessionManager.abort();
      await close(0);
    },
  };
}

const hasCode = (code: Code) => (error: unknown) => ConnectError.from(error).code === code;

async function post(session: ClientHttp2Session, path: string, contentType: string, body: string) {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': contentType });
  stream.end(body);
  const [headers] = await once(stream, 'response');
  return { headers, body: await text(stream) };
}

test('gRPC calls are served', async () => {
  await using server = await startServer();
  const { client } = await server.client.updateClient({ updateMask: { paths: ['logo_url'] } });
  assert.equal(client?.name, '["logo_url"]');
});

test('a gRPC message over the limit is refused, and the connection serves on', async () => {
  await using server = await startServer();
  const logoData = new Uint8Array(5 * 1024 * 1024);
  await assert.rejects(server.client.uploadClientLogo({ logoData }), hasCode(Code.ResourceExhausted));
  const { logoUrl } = await server.client.uploadClientLogo({
    logoData: logoData.subarray(0, 2 * 1024 * 1024),
  });
  assert.equal(logoUrl, '2097152');
});

test('a gRPC deadline ends a call that takes longer', async () => {
  await using server = await startServer();
  await assert.rejects(server.client.deleteClient({}, { timeoutMs: 20 }), hasCode(Code.DeadlineExceeded));
});

test('gRPC in JSON, unknown paths and unknown types are refused', async () => {
  await using server = await startServer();
  const session = connect(server.baseUrl);
  const path = '/xeonr.auth.api.v1.ClientsService/UpdateClient';
  const json = await post(session, path, 'application/grpc+json', '{}');
  assert.equal(json.headers[constants.HTTP2_HEADER_STATUS], 415);
  const unknown = await post(session, '/no.Service/Method', 'application/grpc', '');
  assert.equal(unknown.headers[constants.HTTP2_HEADER_STATUS], 404);
  const strict = await post(session, path, 'application/json', '{"a":1,"a":2}');
  assert.equal(JSON.parse(strict.body).code, 'invalid_argument');
  assert.ok(strict.headers['x-request-id']);
  session.close();
});

test('closing lets a running call end', async () => {
  await using server = await startServer();
  const call = server.client.deleteClient({});
  await server.started;
  const closed = server.close(60_000);
  server.finish();
  assert.ok(await call);
  await closed;
});

test('closing ends a call that outlasts the grace time, and an idle connection at once', async () => {
  await using server = await startServer();
  const idle = connect(server.baseUrl);
  await once(idle, 'connect');
  const call = assert.rejects(server.client.deleteClient({}));
  await server.started;
  await server.close(0);
  await call;
  if (!idle.closed) await once(idle, 'close');
});

/** Another way to `server`, through which every peer seems to come from `remoteAddress`. */
async function openDoor(
  server: { readonly emit: (event: string, socket: Socket) => unknown },
  remoteAddress: string,
) {
  const door = createServer((socket) => {
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
    server.emit('connection', socket);
  });
  await once(door.listen(0, '127.0.0.1'), 'listening');
  const { port } = door.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    /** Opens a connection; the server speaks first (RFC 9113 §3.4), where it does not refuse it. */
    isAdmitted: async (): Promise<boolean> => {
      const socket = dial(port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      return new Promise((resolve) => {
        socket.once('data', () => resolve(true)).once('close', () => resolve(false));
      });
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      door.close();
    },
  };
}

// against: operations/slow
test('one address cannot take every connection', async () => {
  await using grpc = await startServer();
  using greedy = await openDoor(grpc.server, '192.0.2.1');
  using other = await openDoor(grpc.server, '192.0.2.2');
  const admitted = await Promise.all(Array.from({ length: 300 }, greedy.isAdmitted));
  assert.equal(admitted.filter((isAdmitted) => isAdmitted).length, 128);
  assert.equal(await other.isAdmitted(), true);
  assert.ok(await grpc.client.updateClient({}));
});

// against: operations/slow
test('a body that does not end is ended, over every protocol, and the connection serves on', async (context) => {
  const longestBodyMs = 50;
  await using server = await startServer(longestBodyMs);
  const session = connect(server.baseUrl);
  const path = '/xeonr.auth.api.v1.ClientsService/UpdateClient';
  const { timers } = context.mock;
  timers.enable({ apis: ['setTimeout'] });
  try {
    for (const contentType of [
      'application/json',
      'application/proto',
      'application/grpc',
      'application/grpc-web',
    ]) {
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': contentType });
      stream.on('error', () => {});
      stream.resume();
      stream.write('{');
      await once(server.server, 'request');
      timers.tick(longestBodyMs);
      await once(stream, 'close');
    }
    const { headers } = await post(session, path, 'application/json', '{}');
    assert.equal(headers[':status'], 200);
  } finally {
    timers.reset();
    session.destroy();
  }
});
