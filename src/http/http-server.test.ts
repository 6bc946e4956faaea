import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { makeCertificate } from '../../test/fixtures/certificate.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createHttpServer, type HttpServerOptions } from './http-server.ts';
import { httpLimits } from './limits.ts';

interface Line {
  readonly level: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A running server with a few routes, one change away from the default. */
async function start(t: TestContext, change: Partial<HttpServerOptions> = {}) {
  const lines: Line[] = [];
  const note = (level: string) => (facts: object) => {
    lines.push({ level, facts: { ...facts } });
  };
  const app = createHttpServer({
    logger: { ...silentLogger, info: note('info'), error: note('error') },
    issuer: 'http://localhost:8080',
    trustedProxies: [],
    tls: null,
    ...change,
  });
  addRoutes(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => app.close());
  const port = (app.server.address() as AddressInfo).port;
  return { app, lines, port, origin: `http://127.0.0.1:${port}` };
}

function addRoutes(app: FastifyInstance): void {
  app.get('/things/:id', (request) => ({ ip: request.ip }));
  app.post('/things', (request) => ({ read: request.body }));
  app.get('/particular', () => ({}));
  app.put('/particular', { config: { allow: ['GET', 'HEAD'] } }, (_request, reply) =>
    reply.code(405).header('allow', 'GET, HEAD').send({}),
  );
  app.get('/broken', () => {
    throw new Error('inner text');
  });
}

/** Sends octets as they are and answers what came back before the server closed the connection. */
async function sendRaw(port: number, octets: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(octets);
  return text(socket);
}

const post = (origin: string, body: string, type = 'application/json') =>
  fetch(`${origin}/things`, { method: 'POST', body, headers: { 'content-type': type } });

test('every answer carries the headers that an API needs and says nothing about the software', async (t) => {
  const { origin } = await start(t);
  for (const path of ['/things/1', '/nowhere', '/broken']) {
    const { headers } = await fetch(origin + path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(headers.get('strict-transport-security'), null);
    assert.equal(headers.get('server'), null);
    assert.equal(headers.get('x-powered-by'), null);
  }
});

test('an https issuer is announced as strict transport security', async (t) => {
  const { origin } = await start(t, { issuer: 'https://id.example' });
  const { headers } = await fetch(`${origin}/things/1`);
  assert.equal(headers.get('strict-transport-security'), 'max-age=31536000');
});

test('an unknown path is not_found, and a known one with another method names those that are served', async (t) => {
  const { origin } = await start(t);
  const unknown = await fetch(`${origin}/nowhere?x=1`);
  assert.equal(unknown.status, 404);
  assert.deepEqual(Object.keys((await unknown.json()) as object), ['error', 'error_description']);
  const other = await fetch(`${origin}/things/1?x=1`, { method: 'DELETE' });
  assert.equal(other.status, 405);
  assert.equal(other.headers.get('allow'), 'GET, HEAD');
  assert.equal(((await other.json()) as { error: string }).error, 'method_not_allowed');
  for (const method of ['PUT', 'PROPFIND']) {
    const refused = await fetch(`${origin}/particular`, { method });
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD']);
    await refused.arrayBuffer();
  }
});

test('an unexpected error answers with a generic text and is logged with its request', async (t) => {
  const { origin, lines } = await start(t);
  const answer = await fetch(`${origin}/broken`);
  assert.equal(answer.status, 500);
  const body = await answer.text();
  assert.equal(JSON.parse(body).error, 'server_error');
  assert.doesNotMatch(body, /inner text|http-server/);
  const logged = lines.find(({ level }) => level === 'error');
  assert.equal(logged?.facts['requestId'], answer.headers.get('x-request-id'));
  assert.match(String(logged?.facts['error']), /inner text/);
});

test('bodies that are malformed, too large or of another type are refused with their status', async (t) => {
  const { origin } = await start(t);
  const refusals = [
    [await post(origin, '{"a":1,'), 400, 'invalid_request'],
    [await post(origin, '{"a":1,"a":2}'), 400, 'invalid_request'],
    [await post(origin, '{"__proto__":{}}'), 400, 'invalid_request'],
    [await post(origin, JSON.stringify('x'.repeat(1024 * 1024))), 413, 'payload_too_large'],
    [await post(origin, '<a/>', 'application/xml'), 415, 'unsupported_media_type'],
    [await fetch(`${origin}/things/%zz`), 400, 'invalid_request'],
  ] as const;
  for (const [answer, status, error] of refusals) {
    assert.equal(answer.status, status);
    assert.equal(((await answer.json()) as { error: string }).error, error);
    assert.ok(answer.headers.get('x-request-id'));
  }
  assert.deepEqual(await (await post(origin, '{"a":1}')).json(), { read: { a: 1 } });
});

// against: operations/headers
test('what is not HTTP, or has too many headers, is answered and closed', async (t) => {
  const { port } = await start(t);
  assert.match(await sendRaw(port, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"invalid_request"/s);
  const long = `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(17 * 1024)}\r\n\r\n`;
  assert.match(await sendRaw(port, long), /^HTTP\/1\.1 431 .*"header_fields_too_large"/s);
});

// against: operations/slow
test('a request whose headers never end is closed', async (t) => {
  const { port } = await start(t, { limits: { headersTimeout: 50, requestTimeout: 60, checkInterval: 10 } });
  assert.match(await sendRaw(port, 'GET / HTTP/1.1\r\nhost: a\r\nx-slow: '), /^HTTP\/1\.1 408 /);
});

test('the access log names the route and never the address, a header or a body', async (t) => {
  const { origin, lines } = await start(t);
  await fetch(`${origin}/things/path-secret?code=query-secret`, {
    headers: { authorization: 'Basic header-secret' },
  });
  await post(origin, '"body-secret"');
  await fetch(`${origin}/nowhere/path-secret`);
  const [first, second, third] = lines.map(({ facts }) => facts);
  const { requestId, durationMs, ...facts } = first ?? {};
  assert.deepEqual(facts, { method: 'GET', route: '/things/:id', status: 200, client: '127.0.0.1' });
  assert.equal(typeof requestId, 'string');
  assert.ok(Number(durationMs) > 0);
  assert.equal(second?.['route'], '/things');
  assert.equal(third?.['route'], 'unmatched');
  assert.doesNotMatch(JSON.stringify(lines), /secret/);
});

test('a request id and a client address are believed from a trusted proxy alone', async (t) => {
  const headers = { 'x-request-id': 'trace-1', 'x-forwarded-for': '192.0.2.7' };
  const untrusting = await start(t);
  const stranger = await fetch(`${untrusting.origin}/things/1`, { headers });
  assert.notEqual(stranger.headers.get('x-request-id'), 'trace-1');
  assert.deepEqual(await stranger.json(), { ip: '127.0.0.1' });

  const trusting = await start(t, { trustedProxies: ['127.0.0.0/8'] });
  const known = await fetch(`${trusting.origin}/things/1`, { headers });
  assert.equal(known.headers.get('x-request-id'), 'trace-1');
  assert.deepEqual(await known.json(), { ip: '192.0.2.7' });
  const odd = await fetch(`${trusting.origin}/things/1`, { headers: { 'x-request-id': 'a b"c' } });
  assert.notEqual(odd.headers.get('x-request-id'), 'a b"c');
});

test('with a certificate the same routes are served over HTTP/1.1 and HTTP/2', async (t) => {
  const tls = makeCertificate();
  const { port, lines } = await start(t, { tls });
  const message = httpsRequest({
    port,
    path: '/things/1',
    ca: tls.certificate,
    servername: 'localhost',
    agent: false,
  });
  message.end();
  const [answer] = await once(message, 'response');
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(JSON.parse(await text(answer)), { ip: '127.0.0.1' });

  const session = connectHttp2(`https://localhost:${port}`, { ca: tls.certificate });
  const stream = session.request({ [constants.HTTP2_HEADER_PATH]: '/things/1' });
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.deepEqual(JSON.parse(await text(stream)), { ip: '127.0.0.1' });
  session.close();
  await once(session, 'close');
  const logged = lines.map(({ facts: { requestId, durationMs, ...facts } }) => facts);
  const expected = { method: 'GET', route: '/things/:id', status: 200, client: '127.0.0.1' };
  assert.deepEqual(logged, [expected, expected]);
});

// against: operations/slow
test('a body of HTTP/2 that does not end is ended, and the connection serves on', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const tls = makeCertificate();
  const { app, port } = await start(t, { tls });
  const session = connectHttp2(`https://localhost:${port}`, { ca: tls.certificate });
  const stalled = session.request({
    ':method': 'POST',
    ':path': '/things',
    'content-type': 'application/json',
  });
  stalled.on('error', () => {});
  stalled.resume();
  stalled.write('{');
  await once(app.server, 'request');
  t.mock.timers.tick(httpLimits.requestTimeout - 1);
  assert.equal(stalled.closed, false);
  t.mock.timers.tick(1);
  await once(stalled, 'close');
  const next = session.request({ ':path': '/things/1' });
  assert.deepEqual(JSON.parse(await text(next)), { ip: '127.0.0.1' });
  session.close();
  await once(session, 'close');
});
