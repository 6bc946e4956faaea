import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient, type ServiceImpl } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import Fastify from 'fastify';
import { ClientsService, UpdateClientRequestSchema } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import type { Logger } from '../../kernel/logger.ts';
import { unlimited } from '../../kernel/request-limits.ts';
import { createConnectHandler } from './connect-handler.ts';
import { createConnectRoutes } from './connect-routes.ts';
import { requestId } from './request-id.ts';

const service: Partial<ServiceImpl<typeof ClientsService>> = {
  updateClient: (request) => ({
    client: { clientId: request.clientId, name: JSON.stringify(request.updateMask?.paths ?? null) },
  }),
  getClient: (_request, context) => ({ client: { name: context.values.get(requestId) } }),
  deleteClient: () => new Promise(() => {}),
  listClients: () => {
    throw new Error('secret detail');
  },
  uploadClientLogo: ({ logoData }) => ({ logoUrl: `${logoData.length}` }),
};

async function startServer({ readMaxBytes = 4 * 1024 * 1024 } = {}) {
  const faults: string[] = [];
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (facts) => faults.push(String((facts as { error: unknown }).error)),
  };
  const app = Fastify();
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.post('/echo', async (request) => request.body);
  const handler = createConnectHandler({
    admission: { isPublic: () => false, admit: async () => {} },
    limits: unlimited,
    routes: (router) => router.service(ClientsService, service),
    logger,
    readMaxBytes,
  });
  await app.register(createConnectRoutes(handler.services, async () => handler));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    origin,
    faults,
    url: (method: string) => `${origin}/xeonr.auth.api.v1.ClientsService/${method}`,
    [Symbol.asyncDispose]: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

interface Call {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(url: string, { body = '{}', headers = {} }: Call = {}) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  const content = await response.text();
  const json = response.headers.get('content-type') === 'application/json' ? JSON.parse(content) : undefined;
  return { status: response.status, headers: response.headers, json };
}

async function assertError(answer: ReturnType<typeof call>, status: number, code: string, message?: RegExp) {
  const { json, ...response } = await answer;
  assert.equal(response.status, status);
  assert.equal(json.code, code);
  if (message !== undefined) assert.match(json.message, message);
}

test('an answer in JSON shows every field without presence, also when it is false or empty', async () => {
  await using server = await startServer();
  const { status, json } = await call(server.url('UpdateClient'), { body: '{"clientId": "c"}' });
  assert.equal(status, 200);
  assert.equal(json.client.isVerified, false);
  assert.equal(json.client.description, '');
  assert.deepEqual(json.client.allowedDelegators, []);
});

test('the request id of the server is known to the method and stands in the response', async () => {
  await using server = await startServer();
  const { headers, json } = await call(server.url('GetClient'));
  assert.equal(json.Client.name, headers.get('x-request-id'));
  assert.ok(json.Client.name);
});

test('an update mask comes to the method as it was written, from JSON, binary and gRPC-Web', async () => {
  await using server = await startServer();
  const paths = ['logo_url', 'Odd__path'];
  const { json } = await call(server.url('UpdateClient'), { body: '{"updateMask": "logoUrl, Odd__path"}' });
  assert.deepEqual(JSON.parse(json.client.name), ['logoUrl', 'Odd__path']);
  const request = create(UpdateClientRequestSchema, { updateMask: { paths } });
  for (const transport of [
    createConnectTransport({ baseUrl: server.origin, httpVersion: '1.1', useBinaryFormat: true }),
    createGrpcWebTransport({ baseUrl: server.origin, httpVersion: '1.1' }),
  ]) {
    const { client } = await createClient(ClientsService, transport).updateClient(request);
    assert.deepEqual(JSON.parse(client?.name ?? ''), paths);
  }
});

test('a Connect client that speaks JSON is served', async () => {
  await using server = await startServer();
  const transport = createConnectTransport({
    baseUrl: server.origin,
    httpVersion: '1.1',
    useBinaryFormat: false,
  });
  const { client } = await createClient(ClientsService, transport).updateClient({
    clientId: 'c',
    updateMask: { paths: ['logo_url'] },
  });
  assert.equal(client?.name, '["logoUrl"]');
});

test('JSON that is ambiguous, unknown or of a wrong type is an invalid argument', async () => {
  await using server = await startServer();
  const url = server.url('UpdateClient');
  for (const body of [
    '{"name": "a", "name": "b"}',
    '{"__proto__": 1}',
    '{"nope": 1}',
    '[]',
    'null',
    '1',
    '',
    '{"clientId": 1}',
    '{"updateMask": 1}',
    '{"updateMask": ["name"]}',
    `${'['.repeat(40)}`,
  ]) {
    await assertError(call(url, { body }), 400, 'invalid_argument');
  }
  await assertError(
    call(url, { body: '{"a":1,"a":2}' }),
    400,
    'invalid_argument',
    /^duplicate key at line 1, column 8$/,
  );
});

test('the JSON forms that pass by the strict reader are not served', async () => {
  await using server = await startServer();
  for (const type of [
    'application/grpc+json',
    'application/grpc-web+json',
    'application/connect+json',
    'APPLICATION/GRPC-WEB+JSON',
    'text/plain',
    'application/x-www-form-urlencoded',
  ]) {
    const { status } = await call(server.url('UpdateClient'), { headers: { 'content-type': type } });
    assert.equal(status, 415, type);
  }
});

test('the media type is compared without regard to case and charset', async () => {
  await using server = await startServer();
  for (const type of ['Application/JSON', 'application/json; charset=utf-8']) {
    const headers = { 'content-type': type };
    assert.equal((await call(server.url('UpdateClient'), { headers })).status, 200);
    await assertError(
      call(server.url('UpdateClient'), { body: '{"a":1,"a":2}', headers }),
      400,
      'invalid_argument',
    );
  }
});

test('Connect-Protocol-Version is 1 or absent', async () => {
  await using server = await startServer();
  const url = server.url('UpdateClient');
  assert.equal((await call(url, { headers: { 'connect-protocol-version': '1' } })).status, 200);
  for (const version of ['2', '', '1, 1', 'v1']) {
    const headers = { 'connect-protocol-version': version };
    await assertError(call(url, { headers }), 400, 'invalid_argument');
    const binary = { ...headers, 'content-type': 'application/proto' };
    await assertError(call(url, { body: new Uint8Array(), headers: binary }), 400, 'invalid_argument');
  }
});

test('Connect-Timeout-Ms ends a call that takes longer', async () => {
  await using server = await startServer();
  const url = server.url('DeleteClient');
  for (const timeout of ['0', '1', '20']) {
    await assertError(call(url, { headers: { 'connect-timeout-ms': timeout } }), 504, 'deadline_exceeded');
  }
  for (const timeout of ['3600001', '9999999999', '-1', 'soon']) {
    await assertError(call(url, { headers: { 'connect-timeout-ms': timeout } }), 400, 'invalid_argument');
  }
});

test('a compressed body is read like another, and its content is held to the same rules', async () => {
  await using server = await startServer();
  const url = server.url('UpdateClient');
  for (const [coding, compress] of [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const) {
    const headers = { 'content-encoding': coding };
    const { json } = await call(url, { body: new Uint8Array(compress('{"updateMask": "name"}')), headers });
    assert.equal(json.client.name, '["name"]');
    await assertError(
      call(url, { body: new Uint8Array(compress('{"a":1,"a":2}')), headers }),
      400,
      'invalid_argument',
      /duplicate key/,
    );
    const binary = { ...headers, 'content-type': 'application/proto' };
    const message = toBinary(UpdateClientRequestSchema, create(UpdateClientRequestSchema, { clientId: 'c' }));
    assert.equal((await call(url, { body: new Uint8Array(compress(message)), headers: binary })).status, 200);
  }
});

test("a body that is not what its encoding says is the sender's fault", async () => {
  await using server = await startServer();
  for (const type of ['application/json', 'application/proto']) {
    for (const [coding, body] of [
      ['gzip', 'not gzip'],
      ['gzip', gzipSync('{"clientId": "c"}').subarray(0, 20)],
      ['br', brotliCompressSync('{"clientId": "c"}').subarray(0, 8)],
    ] as const) {
      const headers = { 'content-encoding': coding, 'content-type': type };
      const octets = typeof body === 'string' ? body : new Uint8Array(body);
      await assertError(call(server.url('UpdateClient'), { body: octets, headers }), 400, 'invalid_argument');
    }
  }
  const headers = { 'content-encoding': 'zstd' };
  await assertError(call(server.url('UpdateClient'), { headers }), 501, 'unimplemented');
});

test('a small body that becomes a large one is refused', async () => {
  await using server = await startServer();
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
  for (const type of ['application/json', 'application/proto']) {
    const headers = { 'content-encoding': 'gzip', 'content-type': type };
    await assertError(
      call(server.url('UpdateClient'), { body: new Uint8Array(bomb), headers }),
      429,
      'resource_exhausted',
    );
  }
});

test('the largest logo in JSON fits', async () => {
  await using server = await startServer();
  const logoData = Buffer.alloc(2 * 1024 * 1024, 0xff).toString('base64');
  const { json } = await call(server.url('UploadClientLogo'), { body: JSON.stringify({ logoData }) });
  assert.equal(json.logoUrl, '2097152');
});

function startUpload(url: string, headers: Readonly<Record<string, string | number>>) {
  const upload = httpRequest(url, { method: 'POST', headers });
  return { upload, answered: once(upload, 'response') as Promise<[IncomingMessage]> };
}

for (const type of ['application/json', 'application/proto']) {
  test(`${type}: a body that is announced too long is refused before it is sent`, async () => {
    await using server = await startServer();
    const { upload, answered } = startUpload(server.url('UpdateClient'), {
      'content-type': type,
      'content-length': 100 * 1024 * 1024,
    });
    upload.flushHeaders();
    const [response] = await answered;
    assert.equal(response.statusCode, 429);
    assert.equal(JSON.parse(await text(response)).code, 'resource_exhausted');
    upload.once('error', () => {}).destroy();
  });

  test(`${type}: a body that grows too long is refused while it is still being sent`, async () => {
    await using server = await startServer();
    const { upload, answered } = startUpload(server.url('UpdateClient'), { 'content-type': type });
    upload.write(Buffer.alloc(4 * 1024 * 1024 + 1, 0x20));
    const [response] = await answered;
    assert.equal(response.statusCode, 429);
    assert.equal(JSON.parse(await text(response)).code, 'resource_exhausted');
    upload.end();
  });
}

test('who sends 100 MB reads the refusal, and its connection is read to the end', async () => {
  await using server = await startServer();
  const { hostname, port, pathname } = new URL(server.url('UpdateClient'));
  const socket = connect(Number(port), hostname);
  const received = text(socket);
  const size = 100 * 1024 * 1024;
  const head = `POST ${pathname} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n`;
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n`);
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  for (let sent = 0; sent < size; sent += piece.length) {
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.end('\r\n0\r\n\r\n');
  assert.match(await received, /^HTTP\/1\.1 429 .*"code":"resource_exhausted"/s);
});

test('a path that is no method of the service is unimplemented, with status 404', async () => {
  await using server = await startServer();
  for (const method of ['Nope', 'updateClient', 'UpdateClient/x', '']) {
    await assertError(call(server.url(method)), 404, 'unimplemented');
  }
});

test('other verbs are refused', async () => {
  await using server = await startServer();
  for (const method of ['GET', 'PUT', 'DELETE']) {
    assert.equal((await fetch(server.url('GetClient'), { method })).status, 405);
  }
});

test('a fault of our own is logged, and says nothing to the caller', async () => {
  await using server = await startServer();
  await assertError(call(server.url('ListClients')), 500, 'internal', /^internal error$/);
  assert.deepEqual(server.faults, ['Error: secret detail']);
});

test('a refusal of the service is not logged as a fault', async () => {
  await using server = await startServer();
  await assertError(call(server.url('RegenerateSecret')), 501, 'unimplemented');
  assert.deepEqual(server.faults, []);
});

test('other routes parse their bodies as before', async () => {
  await using server = await startServer();
  const post = (type: string) =>
    fetch(`${server.origin}/echo`, { method: 'POST', body: '{"a": 1}', headers: { 'content-type': type } });
  assert.deepEqual(await (await post('application/json')).json(), { a: 1 });
  assert.equal((await post('application/proto')).status, 415);
});

test('a caller that leaves in the middle of its body does no harm', async () => {
  await using server = await startServer();
  const { upload, answered } = startUpload(server.url('UpdateClient'), {
    'content-type': 'application/json',
  });
  await new Promise((resolve) => upload.write('{', resolve));
  upload.destroy();
  await assert.rejects(answered);
  assert.equal((await call(server.url('UpdateClient'))).status, 200);
  assert.deepEqual(server.faults, []);
});
