import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ClientsService } from '../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { bearer, clientScopes, connectService } from './connect/face.ts';
import { makeCertificate } from './fixtures/certificate.ts';
import { parseAnswer } from './fixtures/raw-http.ts';
import { bootstrap, temporaryDirectory } from './fixtures/running-server.ts';
import { freePort, type Program, shellEnvironment, start } from './programs.ts';

const root = join(import.meta.dirname, '..');

/** What an operator sets; the data directory is always one of the test. */
type Settings = Readonly<Record<string, string>>;

const chosen: Settings = {
  CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrap.id,
  CLIENTELE_BOOTSTRAP_CLIENT_SECRET: bootstrap.secret,
};

/** Runs `clientele` in a folder of the test. */
function run(
  context: TestContext,
  folder: string,
  words: readonly string[],
  settings: Settings = {},
): Program {
  const env = shellEnvironment({
    PORT: '0',
    HOST: '127.0.0.1',
    CLIENTELE_DATA_DIR: join(folder, 'data'),
    ...settings,
  });
  return start(context, [process.execPath, join(root, 'src/cli/main.ts'), ...words], { cwd: folder, env });
}

/** The entries of a log; every line must be JSON. */
function entriesOf(output: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** Waits for the log entry with `message`. */
async function entry(program: Program, message: string): Promise<Readonly<Record<string, unknown>>> {
  const found = () => entriesOf(program.output()).find((candidate) => candidate['message'] === message);
  const ended = program.exit.then(({ code }) => assert.fail(`ended with ${code}: ${program.output()}`));
  for (;;) {
    const known = found();
    if (known) return known;
    await Promise.race([ended, once(program.child.stdout ?? assert.fail(), 'data')]);
  }
}

interface Serving {
  readonly program: Program;
  readonly port: number;
  readonly issuer: string;
  readonly grpcPort: number | null;
}

async function serve(context: TestContext, folder: string, settings: Settings = {}): Promise<Serving> {
  const program = run(context, folder, [], settings);
  const { port, issuer, grpcPort } = await entry(program, 'ready');
  return { program, port: port as number, issuer: issuer as string, grpcPort: grpcPort as number | null };
}

async function stop({ program }: Serving): Promise<void> {
  program.child.kill('SIGTERM');
  assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
}

/** A program that must end with 1 and say why without a stack; its log. */
async function refusal(program: Program): Promise<string> {
  const { code } = await program.exit;
  assert.equal(code, 1, program.output());
  assert.doesNotMatch(program.output(), /\bat .*\.ts:\d+|"stack"/);
  return program.output();
}

async function requestToken(port: number, id: string, secret: string, scope = 'login'): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
}

async function bootstrapToken(port: number): Promise<string> {
  const response = await requestToken(port, bootstrap.id, bootstrap.secret, clientScopes);
  return ((await response.json()) as { access_token: string }).access_token;
}

const jwksOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text();

/** Every row of the database. */
function contentOf(folder: string): string {
  const database = new DatabaseSync(join(folder, 'data/clientele.sqlite'), { readOnly: true });
  try {
    const tables = database
      .prepare("select name from sqlite_schema where type = 'table' order by name")
      .all();
    const rows = tables.map(({ name }) => database.prepare(`select * from ${name} order by 1`).all());
    return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  } finally {
    database.close();
  }
}

test('all faults of the configuration are reported together, without a stack, and the server exits with 1', async (context) => {
  const folder = temporaryDirectory(context);
  const output = await refusal(
    run(context, folder, [], {
      PORT: '99999',
      CLIENTELE_ISSUER: 'https://auth.example/',
      CLIENTELE_MASTER_KEY: 'c2hvcnQ=',
      CLIENTELE_BOOTSTRAP_CLIENT_ID: 'bootstrap',
      CLIENTELE_ISUER: 'x',
      CLIENTELE_TLS_CERT: '/nowhere.pem',
      CLIENTELE_CONFIG: '/nowhere.yaml',
      DATABASE_URL: 'postgres://user:password-of-the-database@host/db',
    }),
  );
  const [line] = entriesOf(output);
  const faults = line?.['faults'] as readonly { readonly where: string }[];
  assert.deepEqual(
    new Set(faults.map(({ where }) => where)),
    new Set([
      'PORT',
      'CLIENTELE_ISSUER',
      'CLIENTELE_MASTER_KEY',
      'CLIENTELE_BOOTSTRAP_CLIENT_ID',
      'CLIENTELE_ISUER',
      'CLIENTELE_TLS_CERT',
      '/nowhere.yaml',
      'DATABASE_URL',
    ]),
  );
  assert.doesNotMatch(output, /password-of-the-database|c2hvcnQ=/);
  assert.equal(existsSync(join(folder, 'data')), false);
});

test('an issuer is spelled in one way: a trailing slash, query, upper case or plain http is a fault', async (context) => {
  const folder = temporaryDirectory(context);
  const wrong = [
    'https://auth.example/',
    'https://auth.example/a/',
    'https://AUTH.example',
    'https://auth.example?a',
    'http://auth.example',
  ];
  const programs = wrong.map((CLIENTELE_ISSUER) => run(context, folder, [], { CLIENTELE_ISSUER }));
  for (const program of programs) assert.match(await refusal(program), /CLIENTELE_ISSUER/);
  const { program, port } = await serve(context, folder, { CLIENTELE_ISSUER: 'https://auth.example/tenant' });
  const metadata = await fetch(`http://127.0.0.1:${port}/.well-known/oauth-authorization-server/tenant`);
  assert.equal(((await metadata.json()) as { issuer: string }).issuer, 'https://auth.example/tenant');
  program.child.kill('SIGTERM');
  await program.exit;
});

test('a client that the file declares and the registry refuses is named, without a stack', async (context) => {
  const folder = temporaryDirectory(context);
  const path = join(folder, 'clientele.json');
  writeFileSync(
    path,
    JSON.stringify({ clients: [{ id: bootstrap.id, redirectUris: ['javascript:alert(1)'] }] }),
  );
  const output = await refusal(run(context, folder, [], { CLIENTELE_CONFIG: path }));
  assert.match(output, new RegExp(`client ${bootstrap.id}`));
});

test('a second server on the same data is refused in words that name the directory, and the first one serves on', async (context) => {
  const folder = temporaryDirectory(context);
  const first = await serve(context, folder, chosen);
  const output = await refusal(run(context, folder, []));
  assert.match(output, new RegExp(`The data directory ${join(folder, 'data')} is in use by another process`));
  assert.equal((await requestToken(first.port, bootstrap.id, bootstrap.secret)).status, 200);
  await stop(first);
});

test('a port that is taken is refused without a stack, and nothing is left running', async (context) => {
  const folder = temporaryDirectory(context);
  const occupant = createServer().listen(0, '127.0.0.1');
  context.after(() => occupant.close());
  await once(occupant, 'listening');
  const address = occupant.address();
  assert.ok(address !== null && typeof address === 'object');
  const taken = String(address.port);
  for (const settings of [{ PORT: taken }, { CLIENTELE_GRPC_PORT: taken }]) {
    assert.match(await refusal(run(context, folder, [], settings)), /EADDRINUSE/);
  }
});

test('SIGTERM lets a request whose body is still coming finish, ends idle connections, and exits with 0', async (context) => {
  const { program, port } = await serve(context, temporaryDirectory(context), chosen);
  const mute = connect(port, '127.0.0.1');
  await once(mute, 'connect');
  const muteClosed = once(mute, 'close');
  const upload = connect(port, '127.0.0.1');
  const body = 'grant_type=client_credentials&scope=login';
  upload.write(
    'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/x-www-form-urlencoded\r\n' +
      `authorization: Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  const [proceed] = await once(upload, 'data');
  assert.match(String(proceed), /^HTTP\/1.1 100/);
  upload.write(body.slice(0, 10));
  program.child.kill('SIGTERM');
  await entry(program, 'stopping: running requests may finish');
  await muteClosed;
  upload.write(body.slice(10));
  const answer = parseAnswer(await text(upload));
  assert.equal(answer.status, 200);
  assert.match(answer.body, /access_token/);
  assert.deepEqual(await program.exit, { code: 0, signal: null });
});

test('a second signal ends the process at once', async (context) => {
  const { program, port } = await serve(context, temporaryDirectory(context), chosen);
  const upload = connect(port, '127.0.0.1');
  upload.on('error', () => {});
  upload.write(
    'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n' +
      'content-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\n\r\n',
  );
  await once(upload, 'data');
  program.child.kill('SIGTERM');
  await entry(program, 'stopping: running requests may finish');
  program.child.kill('SIGINT');
  assert.deepEqual(await program.exit, { code: 1, signal: null });
});

test('the data directory and everything in it is open to its owner alone', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder);
  const data = join(folder, 'data');
  assert.equal(statSync(data).mode & 0o777, 0o700);
  const names = readdirSync(data);
  for (const name of ['bootstrap.json', 'clientele.sqlite', 'master.key']) assert.ok(names.includes(name));
  for (const name of names) assert.equal(statSync(join(data, name)).mode & 0o777, 0o600, name);
  const { clientId, clientSecret, adminPassword } = JSON.parse(
    readFileSync(join(data, 'bootstrap.json'), 'utf8'),
  );
  assert.equal((await requestToken(serving.port, clientId, clientSecret)).status, 200);
  for (const secret of [clientSecret, adminPassword]) assert.ok(!serving.program.output().includes(secret));
  await stop(serving);
});

test('a second start keeps keys, tokens, clients and their secrets', async (context) => {
  const folder = temporaryDirectory(context);
  const settings = { ...chosen, CLIENTELE_ISSUER: 'http://localhost:1' };
  const first = await serve(context, folder, settings);
  const token = await bootstrapToken(first.port);
  const at = (port: number) => ({ issuer: `http://127.0.0.1:${port}` });
  const { client } = await connectService(at(first.port), token).createClient({
    name: 'Robot',
    hasSecret: true,
  });
  assert.ok(client?.clientSecret);
  const jwks = await jwksOf(first.port);
  await stop(first);

  const second = await serve(context, folder, settings);
  assert.equal(await jwksOf(second.port), jwks);
  const { clients } = await connectService(at(second.port), token).listClients({});
  assert.deepEqual(clients.map(({ clientId }) => clientId).sort(), [bootstrap.id, client.clientId].sort());
  const response = await fetch(`http://127.0.0.1:${second.port}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(response.status, 200);
  await stop(second);
});

test('a changed bootstrap secret replaces the old one', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const renewed = 'another-secret-of-the-tests';
  const serving = await serve(context, folder, { ...chosen, CLIENTELE_BOOTSTRAP_CLIENT_SECRET: renewed });
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 401);
  assert.equal((await requestToken(serving.port, bootstrap.id, renewed)).status, 200);
  await stop(serving);
});

test('with another master key than the data was made with, the server says so, exits with 1 and changes nothing', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const before = contentOf(folder);
  const names = readdirSync(join(folder, 'data')).sort();
  const CLIENTELE_MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
  const output = await refusal(run(context, folder, [], { CLIENTELE_MASTER_KEY }));
  assert.match(output, /Start with the master key that this data was made with/);
  assert.ok(!output.includes(CLIENTELE_MASTER_KEY));
  assert.equal(contentOf(folder), before);
  assert.deepEqual(readdirSync(join(folder, 'data')).sort(), names);
  await stop(await serve(context, folder, chosen));
});

test('a master key that is missing beside a database is a fault, and no new one is made', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  const [key, aside] = [join(folder, 'data/master.key'), join(folder, 'aside')];
  renameSync(key, aside);
  for (const words of [[], ['bootstrap', 'rotate']]) {
    assert.match(
      await refusal(run(context, folder, words)),
      /master.key.*is missing beside an existing database/,
    );
    assert.equal(existsSync(key), false);
  }
  renameSync(aside, key);
  await stop(await serve(context, folder, chosen));
});

test('a master key that others may read keeps the server from starting', async (context) => {
  const folder = temporaryDirectory(context);
  await stop(await serve(context, folder, chosen));
  chmodSync(join(folder, 'data/master.key'), 0o644);
  assert.match(await refusal(run(context, folder, [])), /master.key.*is open to other users/);
});

test('bootstrap rotate beside a running server: the old secret is refused at once, the new one accepted', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder, chosen);
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 200);
  const rotation = run(context, folder, ['bootstrap', 'rotate'], { PORT: String(serving.port) });
  assert.deepEqual(await rotation.exit, { code: 0, signal: null }, rotation.output());
  const path = join(folder, 'data/bootstrap.json');
  const { clientId, clientSecret } = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(rotation.output(), `The new secret is in ${path}\n`);
  assert.equal(clientId, bootstrap.id);
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 401);
  assert.equal((await requestToken(serving.port, bootstrap.id, clientSecret)).status, 200);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await stop(serving);
});

test('bootstrap rotate where no server has ever started says so and makes nothing', async (context) => {
  const folder = temporaryDirectory(context);
  assert.match(await refusal(run(context, folder, ['bootstrap', 'rotate'])), /start the server once/);
  assert.equal(existsSync(join(folder, 'data')), false);
});

test('help and the version are printed, and an unknown command is told with the help and 2', async (context) => {
  const folder = temporaryDirectory(context);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const expected = {
    help: [0, /Usage: clientele/],
    '--version': [0, new RegExp(`^${version}\n$`)],
    serve: [2, /no command "serve"[\s\S]*Usage/],
  };
  for (const [word, [code, output]] of Object.entries(expected)) {
    const program = run(context, folder, [word]);
    assert.equal((await program.exit).code, code);
    assert.match(program.output(), output as RegExp);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('the log is JSON lines, and a request is found in it by the id in its answer', async (context) => {
  const serving = await serve(context, temporaryDirectory(context), chosen);
  const refused = await requestToken(serving.port, bootstrap.id, 'wrong');
  const id = refused.headers.get('x-request-id');
  assert.ok(id);
  await stop(serving);
  const entries = entriesOf(serving.program.output());
  const found = entries.filter(({ requestId }) => requestId === id);
  assert.deepEqual(found.map(({ message }) => message).sort(), ['a request was refused', 'request']);
  for (const { level, time, message } of entries)
    assert.ok([level, time, message].every((part) => typeof part === 'string'));
});

test('with a certificate the port speaks https, and gRPC by ALPN', async (context) => {
  const folder = temporaryDirectory(context);
  const { certificate, key } = makeCertificate();
  mkdirSync(join(folder, 'tls'));
  const [certificatePath, keyPath] = [join(folder, 'tls/cert.pem'), join(folder, 'tls/key.pem')];
  writeFileSync(certificatePath, certificate);
  writeFileSync(keyPath, key, { mode: 0o600 });
  const settings = { ...chosen, CLIENTELE_TLS_CERT: certificatePath, CLIENTELE_TLS_KEY: keyPath };
  const serving = await serve(context, folder, settings);
  assert.equal(serving.issuer, `https://localhost:${serving.port}`);

  const [response] = await once(
    get(`${serving.issuer}/.well-known/openid-configuration`, {
      ca: certificate,
      agent: false,
      host: '127.0.0.1',
      servername: 'localhost',
    }),
    'response',
  );
  const metadata = JSON.parse(await text(response));
  assert.equal(response.httpVersion, '1.1');
  assert.equal(metadata.token_endpoint, `${serving.issuer}/oauth/token`);

  const session = connectHttp2(`https://127.0.0.1:${serving.port}`, {
    ca: certificate,
    servername: 'localhost',
  });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/oauth/token',
    authorization: `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  stream.end(`grant_type=client_credentials&scope=${clientScopes}`);
  const { access_token: token } = JSON.parse(await text(stream));
  session.close();

  const transport = createGrpcTransport({
    baseUrl: `https://127.0.0.1:${serving.port}`,
    nodeOptions: { ca: certificate, servername: 'localhost' },
    interceptors: [bearer(token)],
  });
  const { client } = await createClient(ClientsService, transport).getClient({ clientId: bootstrap.id });
  assert.equal(client?.clientId, bootstrap.id);
  const plain = connect(serving.port, '127.0.0.1');
  plain.end('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  assert.doesNotMatch(await text(plain).catch(() => ''), /200/);
  await stop(serving);
});

test('gRPC has a port of its own where one is set, and stopping does not wait for a silent connection to it', async (context) => {
  const serving = await serve(context, temporaryDirectory(context), {
    ...chosen,
    CLIENTELE_GRPC_PORT: String(await freePort()),
  });
  assert.ok(serving.grpcPort);
  const transport = createGrpcTransport({
    baseUrl: `http://127.0.0.1:${serving.grpcPort}`,
    interceptors: [bearer(await bootstrapToken(serving.port))],
  });
  const { clients } = await createClient(ClientsService, transport).listClients({});
  assert.equal(clients.length, 1);
  const mute = connect(serving.grpcPort, '127.0.0.1');
  await once(mute, 'connect');
  await stop(serving);
});

test('a crash loses nothing that was answered, and the next start needs no help', async (context) => {
  const folder = temporaryDirectory(context);
  const first = await serve(context, folder, chosen);
  const service = connectService(
    { issuer: `http://127.0.0.1:${first.port}` },
    await bootstrapToken(first.port),
  );
  const { client } = await service.createClient({ name: 'Robot', hasSecret: true });
  first.program.child.kill('SIGKILL');
  await first.program.exit;
  const second = await serve(context, folder, chosen);
  const response = await requestToken(second.port, client?.clientId ?? '', client?.clientSecret ?? '', '');
  assert.equal(response.status, 200);
  await stop(second);
});

test('a data directory that cannot be used is refused without a stack', async (context) => {
  const folder = temporaryDirectory(context);
  writeFileSync(join(folder, 'data'), 'a file where the directory should be');
  assert.match(await refusal(run(context, folder, [])), /EEXIST|ENOTDIR/);
});
