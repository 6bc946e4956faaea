import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../kernel/logger.ts';
import { serveHealth } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { createReadiness } from './readiness.ts';
import { createStop } from './stop.ts';

/** A ready server whose `/slow` answers when the test says so. */
async function start(t: TestContext) {
  const app = createHttpServer({
    logger: silentLogger,
    issuer: 'http://localhost:8080',
    trustedProxies: [],
    tls: null,
  });
  const readiness = createReadiness({ storage: async () => true });
  const entered = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<string>();
  serveHealth(app, readiness);
  app.get('/slow', () => {
    entered.resolve();
    return finish.promise;
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    finish.resolve('late');
    return app.close();
  });
  readiness.serve();
  const closed: string[] = [];
  const stopWithin = (limitSeconds: number) =>
    createStop({
      servers: [app],
      readiness,
      logger: silentLogger,
      limitSeconds,
      closeResources: async () => {
        closed.push('storage');
      },
    });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return { origin, readiness, entered, finish, closed, stopWithin };
}

test('stopping lets a running request finish, refuses new connections, then closes the storage', async (t) => {
  const { origin, readiness, entered, finish, closed, stopWithin } = await start(t);
  const slow = fetch(`${origin}/slow`);
  await entered.promise;
  const stop = stopWithin(60);
  const stopped = stop('test');
  assert.equal(stop('again'), stopped);
  assert.equal((await readiness.report()).ready, false);
  assert.deepEqual(closed, []);
  finish.resolve('done');
  assert.equal(await (await slow).text(), 'done');
  assert.equal(await stopped, true);
  assert.deepEqual(closed, ['storage']);
  await assert.rejects(fetch(`${origin}/health/live`));
});

test('an idle connection that is kept alive does not delay stopping', async (t) => {
  const { origin, stopWithin } = await start(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const [answer] = await once(get(`${origin}/health/live`, { agent }), 'response');
  await text(answer);
  assert.equal(await stopWithin(60)('test'), true);
});

test('a request that does not end is left behind after the limit', async (t) => {
  const { origin, entered, closed, finish, stopWithin } = await start(t);
  const slow = fetch(`${origin}/slow`, { headers: { connection: 'close' } });
  await entered.promise;
  assert.equal(await stopWithin(0)('test'), false);
  assert.deepEqual(closed, ['storage']);
  finish.resolve('late');
  await slow;
});
