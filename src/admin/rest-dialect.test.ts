import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { exchange, parseAnswer } from '../../test/fixtures/raw-http.ts';
import type { Actor } from '../clients/policy.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import { unlimited } from '../kernel/request-limits.ts';
import { mountRestDialect } from './rest-dialect.ts';
import type { RestAdmission, RestDialect, RestRoute } from './rest-route.ts';

class ToyError extends Error {
  override readonly name = 'ToyError';
}

const answer: RestRoute['answer'] = async ({ caller, params, body = null }) => ({
  status: 200,
  body: { subject: caller.actor.subject, face: caller.face, params, body },
  headers: { 'x-toy': 'yes' },
});

const admission: RestAdmission = { scopes: ['toys', 'all'] };
const operation = { operationId: 'toy' };
const withBody = { operationId: 'toy', requestBody: {} };

const toys: RestDialect = {
  face: 'login-api',
  prefixes: ['/toys', '/more/toys'],
  routes: [
    { method: 'GET', path: '/toys', admission, operation, answer },
    { method: 'POST', path: '/toys', admission, operation: withBody, answer },
    { method: 'PUT', path: '/toys/:id', admission, operation: withBody, answer },
    { method: 'DELETE', path: '/toys/:id', admission, operation, answer: async () => ({ status: 204 }) },
    { method: 'POST', path: '/toys/:id/wind-up', admission, operation, answer },
    {
      method: 'GET',
      path: '/more/toys',
      admission: { scopes: ['toys'], administrator: true },
      operation,
      answer,
    },
    {
      method: 'GET',
      path: '/toys/broken',
      admission,
      operation,
      answer: () => fail(new Error('inner text')),
    },
    { method: 'GET', path: '/toys/refused', admission, operation, answer: () => fail(new ToyError('no')) },
  ],
  refuse: (refusal) => ({ status: statuses[refusal], body: { toy: refusal } }),
  answerError: (error) =>
    error instanceof ToyError ? { status: 422, body: { toy: error.message }, code: 'toy' } : undefined,
};

function fail(error: Error): Promise<never> {
  return Promise.reject(error);
}

const statuses: Readonly<Record<Parameters<RestDialect['refuse']>[0], number>> = {
  malformed: 400,
  unauthenticated: 401,
  insufficient_scope: 403,
  not_administrator: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  too_many_requests: 429,
  unavailable: 503,
  server_error: 500,
};

interface Line {
  readonly level: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function actor(scopes: readonly string[], administrator = false): Actor {
  return { subject: 'me', scopes: new Set(scopes), administrator, administers: new Set(), operator: false };
}

const callers: Readonly<Record<string, Actor>> = {
  'Bearer toys': actor(['toys']),
  'Bearer all': actor(['x', 'all']),
  'Bearer root': actor(['toys'], true),
  'Bearer none': actor(['x'], true),
};

async function start(context: TestContext) {
  const lines: Line[] = [];
  const write = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts: { ...facts }, message });
  };
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const app = createHttpServer({ logger, issuer: 'http://localhost', trustedProxies: [], tls: null });
  mountRestDialect(app, toys, {
    authenticate: async (header) => callers[header ?? ''],
    logger,
    limits: unlimited,
  });
  context.after(() => app.close());
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const headers = { authorization: 'Bearer toys', ...(init.headers as Readonly<Record<string, string>>) };
    const response = await fetch(origin + path, { ...init, method, headers });
    const text = await response.text();
    const json: JsonObject | undefined = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, json };
  };
  return { port: Number(new URL(origin).port), send, lines, close: () => app.close() };
}

const json = { 'content-type': 'application/json' };

test('a route gets its caller, the parts of its path and its body, and answers for nobody to keep', async (context) => {
  const { send } = await start(context);
  const {
    status,
    headers,
    json: shown,
  } = await send('PUT', '/toys/b%20ear?x=1', { body: '{"a":[1]}', headers: json });
  assert.deepEqual(
    [status, shown],
    [200, { subject: 'me', face: 'login-api', params: { id: 'b ear' }, body: { a: [1] } }],
  );
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(headers.get('x-toy'), 'yes');
  const gone = await send('DELETE', '/toys/bear');
  assert.deepEqual([gone.status, gone.json, gone.headers.get('content-type')], [204, undefined, null]);
});

test('HEAD is answered like GET, without the body', async (context) => {
  const { send } = await start(context);
  const { status, headers, json: shown } = await send('HEAD', '/toys');
  assert.deepEqual([status, shown], [200, undefined]);
  assert.ok(Number(headers.get('content-length')) > 0);
  assert.equal((await send('HEAD', '/toys', { headers: { authorization: 'Bearer none' } })).status, 403);
});

test('a caller is admitted by a token, one of the scopes and, where it is asked for, its role', async (context) => {
  const { send } = await start(context);
  const rows = [
    ['/toys', 'Bearer all', 200, undefined, null],
    ['/toys', '', 401, 'unauthenticated', 'Bearer error="invalid_token"'],
    ['/toys', 'Bearer bad', 401, 'unauthenticated', 'Bearer error="invalid_token"'],
    ['/toys', 'Bearer none', 403, 'insufficient_scope', 'Bearer error="insufficient_scope", scope="toys"'],
    ['/more/toys', 'Bearer toys', 403, 'not_administrator', null],
    [
      '/more/toys',
      'Bearer all',
      403,
      'insufficient_scope',
      'Bearer error="insufficient_scope", scope="toys"',
    ],
    ['/more/toys', 'Bearer root', 200, undefined, null],
  ] as const;
  for (const [path, authorization, expected, toy, challenge] of rows) {
    const { status, headers, json: shown } = await send('GET', path, { headers: { authorization } });
    assert.deepEqual([path, authorization, status, shown?.['toy']], [path, authorization, expected, toy]);
    assert.equal(headers.get('www-authenticate'), challenge);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('a request without a token is challenged without an error, and one with two is malformed', async (context) => {
  const { port } = await start(context);
  const ask = async (lines: string) =>
    parseAnswer(await exchange(port, `GET /toys HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${lines}\r\n`));
  const { status, head } = await ask('');
  assert.equal(status, 401);
  assert.match(head, /^www-authenticate: Bearer realm="oauth"\r?$/im);
  const twice = await ask('authorization: Bearer toys\r\nAuthorization: Bearer none\r\n');
  assert.deepEqual([twice.status, JSON.parse(twice.body)], [400, { toy: 'malformed' }]);
});

test('who is not admitted is refused before the body is read', async (context) => {
  const { port, send } = await start(context);
  for (const authorization of ['', 'Bearer none']) {
    const { status } = await send('POST', '/toys', {
      body: '{"a":1,"a":2}',
      headers: { ...json, authorization },
    });
    assert.equal(status, authorization === '' ? 401 : 403);
  }
  for (const [path, expected] of [
    ['/toys', 401],
    ['/toys/nothing/here', 404],
    ['/more/toys', 405],
  ] as const) {
    const socket = connect(port, '127.0.0.1');
    const length = 100 * 1024 * 1024;
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
    );
    const [data] = await once(socket, 'data');
    socket.destroy();
    assert.equal(parseAnswer(String(data)).status, expected);
  }
});

test('a body is JSON in UTF-8, whole and unambiguous', async (context) => {
  const { send } = await start(context);
  const accepted = [
    'application/json',
    'Application/JSON ; charset=UTF-8',
    'application/json;charset="utf-8"',
  ];
  for (const type of accepted) {
    const { json: shown } = await send('POST', '/toys', {
      body: '{"é":1}',
      headers: { 'content-type': type },
    });
    assert.deepEqual(shown?.['body'], { é: 1 });
  }
  const types = [
    '',
    'text/plain',
    'application/json; charset=utf-16',
    'application/json; x=y',
    'application/ld+json',
    ';;',
  ];
  for (const type of types) {
    const { status, json: shown } = await send('POST', '/toys', {
      body: '{}',
      headers: { 'content-type': type },
    });
    assert.deepEqual([type, status, shown], [type, 400, { toy: 'malformed' }]);
  }
  const bodies = [
    '{"a":1',
    '{"a":1,"a":2}',
    '{"__proto__":{}}',
    '{} {}',
    '\ufeff{}',
    Uint8Array.from([0x22, 0xff, 0x22]),
    `${'['.repeat(33)}${']'.repeat(33)}`,
    `[${'0,'.repeat(200_000)}0]`,
  ];
  for (const body of bodies) {
    const { status, json: shown } = await send('POST', '/toys', { body, headers: json });
    assert.deepEqual([status, shown], [400, { toy: 'malformed' }], String(body).slice(0, 40));
  }
  const longest = `"${'x'.repeat(1024 * 1024 - 2)}"`;
  assert.equal((await send('POST', '/toys', { body: longest, headers: json })).status, 200);
  const tooLong = await send('POST', '/toys', { body: `${longest} `, headers: json });
  assert.deepEqual([tooLong.status, tooLong.json], [413, { toy: 'too_large' }]);
});

test('an empty body is none: refused where one is documented, and fine elsewhere, whatever its type', async (context) => {
  const { send } = await start(context);
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    const empty = { body: '', headers: { 'content-type': type } };
    const refused = await send('POST', '/toys', empty);
    assert.deepEqual([refused.status, refused.json], [400, { toy: 'malformed' }]);
    assert.equal((await send('POST', '/toys/bear/wind-up', empty)).status, 200);
    assert.equal((await send('DELETE', '/toys/bear', empty)).status, 204);
  }
  assert.equal((await send('POST', '/toys')).status, 400);
  assert.equal((await send('POST', '/toys/bear/wind-up')).status, 200);
  assert.equal((await send('DELETE', '/toys/bear', { body: '{}', headers: json })).status, 204);
  assert.equal((await send('DELETE', '/toys/bear', { body: '{', headers: json })).status, 400);
});

test('what is served at no path below a prefix, or with another method, is refused in the words of the dialect', async (context) => {
  const { send, port } = await start(context);
  const rows = [
    ['GET', '/toys/bear/nothing', 404, 'not_found', null],
    ['POST', '/toys//wind-up', 404, 'not_found', null],
    ['GET', '/more/toys/x', 404, 'not_found', null],
    ['PATCH', '/toys', 405, 'method_not_allowed', 'GET, HEAD, POST'],
    ['OPTIONS', '/toys/bear', 405, 'method_not_allowed', 'DELETE, PUT'],
    ['PROPFIND', '/toys/bear?x=1', 405, 'method_not_allowed', 'DELETE, PUT'],
    ['GET', '/toys/%zz', 400, 'malformed', null],
    ['GET', '/toys/%e0%a4%a', 400, 'malformed', null],
    ['DELETE', `/toys/${'a'.repeat(101)}`, 404, 'not_found', null],
  ] as const;
  for (const [method, path, expected, toy, allow] of rows) {
    const { status, headers, json: shown } = await send(method, path);
    assert.deepEqual([method, path, status, shown], [method, path, expected, { toy }]);
    assert.equal(headers.get('allow'), allow);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
  assert.deepEqual(Object.keys((await send('GET', '/toysand')).json ?? {}), ['error', 'error_description']);
  assert.deepEqual(Object.keys((await send('GET', '/other/%zz')).json ?? {}), ['error', 'error_description']);
  const traced = await exchange(port, 'TRACE /toys HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  assert.equal(parseAnswer(traced).status, 405);
});

test('a bug answers with a generic text and is logged with its request, a refusal of the dialect is not', async (context) => {
  const { send, lines } = await start(context);
  const { status, headers, json: shown } = await send('GET', '/toys/broken');
  assert.deepEqual([status, shown], [500, { toy: 'server_error' }]);
  const refused = await send('GET', '/toys/refused');
  assert.deepEqual([refused.status, refused.json], [422, { toy: 'no' }]);
  const errors = lines.filter(({ level }) => level === 'error');
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.facts['requestId'], headers.get('x-request-id'));
  assert.match(String(errors[0]?.facts['error']), /inner text/);
});

test('the access log names the route and the code of the refusal, and never the address or a header', async (context) => {
  const { send, lines, close } = await start(context);
  await send('GET', '/toys/refused?code=in-the-query');
  await send('PUT', '/toys/in-the-path', { body: '"in-the-body', headers: json });
  await send('GET', '/toys', { headers: { authorization: 'Bearer in-the-header' } });
  await send('GET', '/toys/%zzin-the-path');
  await send('POST', '/more/toys');
  await close();
  const seen = lines
    .filter(({ message }) => message === 'request')
    .map(({ facts }) => [facts['method'], facts['route'], facts['status'], facts['code']]);
  assert.deepEqual(seen, [
    ['GET', '/toys/refused', 422, 'toy'],
    ['PUT', '/toys/:id', 400, 'malformed'],
    ['GET', '/toys', 401, 'unauthenticated'],
    ['GET', 'unmatched', 400, 'malformed'],
    ['POST', 'unmatched', 405, 'method_not_allowed'],
  ]);
  assert.doesNotMatch(JSON.stringify(lines), /in-the-/);
});
