import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '../../test/fixtures/certificate.ts';
import { silentLogger } from '../kernel/logger.ts';
import { type ConnectionLimits, limitConnections } from './connection-limits.ts';
import { createHttpServer, type HttpServerOptions } from './http-server.ts';

async function start(t: TestContext, tls: HttpServerOptions['tls'], limits: Partial<ConnectionLimits>) {
  const warnings: string[] = [];
  const app = createHttpServer({
    logger: { ...silentLogger, warn: (_facts, message) => warnings.push(message) },
    issuer: 'http://localhost',
    trustedProxies: [],
    tls,
    limits,
  });
  app.get('/', async () => ({}));
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { warnings, port };
}

const get = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** The first octets of the answer, or that there is none. */
function ask(socket: Socket): Promise<string> {
  socket.write(get);
  return new Promise((resolve) => {
    socket.once('data', (data) => resolve(String(data).slice(0, 12)));
    socket.once('close', () => resolve('closed'));
  });
}

const certificate = makeCertificate();

for (const [name, tls, open] of [
  ['plain', null, (port: number) => connect(port, '127.0.0.1')],
  ['TLS', certificate, (port: number) => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })],
] as const) {
  // against: operations/slow
  test(`${name}: a connection too many is closed at once, and there is room again when another has ended`, async (t) => {
    const { port, warnings } = await start(t, tls, { connections: 2 });
    const dial = (): Socket => open(port).on('error', () => {});
    const [first, second] = [dial(), dial()];
    assert.deepEqual([await ask(first), await ask(second)], ['HTTP/1.1 200', 'HTTP/1.1 200']);
    assert.deepEqual([await ask(dial()), await ask(dial())], ['closed', 'closed']);
    assert.equal(warnings.length, 1);
    first.destroy();
    assert.equal(await askUntilAdmitted(dial), 'HTTP/1.1 200');
    assert.equal(await ask(second), 'HTTP/1.1 200');
  });
}

/** The server hears of an end a little later than who has made it. */
async function askUntilAdmitted(dial: () => Socket): Promise<string> {
  const answer = await ask(dial());
  return answer === 'closed' ? askUntilAdmitted(dial) : answer;
}

/** What `limitConnections` looks at of a server, with peers of any address. */
function serve(limits: ConnectionLimits) {
  const server = new EventEmitter();
  const isTrustedProxy = (address: string): boolean => address === '10.0.0.1';
  limitConnections({ server } as never, limits, { logger: silentLogger, isTrustedProxy });
  /** A peer's connection. */
  const accept = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress,
      open: true,
      destroy: () => {
        socket.open = false;
        socket.emit('close');
      },
    });
    server.emit('connection', socket);
    return socket;
  };
  return accept;
}

// against: operations/slow
test('one address cannot take all connections, but this machine and a trusted proxy may', () => {
  const accept = serve({ connections: 100, connectionsPerAddress: 2 });
  const first = accept('192.0.2.1');
  assert.deepEqual(
    ['192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2'].map((peer) => accept(peer).open),
    [true, false, false, true],
  );
  first.destroy();
  assert.deepEqual([accept('192.0.2.1').open, accept('192.0.2.1').open], [true, false]);
  const network = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'];
  assert.deepEqual(
    network.map((peer) => accept(peer).open),
    [true, true, false, true],
  );
  for (const peer of ['127.0.0.1', '10.0.0.1']) {
    assert.ok(Array.from({ length: 5 }, () => accept(peer)).every(({ open }) => open));
  }
});

test('without a limit per address only the sum counts, and refused connections are not in it', () => {
  const accept = serve({ connections: 3, connectionsPerAddress: null });
  const sockets = Array.from({ length: 10 }, () => accept('192.0.2.1'));
  assert.equal(sockets.filter(({ open }) => open).length, 3);
  sockets[0]?.destroy();
  assert.deepEqual([accept('192.0.2.1').open, accept('192.0.2.1').open], [true, false]);
});
