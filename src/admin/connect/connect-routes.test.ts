import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnectRouter } from '@connectrpc/connect';
import fastify from 'fastify';
import { connectServices, createConnectRoutes } from './connect-routes.ts';
import { addReflection } from './reflection.ts';
import { describedServices } from './services.ts';

test('the services that are mounted before the dialect is loaded are those that it has', () => {
  const router = createConnectRouter();
  addReflection(router, describedServices);
  const added = new Set(router.handlers.map(({ service }) => service.typeName));
  assert.deepEqual(
    new Set(connectServices),
    new Set([...describedServices.map(({ typeName }) => typeName), ...added]),
  );
});

test('the handler is loaded by the first request, once, and again only after that has failed', async (context) => {
  const app = fastify();
  context.after(() => app.close());
  let loads = 0;
  let answered = 0;
  const load = async () => {
    loads += 1;
    if (loads === 1) throw new Error('a file is missing');
    return {
      handle: (_request: unknown, response: { readonly end: () => unknown }) => {
        answered += 1;
        response.end();
      },
    };
  };
  app.register(createConnectRoutes(['some.Service'], load));
  await app.ready();
  assert.equal(loads, 0);
  const call = async () =>
    (await app.inject({ method: 'POST', url: '/some.Service/Method', payload: { a: 1 } })).statusCode;
  assert.equal(await call(), 500);
  assert.deepEqual(await Promise.all([call(), call(), call()]), [200, 200, 200]);
  assert.deepEqual([loads, answered], [2, 3]);
});
