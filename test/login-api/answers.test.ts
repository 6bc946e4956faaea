import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, STATUS_CODES } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createManualClock } from '../../src/kernel/clock.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { inOneWorld } from '../connect/world.ts';
import { type Answer, type Operation, readDocument, type Sent } from '../fixtures/documented-answers.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { open, openOn, outcomeOf, pathOf, root, type World } from './world.ts';

const unknown = '00000000-0000-4000-8000-000000000000';
const tooLong = 'x'.repeat(1024 * 1024 + 1);

/** The form of every error. */
function checkError({ status, json, text: body }: Answer): void {
  assert.deepEqual(Object.keys(json as JsonObject), ['statusCode', 'message', 'error'], body);
  const { statusCode, message, error } = json as JsonObject;
  assert.deepEqual([statusCode, error], [status, STATUS_CODES[status]]);
  assert.match(String(message), /^\S.*\.$/);
}

interface Route {
  readonly operation: Operation;
  readonly method: string;
  /** The path, for a client and one of its secrets. */
  readonly pathFor: (id: string, fingerprint: string) => string;
  /** A request that is as documented. */
  readonly good: Sent;
}

/** Every operation of the dialect. */
async function routesOf({ server, token }: World): Promise<readonly Route[]> {
  const { paths } = await readDocument(server);
  return Object.entries(paths).flatMap(([template, { parameters: _, ...item }]) =>
    template.startsWith(root)
      ? Object.entries(item).map(([method, operation]) => ({
          operation,
          method: method.toUpperCase(),
          pathFor: (id: string, fingerprint: string) =>
            template.replace('{id}', id).replace('{fingerprint}', fingerprint),
          good: { token, ...(operation.requestBody && { body: { name: 'Shop' } }) },
        }))
      : [],
  );
}

/** The statuses that each way to be wrong, and to be right, brings a route. */
async function statusesOf(world: World, { method, pathFor, good }: Route): Promise<ReadonlySet<number>> {
  const { id } = await world.create();
  const { fingerprint } = await world.addSecret(id);
  const path = pathFor(id, fingerprint);
  const other = await world.server.bootstrapToken('oauth:clients:read');
  const isRead = method === 'GET';
  const attempts: readonly (readonly [string, Sent])[] = [
    [path, { ...good, token: null }],
    [path, { ...good, token: other }],
    ...(isRead ? [] : [[path, { ...good, body: '{' }] as const, [path, { ...good, body: tooLong }] as const]),
    [pathFor(unknown, fingerprint), good],
    ...(isRead ? [] : [[pathFor(bootstrap.id, fingerprint), good] as const]),
    [path, good],
  ];
  const statuses = new Set<number>();
  for (const [to, sent] of attempts) {
    const answer = await world.send(method, to, sent);
    if (answer.status >= 400) checkError(answer);
    statuses.add(answer.status);
  }
  return statuses;
}

/** What needs two `Authorization` headers, a race, or a full house; the tests below and of secrets bring the latter about. */
const particular: Readonly<Record<string, readonly number[]>> = {
  listLoginClients: [400],
  getLoginClient: [400],
  createLoginClient: [404, 409],
  updateLoginClient: [409],
  deleteLoginClient: [409],
  listLoginClientSecrets: [400],
  createLoginClientSecret: [409],
  deleteLoginClientSecret: [409],
};

inOneWorld<World>('the answers of the login API', open, {
  'are those that are documented, and all of those are given': async (world) => {
    for (const route of await routesOf(world)) {
      const { operationId, responses } = route.operation;
      const expected = Object.keys(responses).map(Number);
      const given = await statusesOf(world, route);
      const rare = [429, 500, 503, ...(particular[operationId] ?? [])];
      const missing = expected.filter((status) => !given.has(status) && !rare.includes(status));
      assert.deepEqual([operationId, missing], [operationId, []]);
    }
  },
  'are in its own shape where nothing is served': async ({ send, token, server }) => {
    const rows = [
      ['GET', `${root}/`, 404, null],
      ['GET', `${root}/a/b`, 404, null],
      ['POST', pathOf(unknown), 405, 'DELETE, GET, HEAD, PUT'],
      ['PATCH', pathOf(unknown), 405, 'DELETE, GET, HEAD, PUT'],
      ['OPTIONS', root, 405, 'GET, HEAD, POST'],
      ['PUT', pathOf(unknown, 'client-secret'), 405, 'GET, HEAD, POST'],
      ['GET', pathOf(unknown, 'client-secret', '0'), 405, 'DELETE'],
    ] as const;
    for (const [method, path, status, allow] of rows) {
      const answer = await send(method, path, { token });
      assert.deepEqual([method, path, answer.status], [method, path, status]);
      checkError(answer);
      assert.equal(answer.headers.get('allow'), allow);
    }
    const undecodable = await fetch(`${server.issuer}${root}/%zz`);
    assert.equal(undecodable.status, 400);
    assert.deepEqual(Object.keys((await undecodable.json()) as object), ['statusCode', 'message', 'error']);
  },
  'to an id that is no UUID say that there is no such client': async ({ send, call, token }) => {
    const notFound = '404 No client has this id, or the caller may not see it.';
    for (const id of ['1', 'x', `${unknown}0`, `{${unknown}}`, unknown.replaceAll('-', ''), '%00', '..%2f']) {
      for (const path of [pathOf(id), pathOf(id, 'client-secret')]) {
        assert.equal(outcomeOf(await call('GET', path)), notFound, path);
      }
      assert.equal(outcomeOf(await call('PUT', pathOf(id), { name: '' })), notFound);
      assert.equal(outcomeOf(await call('DELETE', pathOf(id, 'client-secret', '0'))), notFound);
    }
    const long = await send('GET', pathOf('a'.repeat(500)), { token });
    assert.equal(long.status, 404);
  },
  'to an id in upper case are those of the client': async ({ call, create, addSecret }) => {
    const { id } = await create();
    const upper = id.toUpperCase();
    const { fingerprint } = await addSecret(upper);
    assert.equal(((await call('GET', pathOf(upper))).json as JsonObject)['id'], id);
    assert.equal((await call('PUT', pathOf(upper), { name: 'Store' })).status, 200);
    assert.equal((await call('DELETE', pathOf(upper, 'client-secret', fingerprint))).status, 200);
    assert.equal((await call('DELETE', pathOf(upper))).status, 200);
  },
  'ignore the query': async ({ call, create }) => {
    const { id } = await create();
    assert.equal((await call('GET', `${pathOf(id)}?id=1&id=2&%zz`)).status, 200);
    assert.equal((await call('GET', `${root}?page=2`)).status, 200);
  },
  'to HEAD are those to GET, without the body': async ({ send, create, token }) => {
    const { id } = await create();
    for (const path of [root, pathOf(id), pathOf(id, 'client-secret')]) {
      const answer = await send('HEAD', path, { token });
      assert.deepEqual([answer.status, answer.text], [200, '']);
      assert.ok(Number(answer.headers.get('content-length')) > 0);
    }
  },
  'to two Authorization headers call the request malformed': async ({ server, token }) => {
    const message = httpRequest(server.issuer + root, {
      headers: ['host', 'localhost', 'authorization', `Bearer ${token}`, 'Authorization', 'Bearer x'],
    });
    message.end();
    const [response] = await once(message, 'response');
    assert.equal(response.statusCode, 400);
    assert.deepEqual(Object.keys(JSON.parse(await text(response))), ['statusCode', 'message', 'error']);
  },
});

test('a deletion says what was done, and when', async (context) => {
  const clock = createManualClock();
  const { call, create } = await openOn(await startTestServer(context, { clock }));
  const { id } = await create();
  clock.advance(90);
  const { json, text: body } = await call('DELETE', pathOf(id));
  assert.equal(
    body,
    JSON.stringify({ operation: 'delete-client', result: 'success', time: (json as JsonObject)['time'] }),
  );
  assert.equal((json as JsonObject)['time'], new Date(clock.now() * 1000).toISOString());
});

test('a failure of the storage is an error that tells nothing, at every route', async (context) => {
  const faults: unknown[] = [];
  const logger = { ...silentLogger, error: (facts: object) => void faults.push(facts) };
  const world = await openOn(await startTestServer(context, { logger }));
  const { id } = await world.create();
  const routes = await routesOf(world);
  await world.server.database.renameTable('client_secrets', 'secrets_gone');
  for (const { method, pathFor, good, operation } of routes) {
    if (operation.operationId === 'createLoginClient' || operation.operationId === 'listLoginClients')
      continue;
    const answer = await world.send(method, pathFor(id, '0'), good);
    assert.deepEqual(
      [operation.operationId, outcomeOf(answer)],
      [operation.operationId, '500 The server failed to answer the request.'],
    );
  }
  await world.server.database.renameTable('secrets_gone', 'client_secrets');
  assert.equal((await world.call('GET', pathOf(id))).status, 200);
  assert.equal(faults.length, routes.length - 2);
});

test('the access log names route and code, and neither ids nor secrets', async (context) => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const info = (facts: object, message: string) => {
    if (message === 'request') lines.push({ ...facts });
  };
  const world = await openOn(await startTestServer(context, { logger: { ...silentLogger, info } }));
  const { id } = await world.create();
  const { secretText, fingerprint } = await world.addSecret(id);
  const calls = [
    ['PUT', pathOf(id), { name: '' }, 400, 'invalid'],
    ['PUT', pathOf(id), { clientCredentialFlowUser: secretText }, 404, 'user_not_found'],
    ['PUT', pathOf(bootstrap.id), { name: 'x' }, 403, 'protected'],
    ['GET', pathOf(unknown), undefined, 404, 'not_found'],
    ['DELETE', pathOf(id, 'client-secret', secretText.slice(0, 90)), undefined, 404, 'secret_not_found'],
    ['DELETE', pathOf(id, 'client-secret', fingerprint), undefined, 200, undefined],
  ] as const;
  for (const [method, path, body] of calls) await world.call(method, path, body);
  await world.server.stop('so that every line is written');
  const seen = lines
    .slice(-calls.length)
    .map(({ method, route, status, code }) => [method, route, status, code]);
  const routeOf = (path: string) =>
    path.includes('/client-secret/') ? `${root}/:id/client-secret/:fingerprint` : `${root}/:id`;
  assert.deepEqual(
    seen,
    calls.map(([method, path, , status, code]) => [method, routeOf(path), status, code]),
  );
  for (const hidden of [id, secretText.slice(0, 90), fingerprint, world.token]) {
    assert.ok(!JSON.stringify(lines).includes(hidden));
  }
});
