import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { ClientsService } from '../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { createLogger } from '../src/observability/logger.ts';
import { clientScopes, connectService } from './connect/face.ts';
import { bootstrap, startTestServer, type TestServer } from './fixtures/running-server.ts';

/** Set `JUNK_SEED` to what a failure printed to see it again. */
const seed = Number(process.env['JUNK_SEED'] ?? randomInt(2 ** 31 - 1));
const limits = (numRuns: number) => ({ seed, numRuns, interruptAfterTimeLimit: 7_000, endOnFailure: true });

const service = `/${ClientsService.typeName}`;
const connectPaths = ClientsService.methods.map(({ name }) => `${service}/${name}`);
const formPaths = ['/oauth/token', '/oauth/introspect', '/oauth/revoke'];
const documentPaths = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/oauth/jwks',
  '/health/live',
  '/health/ready',
  '/logos/a/5f0c2f6e-3a53-4a5e-9a51-0d6f5b1c7e01.png',
];

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A server with a canary: a client that no junk may change. */
async function open(context: TestContext) {
  const faults: string[] = [];
  const logger = createLogger({ level: 'error', destination: { write: (line) => faults.push(line) } });
  const server = await startTestServer(context, { logger });
  const token = await server.bootstrapToken(clientScopes);
  const { client } = await connectService(server, token).createClient({ name: 'Canary', hasSecret: true });
  assert.ok(client);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  context.after(() => agent.destroy());
  return { server, token, canary: client.clientId, agent, faults };
}

async function send(
  { port }: TestServer,
  agent: Agent,
  { method, path, headers, body }: Sent,
): Promise<Received> {
  const request = httpRequest({
    port,
    agent,
    method,
    path,
    headers: { ...headers, 'content-length': body.length },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  return {
    status: response.statusCode,
    contentType: response.headers['content-type'] ?? '',
    body: await buffer(response),
  };
}

/** Clients and their revisions, secrets and accounts: everything that only an authorised request may change. */
function stateOf({ dataDirectory }: TestServer): unknown {
  const database = new DatabaseSync(join(dataDirectory, 'clientele.sqlite'), { readOnly: true });
  try {
    return [
      database.prepare('select id, revision from clients order by id').all(),
      database.prepare('select count(*) as n from client_secrets').all(),
      database.prepare('select count(*) as n from accounts').all(),
    ];
  } finally {
    database.close();
  }
}

const headerValue = fc.string({ unit: fc.constantFrom(...'aZ09 -_.,;:=/+*"\\(){}<>@?~%é\t'), maxLength: 60 });
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '\u0000',
    '%',
    '%00',
    '💥',
    '{}',
    '[]',
    'null',
    '*',
    '..',
    bootstrap.id,
  ),
);
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  text.map((value) => Buffer.from(value)),
  fc.json({ maxDepth: 6 }).map((value) => Buffer.from(value)),
);

/** JSON with the words of the contracts, so that junk comes past the first gate. */
const fieldNames = ClientsService.methods.flatMap(({ input }) =>
  input.fields.map(({ jsonName }) => jsonName),
);
const wireJson = (canary: string) =>
  fc
    .dictionary(
      fc.constantFrom(...fieldNames),
      fc.oneof(
        fc.constantFrom<unknown>(canary, bootstrap.id, '*', true, null, ''),
        fc.jsonValue({ maxDepth: 4 }),
        text,
      ),
      { maxKeys: 6 },
    )
    .map((value) => Buffer.from(JSON.stringify(value)));

const parameterNames = [
  'grant_type',
  'scope',
  'resource',
  'token',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'token_type_hint',
  '__proto__',
];
const formBody = fc
  .array(
    fc.tuple(
      fc.constantFrom(...parameterNames),
      fc.oneof(fc.constantFrom('client_credentials', bootstrap.id, 'password', 'admin', 'login'), text),
    ),
    { maxLength: 8 },
  )
  .map((pairs) =>
    Buffer.from(
      pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    ),
  );

/** Flips, cuts and repeats octets of a valid body. */
function mutated(bodies: readonly string[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(400), fc.nat(255), fc.constantFrom('flip', 'cut', 'insert'));
  return fc
    .tuple(fc.constantFrom(...bodies), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([valid, changes]) => {
      const octetsOf = [...Buffer.from(valid)];
      for (const [at, octet, kind] of changes) {
        const place = at % (octetsOf.length + 1);
        if (kind === 'flip') octetsOf[place] = octet;
        else if (kind === 'cut') octetsOf.length = place;
        else octetsOf.splice(place, 0, octet);
      }
      return Uint8Array.from(octetsOf);
    });
}

const contentTypes = [
  'application/json',
  'application/proto',
  'application/connect+proto',
  'application/grpc-web+proto',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/json; charset=utf-16',
  '',
  ';;',
];

/** Requests of every kind; none carries a credential that may change something. */
function anyRequest(canary: string, readToken: string): fc.Arbitrary<Sent> {
  const authorization = fc.oneof(
    fc.constantFrom(
      undefined,
      `Bearer ${readToken}`,
      'Bearer',
      'Basic',
      `Basic ${btoa(`${bootstrap.id}:wrong`)}`,
      'DPoP x',
    ),
    headerValue.map((value) => `Basic ${Buffer.from(value).toString('base64')}`),
    headerValue,
  );
  const extra = fc.dictionary(
    fc.constantFrom(
      'accept',
      'accept-encoding',
      'accept-version',
      'content-encoding',
      'connect-protocol-version',
      'connect-timeout-ms',
      'if-none-match',
      'x-request-id',
      'x-forwarded-for',
      'x-http-method-override',
      'cookie',
      'origin',
      'range',
      'upgrade',
      'te',
      'dpop',
    ),
    fc.oneof(headerValue, fc.constantFrom('gzip', 'identity', '1', '0', '-1', 'h2c', 'trailers', '*')),
    { maxKeys: 4 },
  );
  const path = fc
    .tuple(
      fc.constantFrom(...connectPaths, ...formPaths, ...documentPaths, '/', '*'),
      fc.constantFrom(
        '',
        '',
        '',
        '',
        '?',
        '?a=b',
        '?%',
        '/',
        '/..',
        '//',
        '%00',
        '%zz',
        ';a',
        '#a',
        '%2e%2e/',
      ),
    )
    .map(([base, suffix]) => base + suffix);
  return fc.record({
    method: fc.constantFrom(
      'POST',
      'POST',
      'POST',
      'GET',
      'HEAD',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'QUERY',
    ),
    path,
    headers: fc
      .tuple(authorization, fc.constantFrom(...contentTypes), extra)
      .map(([credentials, contentType, others]) => ({
        ...Object.fromEntries(Object.entries(others).map(([name, value]) => [name, value.trim()])),
        ...(contentType !== '' && { 'content-type': contentType }),
        ...(credentials !== undefined && { authorization: credentials.trim() }),
      })),
    body: fc.oneof(
      octets,
      formBody,
      wireJson(canary),
      mutated([
        `{"clientId":"${canary}","name":"Junk","updateMask":"name"}`,
        'grant_type=client_credentials&scope=login',
        `{"clientId":["${canary}"]}`,
      ]),
    ),
  });
}

/** The one 5xx that is the caller's: the Connect protocol's answer to a compression that the server does not have. */
function isNoFault({ status, body }: Received): boolean {
  return status < 500 || (status === 501 && JSON.parse(body.toString()).code === 'unimplemented');
}

/** Connect: `{code, message}`. HTTP and OAuth: `{error, error_description}`. */
function checkShape({ path, method }: Sent, { contentType, body }: Received): void {
  if (body.length === 0 || method === 'HEAD' || contentType.startsWith('application/grpc')) return;
  assert.match(contentType, /^application\/json\b/);
  const answer = JSON.parse(body.toString());
  const isConnect = path.startsWith(`${service}/`) && 'code' in answer;
  const names = isConnect ? ['code', 'message'] : ['error', 'error_description'];
  for (const name of names) assert.equal(typeof answer[name], 'string', body.toString());
  assert.doesNotMatch(body.toString(), /\bat .*\.[jt]s:\d+|node_modules|sqlite/i);
}

test(`junk never causes a server error or a change, and every refusal has the shape of its face (seed ${seed})`, async (context) => {
  const { server, canary, agent, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = stateOf(server);
  await fc.assert(
    fc.asyncProperty(anyRequest(canary, readToken), async (sent) => {
      const received = await send(server, agent, sent);
      assert.ok(isNoFault(received), `${received.status} ${received.body}`);
      if (received.status >= 400) checkShape(sent, received);
    }),
    limits(3_000),
  );
  assert.deepEqual(stateOf(server), before);
  assert.deepEqual(faults, []);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
});

/** Protobuf as bytes: random fields with random content, and a length prefix where the protocol has one. */
const protobuf = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.tuple(fc.nat(22), fc.constantFrom(0, 1, 2, 3, 4, 5), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    })
    .map((fields) =>
      Buffer.concat(
        fields.map(([field, wireType, content]) => {
          const tag = (field << 3) | wireType;
          const head = tag < 0x80 ? [tag] : [(tag & 0x7f) | 0x80, tag >>> 7];
          return Buffer.from(wireType === 2 ? [...head, content.length, ...content] : [...head, ...content]);
        }),
      ),
    ),
);

function enveloped(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** What only reads, or fails, whatever it is sent with a token that may do everything. */
const readingMethods = ['GetClient', 'ListClients', 'GetPublicClients'];

test(`random protobuf never is an internal error over Connect or gRPC-Web (seed ${seed})`, async (context) => {
  const { server, token, agent, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = stateOf(server);
  const attempt = fc.record({
    path: fc.constantFrom(...connectPaths),
    web: fc.boolean(),
    message: protobuf,
    flags: fc.constantFrom(0, 0, 0, 1, 2, 128, 255),
  });
  await fc.assert(
    fc.asyncProperty(attempt, async ({ path, web, message, flags }) => {
      const mayManage = readingMethods.some((name) => path.endsWith(`/${name}`));
      const received = await send(server, agent, {
        method: 'POST',
        path,
        headers: {
          'content-type': web ? 'application/grpc-web+proto' : 'application/proto',
          authorization: `Bearer ${mayManage ? token : readToken}`,
        },
        body: web ? enveloped(message, flags) : message,
      });
      assert.ok(isNoFault(received), `${received.status} ${received.body}`);
      assert.doesNotMatch(received.body.toString('latin1'), /grpc-status: (2|15)\b/);
    }),
    limits(2_000),
  );
  assert.deepEqual(stateOf(server), before);
  assert.deepEqual(faults, []);
});

test(`random bytes never are an internal error over gRPC, and the port serves on (seed ${seed})`, async (context) => {
  const { server, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = stateOf(server);
  const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
  context.after(() => session.destroy());
  const attempt = fc.record({
    path: fc.constantFrom(...connectPaths, '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', '/x'),
    message: protobuf,
    flags: fc.constantFrom(0, 0, 0, 1, 2, 255),
    raw: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(attempt, async ({ path, message, flags, raw }) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        authorization: `Bearer ${readToken}`,
      });
      const answered = once(stream, 'response');
      let trailers: Readonly<Record<string, unknown>> = {};
      stream.on('trailers', (received) => {
        trailers = received;
      });
      stream.end(raw ? message : enveloped(message, flags));
      const [headers] = await answered;
      await buffer(stream);
      assert.ok(headers[':status'] < 500);
      const status = String(trailers['grpc-status'] ?? headers['grpc-status'] ?? '');
      assert.ok(
        !['2', '15'].includes(status),
        `${status} ${trailers['grpc-message'] ?? headers['grpc-message']}`,
      );
    }),
    limits(1_000),
  );
  assert.deepEqual(stateOf(server), before);
  assert.deepEqual(faults, []);
});
