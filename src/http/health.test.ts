import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../kernel/logger.ts';
import { serveHealth } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { createReadiness, type ReadinessCheck } from './readiness.ts';

function start(t: TestContext, storage: ReadinessCheck) {
  const app = createHttpServer({
    logger: silentLogger,
    issuer: 'http://localhost:8080',
    trustedProxies: [],
    tls: null,
  });
  const readiness = createReadiness({ storage }, { timeLimit: 10 });
  serveHealth(app, readiness);
  t.after(() => app.close());
  return { readiness, ask: async () => app.inject('/health/ready'), app };
}

test('the server is ready between start and drain alone', async (t) => {
  const { readiness, ask } = start(t, async () => true);
  assert.equal((await ask()).statusCode, 503);
  readiness.serve();
  const ready = await ask();
  assert.equal(ready.statusCode, 200);
  assert.deepEqual(ready.json(), { status: 'ready', checks: { storage: 'ok', process: 'ok' } });
  readiness.drain();
  readiness.serve();
  const draining = await ask();
  assert.equal(draining.statusCode, 503);
  assert.deepEqual(draining.json(), { status: 'not-ready', checks: { storage: 'ok', process: 'failing' } });
});

// against: operations/health
test('a check that says no, fails or never answers makes the server not ready, without saying why', async (t) => {
  const failing: readonly ReadinessCheck[] = [
    async () => false,
    () => Promise.reject(new Error('disk 7 is gone')),
    () => new Promise(() => {}),
  ];
  for (const check of failing) {
    const { readiness, ask } = start(t, check);
    readiness.serve();
    const answer = await ask();
    assert.equal(answer.statusCode, 503);
    assert.deepEqual(answer.json(), { status: 'not-ready', checks: { storage: 'failing', process: 'ok' } });
  }
});

test('the server is live even while it is not ready', async (t) => {
  const { app } = start(t, async () => false);
  const answer = await app.inject('/health/live');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['cache-control'], 'no-store');
});
