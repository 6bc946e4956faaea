import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { clientScopes, grpcTransport } from '../connect/face.ts';
import { outcomeOf } from '../connect/world.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { basic, everyRoute, form, send } from './attack.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** What a connection sends before it falls silent. */
const beginnings: readonly string[] = [
  '',
  'P',
  'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nx-slow: ',
  `POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nauthorization: ${basic}\r\ncontent-type: ${form}\r\ncontent-length: 100\r\n\r\ngrant_type=`,
  'POST /api/clients HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{',
  preface.slice(0, 10),
  preface,
];

// against: operations/slow
test('connections that send slowly, or fall silent, hold up nobody: every route and port answers beside them', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const { grpcPort } = server;
  assert.ok(grpcPort !== null);
  const sockets: Socket[] = [];
  atEnd(context, () => {
    for (const socket of sockets) socket.destroy();
  });
  for (const port of [server.port, grpcPort]) {
    for (let index = 0; index < 210; index++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
      socket.write(beginnings[index % beginnings.length] ?? '');
    }
  }
  assert.equal((await server.requestToken(bootstrap)).status, 200);
  for (const path of everyRoute) {
    const { status } = await send(server, path, { method: 'GET' });
    assert.ok(status < 500 && status !== 429, `${path}: ${status}`);
  }
  const service = createClient(ClientsService, grpcTransport(server, token));
  assert.equal(await outcomeOf(service.listClients({})), 'ok');
});
