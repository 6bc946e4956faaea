import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { inspect, promisify } from 'node:util';
import { isFault, sayOk, startWayOut } from '../../test/fixtures/egress.ts';
import { type Respond, sendJson, startOutsideServer } from '../../test/fixtures/outside-server.ts';
import type { EgressFault } from './errors.ts';

/** Longer than any answer takes, however busy the machine is. */
const patienceMs = 600_000;

test('JSON is got with a bearer token, and without one', async (context) => {
  const { egress, url, requests } = await startWayOut(context);
  assert.deepEqual(await egress.getJson(`${url}/a?b=c`), { ok: true });
  await egress.getJson(`${url}/a`, { bearer: 'a-token' });
  const seen = requests.map(({ method, path, headers }) => [method, path, headers.authorization]);
  assert.deepEqual(seen, [
    ['GET', '/a?b=c', undefined],
    ['GET', '/a', 'Bearer a-token'],
  ]);
});

test('a form is posted, and whatever the status is, it is answered with the JSON that came', async (context) => {
  const { egress, url, requests } = await startWayOut(context, {
    respond: (_request, response) => sendJson(response, 400, { error: 'invalid_grant' }),
  });
  const answer = await egress.postForm(url, { code: 'a b&c', grant: 'ü' }, { authorization: 'Basic eA==' });
  assert.deepEqual(answer, { status: 400, json: { error: 'invalid_grant' } });
  const [request] = requests;
  assert.equal(request?.body, 'code=a+b%26c&grant=%C3%BC');
  assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(request?.headers.authorization, 'Basic eA==');
});

const bodies: readonly (readonly [string, string | undefined, string])[] = [
  ['without a body', undefined, ''],
  ['with an empty body that is called JSON', 'application/json', ''],
  ['with malformed JSON', 'application/json', '{'],
  ['with a page', 'text/html', '<p>'],
];
for (const [what, type, body] of bodies) {
  test(`of an answer to a form ${what} the status counts`, async (context) => {
    const respond: Respond = (_request, response) =>
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body);
    const { egress, url } = await startWayOut(context, { respond });
    assert.deepEqual(await egress.postForm(url, {}), { status: 200, json: null });
  });
}

test('a library gets the answer as a Response, JSON and JWT alone', async (context) => {
  const types = ['application/json; charset=utf-8', 'application/jwk-set+json', 'application/jwt'];
  const respond: Respond = ({ path }, response) =>
    response.writeHead(200, { 'content-type': types[Number(path.slice(1))] ?? 'text/html' }).end('"x"');
  const { egress, url, requests } = await startWayOut(context, { respond });
  for (const [index, type] of types.entries()) {
    const headers = { accept: 'application/json', 'x-header': 'x' };
    const answer = await egress.fetch(`${url}/${index}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ a: 'b' }),
    });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, type]);
    assert.equal(await answer.text(), '"x"');
  }
  assert.deepEqual(
    [requests[0]?.method, requests[0]?.body, requests[0]?.headers['x-header']],
    ['POST', 'a=b', 'x'],
  );
  await assert.rejects(egress.fetch(`${url}/9`, {}), isFault('not-json'));
});

test('of an answer of another status a library gets what is JSON', async (context) => {
  const respond: Respond = ({ path }, response) =>
    path === '/json' ? sendJson(response, 400, { error: 'x' }) : response.writeHead(502).end('<p>');
  const { egress, url } = await startWayOut(context, { respond });
  const json = await egress.fetch(`${url}/json`, {});
  assert.deepEqual([json.status, await json.json()], [400, { error: 'x' }]);
  const page = await egress.fetch(`${url}/page`, {});
  assert.deepEqual([page.status, await page.text()], [502, '']);
});

const faulty: readonly (readonly [string, EgressFault, (response: ServerResponse) => unknown])[] = [
  ['is another status', 'status', (response) => sendJson(response, 500, {})],
  ['is a redirect', 'status', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
  [
    'is called something else than JSON',
    'not-json',
    (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('{}'),
  ],
  ['is not called anything', 'not-json', (response) => response.end('{}')],
  [
    'is malformed',
    'not-json',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":'),
  ],
  [
    'is no UTF-8',
    'not-json',
    (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
  ],
  [
    'is compressed',
    'not-json',
    (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(Buffer.from('1f8b0800', 'hex')),
  ],
  ['is too long', 'too-large', (response) => sendJson(response, 200, ' '.repeat(70_000))],
  ['has no end', 'too-large', sendForEver],
  [
    'is cut',
    'connection',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 9 }).write('{');
      response.socket?.destroySoon();
    },
  ],
];

function sendForEver(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(16_384)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

for (const [what, fault, misbehave] of faulty) {
  // against: egress/answers
  test(`an answer that ${what} is a ${fault} fault, and nothing is asked again`, async (context) => {
    const { egress, url, requests } = await startWayOut(context, {
      respond: (_request, response) => misbehave(response),
    });
    await assert.rejects(egress.getJson(`${url}/once`), isFault(fault));
    assert.deepEqual(
      requests.map(({ path }) => path),
      ['/once'],
    );
  });
}

// against: egress/answers
test('a redirect is no way to another host for a form or a library either', async (context) => {
  const other = await startOutsideServer(context, sayOk);
  const { egress, url } = await startWayOut(context, {
    respond: (_request, response) => response.writeHead(307, { location: other.url }).end(),
  });
  assert.deepEqual(await egress.postForm(url, { secret: 'x' }), { status: 307, json: null });
  assert.equal((await egress.fetch(url, {})).status, 307);
  assert.equal(other.connections(), 0);
});

// against: egress/answers
test('whoever answers nothing, or a little at a time, is given up, and so is what waits behind it', async (context) => {
  const respond: Respond = ({ path }, response) => {
    if (path === '/silent') return;
    response.writeHead(200, { 'content-type': 'application/json' });
    const trickle = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(trickle));
  };
  const { egress, url } = await startWayOut(context, { respond, timeLimitMs: 300 });
  await assert.rejects(egress.getJson(`${url}/silent`), isFault('timeout'));
  await assert.rejects(egress.getJson(`${url}/slow`), isFault('timeout'));
  const many = Array.from({ length: 72 }, () => egress.getJson(`${url}/silent`));
  await Promise.all(many.map((asked) => assert.rejects(asked, isFault('timeout'))));
});

// against: egress/budget, egress/clients
test('few requests to one origin are under way, few wait, and others do not wait for them', async (context) => {
  const held: ServerResponse[] = [];
  let holding = true;
  const { egress, url } = await startWayOut(context, {
    scheme: 'http',
    timeLimitMs: patienceMs,
    respond: (_request, response) => (holding ? held.push(response) : sendJson(response, 200, {})),
  });
  const other = await startOutsideServer(context, sayOk, 'http');
  const outcomes = Promise.allSettled(Array.from({ length: 80 }, () => egress.getJson(url)));
  assert.deepEqual(await egress.getJson(other.url), { ok: true });
  assert.ok(held.length <= 8);
  holding = false;
  for (const response of held) sendJson(response, 200, {});
  const faults = (await outcomes).flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason.fault] : [],
  );
  assert.deepEqual(faults, Array(8).fill('busy'));
});

// against: egress/budget, egress/clients
test('a bounded number of origins is asked at once, and those that have answered make room', async (context) => {
  const waiting: ServerResponse[] = [];
  let answering = false;
  const { egress, port } = await startWayOut(context, {
    respond: (_request, response) => (answering ? sendJson(response, 200, {}) : waiting.push(response)),
    scheme: 'http',
    timeLimitMs: patienceMs,
  });
  const [last, ...origins] = Array.from({ length: 257 }, (_, index) => `http://n${index}.localhost:${port}`);
  const asked = origins.map((origin) => egress.getJson(origin));
  await assert.rejects(egress.getJson(`${last}/`), isFault('busy'));
  answering = true;
  for (const response of waiting) sendJson(response, 200, {});
  await Promise.all(asked);
  assert.deepEqual(await egress.getJson(`${last}/`), {});
});

test('what the environment says of proxies changes nothing', async (context) => {
  const proxy = await startOutsideServer(context, sayOk, 'http');
  const { url, requests } = await startWayOut(context, { scheme: 'http' });
  const script = `
    import { createEgress } from ${JSON.stringify(new URL('./egress.ts', import.meta.url).href)};
    const egress = createEgress({ allowLoopback: true, certificateAuthorities: null });
    console.log(JSON.stringify(await egress.getJson(${JSON.stringify(url)})));
  `;
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  });
  assert.deepEqual(JSON.parse(stdout), { ok: true });
  assert.deepEqual([requests.length, proxy.connections()], [1, 0]);
});

test('no fault tells what was sent or what was answered', async (context) => {
  const respond: Respond = ({ path }, response) =>
    path === '/malformed'
      ? response.writeHead(200, { 'content-type': 'application/json' }).end('{"secret-answer')
      : response.writeHead(500).end('secret-answer');
  const { egress, url } = await startWayOut(context, { respond });
  for (const path of ['/malformed', '/status']) {
    const told = await egress
      .getJson(`${url}${path}?secret-query`, { bearer: 'secret-token' })
      .catch((error) => inspect(error));
    assert.match(String(told), /EgressError/);
    assert.doesNotMatch(String(told), /secret-/);
  }
});
