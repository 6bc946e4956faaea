import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { silentLogger } from '../kernel/logger.ts';
import { createHttpServer } from './http-server.ts';
import { listenOn, ownAddressesOf, reservePort } from './listen.ts';

test('a port that is taken on one of the addresses is refused', async (t) => {
  const other = createServer();
  t.after(() => other.close());
  await once(other.listen(0, '127.0.0.2'), 'listening');
  const { port } = other.address() as AddressInfo;
  const app = createHttpServer({
    logger: silentLogger,
    issuer: 'http://localhost',
    trustedProxies: [],
    tls: null,
  });
  await assert.rejects(listenOn(app, ['127.0.0.1', '127.0.0.2'], await reservePort('127.0.0.1', port)), {
    code: 'EADDRINUSE',
  });
  await app.close();
});

test('a host stands for the addresses of it that this machine has', async () => {
  assert.ok((await ownAddressesOf('localhost')).includes('127.0.0.1'));
  assert.deepEqual(await ownAddressesOf('0.0.0.0'), ['0.0.0.0']);
  assert.deepEqual(await ownAddressesOf('192.0.2.1'), ['192.0.2.1']);
});

test('a reserved port is nobody else’s until it is released', async () => {
  const reserved = await reservePort('127.0.0.1', 0);
  const other = createServer();
  await assert.rejects(once(other.listen(reserved.port, '127.0.0.1'), 'listening'), { code: 'EADDRINUSE' });
  await reserved.release();
  await reserved.release();
  await once(other.listen(reserved.port, '127.0.0.1'), 'listening');
  other.close();
});
