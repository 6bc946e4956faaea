import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { operator } from '../src/clients/policy.ts';
import { ClientsService } from '../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import type { JsonObject } from '../src/kernel/encoding.ts';
import { createLogger } from '../src/observability/logger.ts';
import { clientScopes, connectService } from './connect/face.ts';
import { outcomeOf, tokenOf } from './connect/world.ts';
import { exchange, parseAnswer } from './fixtures/raw-http.ts';
import { bootstrap, startTestServer, type TestServer } from './fixtures/running-server.ts';

const servicePath = `/${ClientsService.typeName}`;
const formRoutes = ['/oauth/token', '/oauth/introspect', '/oauth/revoke'] as const;
const connectRoutes = ClientsService.methods.map(({ name }) => `${servicePath}/${name}`);
const documentRoutes = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/oauth/jwks',
  '/health/live',
  '/health/ready',
] as const;
const everyRoute = [...formRoutes, ...connectRoutes, ...documentRoutes, '/logos/a/b.png', '/nowhere'];

const hundredMegabytes = 100 * 1024 * 1024;
const basic = `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}`;
const form = 'application/x-www-form-urlencoded';

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function send(server: TestServer, path: string, { method = 'POST', headers = {}, body }: Sent = {}) {
  const init = { method, headers, ...(body !== undefined && { body }) };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function sendForm(
  server: TestServer,
  path: string,
  parameters: Readonly<Record<string, string>>,
  authorization = basic,
) {
  return send(server, path, {
    headers: { 'content-type': form, authorization },
    body: new URLSearchParams(parameters).toString(),
  });
}

/** The number of clients, and the revision of each: what an attack must not change. */
function stateOf({ dataDirectory }: TestServer): unknown {
  const database = new DatabaseSync(join(dataDirectory, 'clientele.sqlite'), { readOnly: true });
  try {
    return database.prepare('select id, revision from clients order by id').all();
  } finally {
    database.close();
  }
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}

/** Runs `attack` and sees to it that the server still works and that no client has changed. */
async function withstands(server: TestServer, attack: () => Promise<void>): Promise<void> {
  const before = stateOf(server);
  await attack();
  assert.deepEqual(stateOf(server), before);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
}

test('two methods of client authentication in one request are an error at every endpoint', async (context) => {
  const server = await startTestServer(context);
  for (const path of formRoutes) {
    const body = `grant_type=client_credentials&token=x&client_id=${bootstrap.id}&client_secret=${bootstrap.secret}`;
    const both = await send(server, path, { headers: { 'content-type': form, authorization: basic }, body });
    assert.deepEqual([both.status, JSON.parse(both.text).error], [400, 'invalid_request']);
    const twice = await exchange(
      server.port,
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: ${form}\r\n` +
        `authorization: ${basic}\r\nauthorization: Basic AAAA\r\ncontent-length: 29\r\n\r\ngrant_type=client_credentials`,
    );
    assert.equal(parseAnswer(twice).status, 400, twice);
    assert.match(twice, /"error":"invalid_request"/);
  }
});

test('Basic credentials are percent-decoded strictly', async (context) => {
  const server = await startTestServer(context);
  const { client } = await connectService(server, await server.bootstrapToken(clientScopes)).createClient({
    name: 'Robot',
    hasSecret: true,
  });
  assert.ok(client?.clientSecret);
  const { clientId: id, clientSecret: secret } = client;
  const request = async (user: string, password: string) => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}`;
    return (await sendForm(server, '/oauth/token', { grant_type: 'client_credentials' }, authorization))
      .status;
  };
  const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  assert.equal(await request(id, secret), 200);
  assert.equal(await request(id, encoded), 200);
  for (const wrong of [
    '%',
    '%4',
    '%zz',
    '%ff',
    '\xff',
    '%c0%af',
    `%2563${secret.slice(1)}`,
    `${secret}%00`,
    `${secret}+`,
  ]) {
    assert.equal(await request(id, wrong), 401, wrong);
    assert.equal(await request(`${id}${wrong}`, secret), 401, wrong);
  }
});

test('an unknown client and a wrong secret give the same answer at every endpoint', async (context) => {
  const server = await startTestServer(context);
  const ids = [bootstrap.id, '00000000-0000-4000-8000-000000000000', 'no-uuid', '%00'];
  const attempts: readonly Sent[] = [
    ...ids.map((id) => ({ headers: { authorization: `Basic ${btoa(`${id}:wrong`)}` } })),
    ...ids.map((id) => ({ body: `&client_id=${encodeURIComponent(id)}&client_secret=wrong` })),
  ];
  for (const path of formRoutes) {
    const answers = new Set<string>();
    for (const { headers, body = '' } of attempts) {
      const answer = await send(server, path, {
        headers: { 'content-type': form, ...headers },
        body: `grant_type=client_credentials&token=x${body}`,
      });
      const lasting = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
      answers.add(JSON.stringify([answer.status, lasting, answer.text]));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    assert.match([...answers].join(), /^\[401,.*invalid_client/);
  }
});

test('forged access tokens are refused by the administration and inactive at introspection', async (context) => {
  const server = await startTestServer(context);
  const genuine = await server.bootstrapToken(`${clientScopes} admin`);
  const [header = '', payload = '', signature = ''] = genuine.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject;
  const { alg, typ, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, string>;
  const { keys } = JSON.parse((await send(server, '/oauth/jwks', { method: 'GET' })).text);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ownJwk = own.publicKey.export({ format: 'jwk' });
  const forge = (head: object, body: object = claims) => {
    const input = `${encode(head)}.${encode(body)}`;
    const octets = sign('sha256', Buffer.from(input), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${octets.toString('base64url')}`;
  };
  const hmacWith = (key: string) => {
    const input = `${encode({ alg: 'HS256', typ, kid })}.${payload}`;
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };
  const publicKeys = keys.flatMap((jwk: JsonObject) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return [key.export({ format: 'pem', type: 'spki' }).toString(), JSON.stringify(jwk)];
  });
  const forgeries: Readonly<Record<string, string>> = {
    'alg none': `${encode({ alg: 'none', typ, kid })}.${payload}.`,
    'alg none in other letters': `${encode({ alg: 'nOnE', typ, kid })}.${payload}.`,
    'no signature': `${header}.${payload}.`,
    'another signature': `${header}.${payload}.${signature.slice(4)}AAAA`,
    'other claims': `${header}.${encode({ ...claims, sub: 'someone' })}.${signature}`,
    'the kid of a key that is ours': forge({ alg, typ, kid }),
    'a key in the header': forge({ alg, typ, jwk: ownJwk }),
    'a key in the header beside our kid': forge({ alg, typ, kid, jwk: ownJwk }),
    jku: forge({ alg, typ, kid, jku: 'https://evil.example/jwks' }),
    x5u: forge({ alg, typ, kid, x5u: 'https://evil.example/chain' }),
    crit: forge({ alg, typ, kid, crit: ['exp'], exp: 1 }),
    'a path as kid': forge({ alg, typ, kid: '../../../../dev/null' }),
    ...Object.fromEntries(
      publicKeys.map((key: string, index: number) => [`HMAC with public key ${index}`, hmacWith(key)]),
    ),
  };
  for (const [name, token] of Object.entries({ genuine, ...forgeries })) {
    const expected = name === 'genuine';
    const listed = await outcomeOf(connectService(server, token).listClients({}));
    assert.equal(listed, expected ? 'ok' : 'unauthenticated', name);
    const { text } = await sendForm(server, '/oauth/introspect', { token });
    assert.equal(JSON.parse(text).active, expected, name);
  }
});

test('secrets and tokens are absent from logs, errors, audit and the database', async (context) => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  const server = await startTestServer(context, { logger });
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  const known: string[] = [bootstrap.secret, 'password-of-the-tests'];
  const answers: string[] = [];
  const { client } = await service.createClient({ name: 'Robot', hasSecret: true });
  assert.ok(client?.clientSecret);
  const { clientId } = client;
  const first = { id: clientId, secret: client.clientSecret };
  const { clientSecret = '' } = await service.regenerateSecret({ clientId, includeSecret: true });
  await service.getClient({ clientId, includeSecret: true });
  const second = { id: clientId, secret: clientSecret };
  known.push(first.secret, second.secret);
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    const patch = () => ({ accessTokenFormat });
    await server.registry.update({ actor: operator, face: 'cli', requestId: 'test', id: clientId, patch });
    const { access_token: token } = (await (await server.requestToken(second)).json()) as {
      access_token: string;
    };
    known.push(token);
    const authorization = `Basic ${btoa(`${second.id}:${second.secret}`)}`;
    const asking = [
      sendForm(server, '/oauth/introspect', { token: `${token}x` }, authorization),
      sendForm(server, '/oauth/revoke', { token }, authorization),
      sendForm(server, '/oauth/token', { grant_type: token }, authorization),
      sendForm(
        server,
        '/oauth/token',
        { grant_type: 'client_credentials', scope: second.secret },
        authorization,
      ),
      sendForm(server, '/oauth/token', { grant_type: 'client_credentials', resource: token }, authorization),
      sendForm(server, '/oauth/token', { client_id: token }, `Basic ${second.secret}`),
      sendForm(
        server,
        `/oauth/token?access_token=${token}`,
        { client_secret: second.secret },
        `Bearer ${token}`,
      ),
      send(server, `/oauth/${token}`, { method: 'GET', headers: { cookie: token } }),
      send(server, `${servicePath}/ListClients?access_token=${token}`, {
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ applicationId: [token, second.secret] }),
      }),
      exchange(server.port, `GET /${token} HTTP/9\r\n${second.secret}\r\n\r\n`),
    ];
    // What the caller itself sent in the scope parameter is named to it; nothing else is.
    const texts = await Promise.all(asking);
    answers.push(
      ...texts
        .filter((_, index) => index !== 3)
        .map((answer) => (typeof answer === 'string' ? answer : answer.text)),
    );
  }
  await server.stop('so that everything is written');
  const files = readdirSync(server.dataDirectory).map((name) =>
    readFileSync(join(server.dataDirectory, name), 'latin1'),
  );
  for (const secret of known) {
    assert.ok(!lines.some((line) => line.includes(secret)), `in the log: ${secret}`);
    assert.ok(!answers.some((answer) => answer.includes(secret)), `in an answer: ${secret}`);
    assert.ok(!files.some((file) => file.includes(secret)), `in a file: ${secret}`);
  }
});

test('a bearer token counts in the Authorization header alone, and only as a Bearer', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const list = (path: string, headers: Readonly<Record<string, string>>, body = '{}') =>
    send(server, `${servicePath}/ListClients${path}`, {
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  assert.equal((await list('', { authorization: `Bearer ${token}` })).status, 200);
  const elsewhere = [
    list(`?access_token=${token}`, {}),
    list('', {}, JSON.stringify({ access_token: token })),
    list('', { cookie: `access_token=${token}` }),
    list('', { 'x-access-token': token, 'proxy-authorization': `Bearer ${token}` }),
    list('', { authorization: token }),
    list('', { authorization: `Basic ${token}` }),
    list('', { authorization: `Bearer ${token}, Bearer ${token}` }),
    list('', { authorization: basic }),
  ];
  for (const { status } of await Promise.all(elsewhere))
    assert.ok(status === 401 || status === 400, String(status));
});

test('there is no CORS and no cookie at any route', async (context) => {
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
      assert.deepEqual(
        names.filter((name) => /^access-control-|^set-cookie/.test(name)),
        [],
        `${method} ${path}`,
      );
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

test('__proto__, duplicate keys and deep nesting are refused at every route, and nothing is polluted', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const json = [
    '{"__proto__":{"administrator":true},"name":"x","hasSecret":true}',
    '{"name":"x","name":"y","hasSecret":true}',
    '{"name":"x","hasSecret":true,"applicationBindings":[{"applicationId":"a","config":{"jsonConfig":{"__proto__":{"a":1}}}}]}',
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    `${'['.repeat(200_000)}`,
  ];
  const forms = [
    '__proto__=1&__proto__=2',
    'grant_type=client_credentials&grant_type=client_credentials',
    `grant_type=client_credentials&${'a[b]'.repeat(2000)}=1&a=1&a=2`,
    Array.from({ length: 500 }, (_, index) => `p${index}=1`).join('&'),
  ];
  const attacks = [
    ...json.map((body) => ({ contentType: 'application/json', body })),
    ...forms.map((body) => ({ contentType: form, body })),
  ];
  await withstands(server, async () => {
    for (const path of [...formRoutes, ...connectRoutes]) {
      const authorization = path.startsWith('/oauth') ? basic : `Bearer ${token}`;
      for (const { contentType, body } of attacks) {
        const answer = await send(server, path, {
          headers: { 'content-type': contentType, authorization },
          body,
        });
        assert.ok(isRefusal(answer.status), `${path} ${answer.status} ${body.slice(0, 50)}`);
        assert.ok(answer.text === '' || JSON.parse(answer.text));
      }
    }
  });
  assert.equal(Object.hasOwn(Object.prototype, 'administrator'), false);
});

test('a binary message of any depth is refused or served, and never a fault of the server', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const post = (body: Uint8Array<ArrayBuffer>) =>
    send(server, `${servicePath}/CreateClient`, {
      headers: { 'content-type': 'application/proto', authorization: `Bearer ${token}` },
      body,
    });
  const withConfig = (encoded: Uint8Array) =>
    delimited(12, delimited(2, delimited(1, delimited(1, encoded))));
  await withstands(server, async () => {
    for (const depth of [40, 5_000, 100_000]) {
      const nested = withConfig(
        Buffer.concat([delimited(1, Buffer.from('k')), delimited(2, nestedLists(depth))]),
      );
      const groups = Buffer.concat(
        [Buffer.alloc(depth, 0xfb), Buffer.alloc(depth, 0xfc)].map((part) => Buffer.from(part)),
      );
      for (const body of [nested, groups]) {
        const { status } = await post(Uint8Array.from(body));
        assert.ok(status >= 400 && status < 500, `${depth}: ${status}`);
      }
    }
  });
  assert.equal(Object.hasOwn(Object.prototype, 'k'), false);
});

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** A length-delimited protobuf field. */
function delimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
}

/** A `google.protobuf.Value` of lists in lists, written from the inside out. */
function nestedLists(depth: number): Buffer {
  const parts = [Buffer.from([0x08, 0x00])];
  let length = 2;
  for (let level = 0; level < depth; level++) {
    for (const tag of [0x0a, 0x32]) {
      const head = Buffer.from([tag, ...varint(length)]);
      parts.push(head);
      length += head.length;
    }
  }
  return Buffer.concat(parts.toReversed());
}

test('a body of 100 MB is refused at every route before it is read', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  await withstands(server, async () => {
    for (const path of everyRoute.filter(
      (route) => !route.startsWith('/xeonr') || route.endsWith('CreateClient'),
    )) {
      for (const contentType of ['application/json', 'application/proto', form]) {
        const authorization = path.startsWith('/oauth') ? basic : `Bearer ${token}`;
        const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\nauthorization: ${authorization}\r\n`;
        const announced = await answerWhileSending(
          server,
          `${head}content-length: ${hundredMegabytes}\r\n\r\n`,
          Buffer.alloc(8192, 0x20),
        );
        assert.ok(announced >= 400 && announced < 500, `${path} ${contentType}: ${announced}`);
      }
    }
  });
});

/** Sends the head and pieces of a body until there is an answer; its status. */
async function answerWhileSending(server: TestServer, head: string, piece: Uint8Array): Promise<number> {
  const socket = connect(server.port, '127.0.0.1');
  const answered = once(socket, 'data');
  socket.on('error', () => {});
  socket.write(head);
  socket.write(piece);
  const [data] = await answered;
  socket.destroy();
  return parseAnswer(String(data)).status;
}

test('a body without an end is cut off at every kind of route, long before 100 MB', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  for (const path of ['/oauth/token', `${servicePath}/CreateClient`, '/oauth/jwks', '/nowhere']) {
    const contentType = path === '/oauth/token' ? form : 'application/json';
    const { answer, sent } = await sendWithoutEnd(
      server,
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    assert.ok(answer === '' || isRefusal(parseAnswer(answer).status), `${path}: ${answer}`);
    assert.ok(sent < hundredMegabytes, path);
  }
});

/** Sends pieces of a body until the server answers or hangs up, or has taken 100 MB. */
async function sendWithoutEnd(server: TestServer, head: string): Promise<{ answer: string; sent: number }> {
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  const ended = new Promise<'ended'>((resolve) => {
    socket.on('error', () => {}).on('close', () => resolve('ended'));
    socket.once('data', (data) => {
      answer = String(data);
      resolve('ended');
    });
  });
  const size = 64 * 1024;
  const piece = Buffer.concat([
    Buffer.from(`${size.toString(16)}\r\n`),
    Buffer.alloc(size, 0x61),
    Buffer.from('\r\n'),
  ]);
  socket.write(head);
  let sent = 0;
  while (sent < hundredMegabytes) {
    sent += size;
    const written = new Promise<'written'>((resolve) => socket.write(piece, () => resolve('written')));
    if ((await Promise.race([ended, written])) === 'ended') break;
  }
  socket.destroy();
  return { answer, sent };
}

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

test('JSON and binary give the same authorisation, for every method and every token', async (context) => {
  const server = await startTestServer(context);
  const { client } = await connectService(server, await server.bootstrapToken(clientScopes)).createClient({
    name: 'Robot',
    hasSecret: true,
  });
  assert.ok(client?.clientSecret);
  const own = { id: client.clientId, secret: client.clientSecret };
  const tokens = {
    none: null,
    'no management scope': await tokenOf(server, bootstrap, 'login'),
    read: await server.bootstrapToken('oauth:clients:read'),
    manage: await server.bootstrapToken('oauth:clients:manage'),
    'another client’s': ((await (await server.requestToken(own)).json()) as { access_token: string })
      .access_token,
    garbage: 'garbage',
  };
  const clientId = bootstrap.id;
  const expected: Readonly<Record<string, Readonly<Record<keyof typeof tokens, string>>>> = {
    getClient: rights({ read: 'ok', manage: 'permission_denied' }),
    listClients: rights({ read: 'ok', manage: 'permission_denied' }),
    updateClient: rights({ read: 'permission_denied', manage: 'failed_precondition' }),
    deleteClient: rights({ read: 'permission_denied', manage: 'failed_precondition' }),
    regenerateSecret: rights({ read: 'permission_denied', manage: 'failed_precondition' }),
  };
  for (const [name, token] of Object.entries(tokens)) {
    for (const binary of [false, true]) {
      const service = connectService(server, token, binary);
      const found = {
        getClient: await outcomeOf(service.getClient({ clientId })),
        listClients: await outcomeOf(service.listClients({})),
        updateClient: await outcomeOf(service.updateClient({ clientId, name: 'Mine' })),
        deleteClient: await outcomeOf(service.deleteClient({ clientId })),
        regenerateSecret: await outcomeOf(service.regenerateSecret({ clientId })),
      };
      for (const [method, outcome] of Object.entries(found)) {
        assert.equal(
          outcome,
          expected[method]?.[name as keyof typeof tokens],
          `${method}, ${name}, binary ${binary}`,
        );
      }
    }
  }
});

function rights({ read, manage }: { readonly read: string; readonly manage: string }) {
  return {
    none: 'unauthenticated',
    'no management scope': 'permission_denied',
    read,
    manage,
    'another client’s': 'permission_denied',
    garbage: 'unauthenticated',
  };
}

/** Takes a table away from the running server, as a database that was restored wrongly would. */
async function without(server: TestServer, table: string, run: () => Promise<void>): Promise<void> {
  const database = new DatabaseSync(join(server.dataDirectory, 'clientele.sqlite'), { timeout: 10_000 });
  try {
    database.exec(`pragma legacy_alter_table = on; alter table ${table} rename to ${table}_gone`);
    await run();
    database.exec(`alter table ${table}_gone rename to ${table}`);
  } finally {
    database.close();
  }
}

test('health says not ready while storage is not, and the server stays live', async (context) => {
  const server = await startTestServer(context);
  const ask = (path: string) => send(server, path, { method: 'GET' });
  assert.equal((await ask('/health/ready')).status, 200);
  await without(server, 'settings', async () => {
    const { status, text } = await ask('/health/ready');
    assert.equal(status, 503);
    assert.deepEqual(JSON.parse(text), {
      status: 'not-ready',
      checks: { storage: 'failing', process: 'ok' },
    });
    assert.equal((await ask('/health/live')).status, 200);
  });
  assert.equal((await ask('/health/ready')).status, 200);
});

test('a failure of the storage is a server error that tells nothing, at every endpoint; revocation is never 200', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  await without(server, 'clients', async () => {
    for (const path of formRoutes) {
      const { status, text } = await sendForm(server, path, { grant_type: 'client_credentials', token });
      assert.equal(status, 500);
      assert.deepEqual(Object.keys(JSON.parse(text)), ['error', 'error_description']);
      assert.doesNotMatch(text, /sql|table|clients/i);
    }
    assert.equal(await outcomeOf(connectService(server, token).listClients({})), 'internal');
  });
  await without(server, 'denied_tokens', async () => {
    const { status } = await sendForm(server, '/oauth/revoke', { token });
    assert.equal(status, 500);
  });
  assert.equal(JSON.parse((await sendForm(server, '/oauth/introspect', { token })).text).active, true);
});

test('the server refuses to start on a master key that is bad or that others may read', async (context) => {
  const server = await startTestServer(context);
  const { dataDirectory } = server;
  await server.stop('restart with another key file');
  const path = join(dataDirectory, 'master.key');
  const key = readFileSync(path);
  for (const mode of [0o644, 0o640, 0o604, 0o660]) {
    chmodSync(path, mode);
    await assert.rejects(startTestServer(context, { dataDirectory }), { name: 'ConfigurationError' });
  }
  chmodSync(path, 0o600);
  writeFileSync(path, 'bad');
  await assert.rejects(startTestServer(context, { dataDirectory }), { name: 'ConfigurationError' });
  writeFileSync(path, key);
  await startTestServer(context, { dataDirectory });
});

test('no secret is a default: every installation makes its own', async (context) => {
  const made = [];
  for (let installation = 0; installation < 2; installation++) {
    const server = await startTestServer(context, {
      env: {
        CLIENTELE_BOOTSTRAP_CLIENT_ID: undefined,
        CLIENTELE_BOOTSTRAP_CLIENT_SECRET: undefined,
        CLIENTELE_ADMIN_PASSWORD: undefined,
      },
    });
    const file = readFileSync(join(server.dataDirectory, 'bootstrap.json'), 'utf8');
    const { clientId, clientSecret, adminPassword } = JSON.parse(file);
    const { keys } = JSON.parse((await send(server, '/oauth/jwks', { method: 'GET' })).text);
    made.push(clientId, clientSecret, adminPassword, ...keys.map(({ kid }: { kid: string }) => kid));
    made.push(readFileSync(join(server.dataDirectory, 'master.key'), 'utf8'));
    assert.equal((await server.requestToken({ id: clientId, secret: clientSecret })).status, 200);
  }
  assert.equal(new Set(made).size, made.length);
  assert.ok(made.every((value) => typeof value === 'string' && value.length >= 32));
});
