import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '../../test/fixtures/certificate.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createHttpServer } from './http-server.ts';
import { listenOn, reservePort } from './listen.ts';

const patient = { headersTimeout: 300_000, requestTimeout: 300_000, handshakeTimeout: 300_000 };

/** A server that waits for headers for minutes, and whose `/slow` answers when the test says so. */
async function start(
  t: TestContext,
  {
    tls = null,
    addresses = ['127.0.0.1'],
  }: { tls?: ReturnType<typeof makeCertificate> | null; addresses?: readonly [string, ...string[]] } = {},
) {
  const app = createHttpServer({
    logger: silentLogger,
    issuer: 'http://localhost:8080',
    trustedProxies: [],
    tls,
    limits: patient,
  });
  const entered = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<string>();
  app.get('/slow', () => {
    entered.resolve();
    return finish.promise;
  });
  await listenOn(app, addresses, await reservePort('127.0.0.1', 0));
  t.after(() => {
    finish.resolve('late');
    return app.close();
  });
  return { app, entered, finish, port: (app.server.address() as AddressInfo).port };
}

/** A connection that the server has accepted. */
async function accepted(app: Awaited<ReturnType<typeof start>>['app'], socket: Socket): Promise<Socket> {
  socket.on('error', () => {});
  await once(app.server, 'connection');
  return socket;
}

test('a connection that never sent a request, or half of one, does not delay stopping', async (t) => {
  const { app, port } = await start(t);
  const mute = await accepted(app, connect(port, '127.0.0.1'));
  const halting = await accepted(app, connect(port, '127.0.0.1'));
  halting.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n');
  const closed = [mute, halting].map((socket) => once(socket, 'close'));
  await app.close();
  await Promise.all(closed);
});

test('over TLS neither a handshake that never began, nor a connection without requests, delays stopping', async (t) => {
  const { app, port } = await start(t, { tls: makeCertificate() });
  const mute = await accepted(app, connect(port, '127.0.0.1'));
  const closed = [once(mute, 'close')];
  for (const protocol of ['http/1.1', 'h2']) {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: [protocol],
    });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    closed.push(once(socket, 'close'));
    socket.resume();
  }
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  await once(session, 'remoteSettings');
  closed.push(once(session, 'close'));
  await app.close();
  await Promise.all(closed);
});

test('a request that runs is waited for, whichever address it came to, and no new one is taken', async (t) => {
  const addresses = ['127.0.0.1', '127.0.0.2'] as const;
  const { app, entered, finish, port } = await start(t, { addresses });
  const answer = fetch(`http://127.0.0.2:${port}/slow`);
  await entered.promise;
  const events: string[] = [];
  const closing = app.close().then(() => events.push('closed'));
  for (const address of addresses) await assert.rejects(fetch(`http://${address}:${port}/slow`));
  assert.deepEqual(events, []);
  finish.resolve('done');
  assert.equal(await (await answer).text(), 'done');
  await closing;
});
