import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { parseAnswer } from '../fixtures/raw-http.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import {
  administrationScopes,
  basic,
  everyRoute,
  form,
  isRefusal,
  servicePath,
  withstands,
} from './attack.ts';

const hundredMegabytes = 100 * 1024 * 1024;

// against: administration/sizes
test('a body of 100 MB is refused at every route before it is read', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(administrationScopes);
  await withstands(server, async () => {
    for (const path of everyRoute.filter(
      (route) => !route.startsWith('/xeonr') || route.endsWith('CreateClient'),
    )) {
      for (const contentType of ['application/json', 'application/proto', form]) {
        const authorization = path.startsWith('/oauth') ? basic : `Bearer ${token}`;
        const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\nauthorization: ${authorization}\r\n`;
        const announced = await answerWhileSending(
          server,
          `${head}content-length: ${hundredMegabytes}\r\n\r\n`,
          Buffer.alloc(8192, 0x20),
        );
        assert.ok(announced >= 400 && announced < 500, `${path} ${contentType}: ${announced}`);
      }
    }
  });
});

/** Sends the head and pieces of a body until there is an answer; its status. */
async function answerWhileSending(server: TestServer, head: string, piece: Uint8Array): Promise<number> {
  const socket = connect(server.port, '127.0.0.1');
  const answered = once(socket, 'data');
  socket.on('error', () => {});
  socket.write(head);
  socket.write(piece);
  const [data] = await answered;
  socket.destroy();
  return parseAnswer(String(data)).status;
}

// against: administration/sizes
test('a body without an end is cut off at every kind of route, long before 100 MB', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(administrationScopes);
  for (const path of [
    '/oauth/token',
    `${servicePath}/CreateClient`,
    '/auth/api/login/client',
    '/api/clients',
    '/oauth/jwks',
    '/nowhere',
  ]) {
    const contentType = path === '/oauth/token' ? form : 'application/json';
    const { answer, sent } = await sendWithoutEnd(
      server,
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    assert.ok(answer === '' || isRefusal(parseAnswer(answer).status), `${path}: ${answer}`);
    assert.ok(sent < hundredMegabytes, path);
  }
});

/** Sends pieces of a body until the server answers or hangs up, or has taken 100 MB. */
async function sendWithoutEnd(server: TestServer, head: string): Promise<{ answer: string; sent: number }> {
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  const ended = new Promise<'ended'>((resolve) => {
    socket.on('error', () => {}).on('close', () => resolve('ended'));
    socket.once('data', (data) => {
      answer = String(data);
      resolve('ended');
    });
  });
  const size = 64 * 1024;
  const piece = Buffer.concat([
    Buffer.from(`${size.toString(16)}\r\n`),
    Buffer.alloc(size, 0x61),
    Buffer.from('\r\n'),
  ]);
  socket.write(head);
  let sent = 0;
  while (sent < hundredMegabytes) {
    sent += size;
    const written = new Promise<'written'>((resolve) => socket.write(piece, () => resolve('written')));
    if ((await Promise.race([ended, written])) === 'ended') break;
  }
  socket.destroy();
  return { answer, sent };
}
