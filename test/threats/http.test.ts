import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange, parseAnswer } from '../fixtures/raw-http.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { everyRoute, send, withstands } from './attack.ts';

/** What scripts of other origins may call, since nothing there looks at cookies. */
const openToScripts: ReadonlySet<string> = new Set([
  '/oauth/token',
  '/oauth/revoke',
  '/oauth/jwks',
  '/openapi.json',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);

test('no route sets a cookie or lets scripts of other origins use one, and few let them call at all', async (context) => {
  const server = await startTestServer(context);
  for (const path of everyRoute) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const headers = {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
        cookie: 'session=1',
      };
      const answer = await send(server, path, { method, headers });
      const names = [...answer.headers.keys()];
      const forbidden = openToScripts.has(path)
        ? /^access-control-allow-credentials|^set-cookie/
        : /^access-control-|^set-cookie/;
      assert.deepEqual(
        names.filter((name) => forbidden.test(name)),
        [],
        `${method} ${path}`,
      );
      assert.ok([null, '*'].includes(answer.headers.get('access-control-allow-origin')), `${method} ${path}`);
      assert.ok(answer.status < 500, `${method} ${path}: ${answer.status}`);
    }
  }
});

test('TRACE, CONNECT and methods that nobody knows change nothing and echo nothing', async (context) => {
  const server = await startTestServer(context);
  await withstands(server, async () => {
    for (const path of everyRoute) {
      for (const method of ['TRACE', 'PROPFIND', 'DELETE', 'PUT', 'PATCH', 'BREW', 'G@T', 'CONNECT']) {
        const answer = await exchange(
          server.port,
          `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-echo: marker-7\r\n\r\n`,
        );
        const { status, head, body } = parseAnswer(answer);
        assert.ok(
          method === 'CONNECT' ? answer === '' : status >= 400 && status < 500,
          `${method} ${path}: ${answer}`,
        );
        assert.ok(!body.includes('marker-7'));
        if (/^content-type: application\/json/im.test(head)) assert.ok(JSON.parse(body));
      }
    }
  });
});

// against: operations/headers
test('too large a header section is 431 at every route, and a name or value that is no header is 400', async (context) => {
  const server = await startTestServer(context);
  for (const path of everyRoute) {
    const ask = async (lines: string) =>
      parseAnswer(
        await exchange(
          server.port,
          `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${lines}\r\n\r\n`,
        ),
      ).status;
    assert.equal(await ask(`x-large: ${'a'.repeat(20_000)}`), 431, path);
    assert.equal(await ask('x bad: a'), 400, path);
    assert.equal(await ask('x-bad: a\0b'), 400, path);
    assert.equal(await ask('content-length: 5\r\ncontent-length: 6'), 400, path);
    assert.equal(await ask('content-length: 5\r\ntransfer-encoding: chunked'), 400, path);
  }
});
