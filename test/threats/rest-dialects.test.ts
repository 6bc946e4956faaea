import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { readDocument } from '../fixtures/documented-answers.ts';
import { parseAnswer } from '../fixtures/raw-http.ts';
import { bootstrap, startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { administrationScopes, isRefusal, send, withstands } from './attack.ts';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly takesBody: boolean;
}

/** Every operation of the REST dialects, about a client that exists where one is named. */
async function routesOf(server: TestServer): Promise<readonly Route[]> {
  const { paths } = await readDocument(server);
  return Object.entries(paths).flatMap(([template, { parameters: _, ...item }]) =>
    Object.entries(item).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path: template.replace(/\{[^}]+\}/, bootstrap.id).replace(/\{[^}]+\}/, '0'),
      takesBody: requestBody !== undefined,
    })),
  );
}

const json = { 'content-type': 'application/json' };

// against: administration/bodies
test('__proto__, duplicate keys, deep nesting and what is no JSON are refused at every route of the REST dialects', async (context) => {
  const server = await startTestServer(context);
  const authorization = `Bearer ${await server.bootstrapToken(administrationScopes)}`;
  const bodies = [
    '{"__proto__":{"administrator":true},"name":"x"}',
    '{"client":{"__proto__":{"administrator":true}}}',
    '{"name":"x","name":"y"}',
    '{"client":{"name":"x","name":"y"},"scope":{"name":"x","name":"y"}}',
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    `${'['.repeat(200_000)}`,
    `[${'0,'.repeat(200_001)}0]`,
    '\ufeff{"name":"x"}',
    '{"name":"\\ud800"}',
    '{"name":"x"}\u0000',
    'name=x',
  ];
  const types = [
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-7',
  ];
  await withstands(server, async () => {
    for (const { method, path } of (await routesOf(server)).filter((route) => route.method !== 'GET')) {
      for (const body of bodies) {
        const answer = await send(server, path, { method, headers: { ...json, authorization }, body });
        assert.equal(answer.status, 400, `${method} ${path} ${body.slice(0, 50)}: ${answer.text}`);
        assert.ok(answer.text.length < 1_000);
      }
      for (const type of types) {
        const headers = { 'content-type': type, authorization };
        const { status } = await send(server, path, { method, headers, body: '{"name":"x"}' });
        assert.equal(status, 400, `${method} ${path} ${type}`);
      }
    }
  });
  assert.equal(Object.hasOwn(Object.prototype, 'administrator'), false);
});

// against: administration/bodies
test('keys that objects inherit name no field', async (context) => {
  const server = await startTestServer(context);
  const authorization = `Bearer ${await server.bootstrapToken(administrationScopes)}`;
  const fields = {
    constructor: { prototype: { polluted: 1 } },
    toString: 'x',
    hasOwnProperty: 1,
    valueOf: null,
  };
  await withstands(server, async () => {
    for (const { method, path, takesBody } of await routesOf(server)) {
      if (!takesBody) continue;
      const body = JSON.stringify({ ...fields, client: fields, scope: fields, identity_provider: fields });
      const { status } = await send(server, path, { method, headers: { ...json, authorization }, body });
      assert.ok(isRefusal(status), `${method} ${path}: ${status}`);
    }
  });
});

// against: administration/sizes
test('who is not admitted is answered before any of a 100 MB body is read, and an admitted one as soon as it is announced', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(administrationScopes);
  const bearers = [
    [null, 401],
    ['bad', 401],
    [await server.bootstrapToken('oauth:clients:read'), 403],
    [token, 413],
  ] as const;
  await withstands(server, async () => {
    for (const { method, path } of (await routesOf(server)).filter((route) => route.method !== 'GET')) {
      for (const [bearer, expected] of bearers) {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write(
          `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${100 * 1024 * 1024}\r\n${bearer === null ? '' : `authorization: Bearer ${bearer}\r\n`}\r\n`,
        );
        const [data] = await once(socket, 'data');
        socket.destroy();
        assert.equal(parseAnswer(String(data)).status, expected, `${method} ${path}`);
      }
    }
  });
});

// against: administration/tokens
test('a token in the query, in a cookie or in the body is none', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(administrationScopes);
  await withstands(server, async () => {
    for (const { method, path } of await routesOf(server)) {
      const body = JSON.stringify({ access_token: token, name: 'x' });
      const { status, headers, text } = await send(server, `${path}?access_token=${token}`, {
        method,
        headers: { ...json, cookie: `access_token=${token}; session=${token}` },
        ...(method !== 'GET' && { body }),
      });
      assert.deepEqual([method, path, status], [method, path, 401]);
      assert.equal(headers.get('www-authenticate'), 'Bearer realm="oauth"');
      assert.ok(!text.includes(token));
    }
  });
});
