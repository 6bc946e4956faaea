import assert from 'node:assert/strict';
import { EventEmitter, on } from 'node:events';
import { connect } from 'node:http2';
import type { TestContext } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService, grpcTransport, grpcWebService, type Service } from './face.ts';
import { call, inOneWorld, outcomeOf } from './world.ts';

type Line = Readonly<Record<string, unknown>>;

interface World {
  readonly server: TestServer;
  readonly token: string;
  /** The line of the next call, without what differs from call to call. */
  readonly nextLine: () => Promise<Line>;
}

async function open(context: TestContext): Promise<World> {
  const log = new EventEmitter();
  const info = (facts: object, message: string) => {
    if (message === 'request') log.emit('line', facts);
  };
  const server = await startTestServer(context, { logger: { ...silentLogger, info } });
  const token = await server.bootstrapToken(clientScopes);
  const lines = on(log, 'line');
  const takeLine = async (): Promise<Line> => {
    const { value } = await lines.next();
    assert.ok(value);
    return value[0];
  };
  return {
    server,
    token,
    nextLine: async () => {
      const { requestId, durationMs, ...line } = await takeLine();
      assert.match(String(requestId), /^[0-9a-f-]{36}$/);
      assert.ok(Number(durationMs) > 0);
      return line;
    },
  };
}

const service = '/xeonr.auth.api.v1.ClientsService';
const clientId = '5f0c2f6e-3a53-4a5e-9a51-0d6f5b1c7eff';
const line = (method: string, status: number, code?: string): Line => ({
  method: 'POST',
  route: `${service}/${method}`,
  status,
  client: '127.0.0.1',
  ...(code && { code }),
});

/** Every transport, and the status of its refusals. */
const transports: readonly (readonly [
  string,
  200 | 404,
  (server: TestServer, token: string | null) => Service,
])[] = [
  ['Connect JSON', 404, connectService],
  ['Connect binary', 404, (server, token) => connectService(server, token, true)],
  ['gRPC-Web', 200, grpcWebService],
  ['gRPC', 200, (server, token) => createClient(ClientsService, grpcTransport(server, token))],
];

const overTransports = Object.fromEntries(
  transports.map(([name, refused, openService]) => [
    `of a call over ${name}, with the code of its refusal`,
    async ({ server, token, nextLine }: World) => {
      const client = openService(server, token);
      await client.listClients({});
      assert.deepEqual(await nextLine(), line('ListClients', 200));
      assert.equal(await outcomeOf(client.getClient({ clientId })), 'not_found');
      assert.deepEqual(await nextLine(), line('GetClient', refused, 'not_found'));
    },
  ]),
);

inOneWorld<World>('The access log has a line', open, {
  ...overTransports,
  'of what is refused before any method sees it': async ({ server, token, nextLine }) => {
    const grpcWeb = { 'content-type': 'application/grpc-web' };
    const attempts = [
      [{ 'connect-timeout-ms': 'soon' }, '{}', 400, 'invalid_argument'],
      [{}, '{"nope":1}', 400, 'invalid_argument'],
      [{}, JSON.stringify(Array.from({ length: 500 }, () => 'x')), 400, 'invalid_argument'],
      [{ 'content-type': 'text/plain' }, '{}', 415, 'unimplemented'],
      [{ 'content-encoding': 'zstd' }, '{}', 501, 'unimplemented'],
      [{ ...grpcWeb, 'grpc-timeout': 'soon' }, '\0\0\0\0\0', 200, 'invalid_argument'],
      [{ ...grpcWeb, 'grpc-encoding': 'zstd' }, '\0\0\0\0\0', 200, 'unimplemented'],
    ] as const;
    for (const [headers, body, status, code] of attempts) {
      const answer = await call(server, 'ListClients', body, { token, headers });
      assert.equal(answer.status, status, answer.text);
      assert.deepEqual(await nextLine(), line('ListClients', status, code));
    }
  },
  'of a refusal that is long enough to be compressed': async ({ server, token, nextLine }) => {
    const body = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`x${index}`, index]));
    const { headers } = await call(server, 'ListClients', body, { token });
    assert.ok(headers.get('content-encoding'));
    assert.deepEqual(await nextLine(), line('ListClients', 400, 'invalid_argument'));
  },
  'of a path that is no method, which names no more than the service': async ({ server, nextLine }) => {
    await call(server, 'secret', {});
    assert.deepEqual(await nextLine(), line('*', 404, 'unimplemented'));
    const session = connect(`http://127.0.0.1:${server.grpcPort}`);
    session.request({ ':method': 'POST', ':path': '/no.Service/secret' }).resume();
    assert.deepEqual(await nextLine(), { ...line('', 404, 'unimplemented'), route: 'unmatched' });
    session.close();
  },
  'of a GET, which no method takes': async ({ server, nextLine }) => {
    const answer = await fetch(`${server.issuer}${service}/ListClients`, { method: 'HEAD' });
    assert.deepEqual([answer.status, await answer.text()], [405, '']);
    assert.deepEqual(await nextLine(), { ...line('ListClients', 405, 'unimplemented'), method: 'HEAD' });
  },
});
