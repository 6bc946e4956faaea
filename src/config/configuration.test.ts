import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../test/fixtures/certificate.ts';
import { builtInIdentityProvider } from '../identity-providers/identity-provider.ts';
import { issuerAt, readConfiguration } from './configuration.ts';
import type { Environment } from './environment.ts';
import { ConfigurationError } from './faults.ts';

type Files = Readonly<Record<string, string>>;

function read(env: Environment = {}, files: Files = {}) {
  return readConfiguration({
    env,
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
      return Buffer.from(content);
    },
  });
}

/** The faults as "where: message". */
function faultsOf(env: Environment, files: Files = {}): readonly string[] {
  try {
    read(env, files);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.faults.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

const inFile = (content: string, env: Environment = {}) =>
  faultsOf({ CLIENTELE_CONFIG: '/etc/c.yaml', ...env }, { '/etc/c.yaml': content });

test('without any setting the server listens on localhost:8080 and is its own issuer', () => {
  const configuration = read();
  assert.equal(configuration.port, 8080);
  assert.equal(configuration.host, 'localhost');
  assert.equal(configuration.issuer, 'http://localhost:8080');
  assert.equal(configuration.administrator.username, 'admin');
  const { rateLimits, ...server } = configuration.declarations.server;
  assert.equal(rateLimits.limitLoopback, false);
  assert.deepEqual(server, {
    brand: { name: 'Clientele', logoUri: null, color: null },
    sessions: { idle: 86_400, absolute: 2_592_000 },
    signUp: { enabled: false },
    accessTokenTtl: 3600,
    accessTokenAlgorithm: 'ES256',
    maxConnections: 10_000,
    maxConnectionsPerAddress: 2_000,
    refreshTokens: { rotateConfidential: false },
    secretStorage: 'sealed',
    auditRetentionDays: null,
    keys: { rotationDays: 90 },
    passwords: { minimumLength: 8 },
    remoteSigner: null,
    dialects: { connect: true, loginApi: true, clientsApi: true },
    metrics: { enabled: true, token: null },
  });
});

test('the configuration is frozen all the way down', () => {
  const configuration = read();
  assert.ok(Object.isFrozen(configuration));
  assert.ok(Object.isFrozen(configuration.declarations.server.dialects));
});

test('with a port that the system chooses, the issuer is known once the server listens', () => {
  const configuration = read({ PORT: '0' });
  assert.equal(configuration.issuer, null);
  assert.equal(issuerAt(configuration, 4711), 'http://localhost:4711');
});

test('every fault of the environment and the file is reported together', () => {
  const env = {
    PORT: '70000',
    CLIENTELE_ISUER: 'x',
    CLIENTELE_TLS_CERT: '/c',
    CLIENTELE_CONFIG: '/etc/c.yaml',
  };
  const faults = faultsOf(env, { '/etc/c.yaml': 'scopes: [{name: "a b", label: A}]\nacounts: []\n' });
  assert.deepEqual(faults, [
    'CLIENTELE_ISUER: is not known; did you mean CLIENTELE_ISSUER?',
    'PORT: must be a port, 0 to 65535',
    'CLIENTELE_TLS_CERT: needs CLIENTELE_TLS_KEY too',
    '/etc/c.yaml: scopes[0].name: must be a scope-token of RFC 6749 Appendix A.4',
    '/etc/c.yaml: acounts: is not known; did you mean accounts?',
  ]);
});

test('an algorithm that access tokens are not signed with is a fault, reported with the others', () => {
  for (const algorithm of ['PS256', 'HS256', 'none', 'es256', '', null, ['RS256']]) {
    const [first, second, third, ...others] = inFile(
      JSON.stringify({ server: { accessTokenAlgorithm: algorithm, accessTokenTtl: 0 } }),
      { PORT: 'x' },
    );
    assert.equal(first, 'PORT: must be a port, 0 to 65535');
    assert.match(second ?? '', /^\/etc\/c\.yaml: server\.accessTokenTtl: /);
    assert.match(third ?? '', /^\/etc\/c\.yaml: server\.accessTokenAlgorithm: .*"ES256"\|"RS256"/);
    assert.deepEqual(others, []);
  }
});

test('a faulty value of a secret is never repeated', () => {
  const secret = 'hunter2';
  const faults = faultsOf({
    CLIENTELE_MASTER_KEY: secret,
    CLIENTELE_ADMIN_PASSWORD: secret,
    CLIENTELE_BOOTSTRAP_CLIENT_SECRET: secret,
    DATABASE_URL: `postgres://user:${secret}@db`,
  });
  assert.equal(faults.length, 4);
  assert.doesNotMatch(faults.join(), /hunter2/);
});

test('what this version cannot do is a fault and not ignored', () => {
  assert.match(faultsOf({ CLIENTELE_REGISTRATION: 'open' }).join(), /not supported in this version/);
  assert.equal(read({ CLIENTELE_REGISTRATION: 'closed' }).registration, 'closed');
  assert.match(inFile('identityProviders: [{id: a, name: A}]').join(), /must be a UUID/);
});

test('DATABASE_URL names a PostgreSQL database and asks for the master key, with whatever else is wrong', () => {
  const masterKey = Buffer.alloc(32).toString('base64');
  const missing = 'CLIENTELE_MASTER_KEY: is required with DATABASE_URL';
  assert.equal(read().databaseUrl, null);
  for (const url of [
    'postgres://user:p%23w@db:5433/clientele?sslmode=verify-full',
    'postgresql://db/clientele',
  ]) {
    assert.equal(read({ DATABASE_URL: url, CLIENTELE_MASTER_KEY: masterKey }).databaseUrl, url);
    assert.deepEqual(faultsOf({ DATABASE_URL: url }), [missing]);
  }
  for (const url of ['mysql://db/clientele', 'db', 'postgres://user:p#w@db/clientele', 'postgres://db']) {
    const [first, second, ...others] = faultsOf({ DATABASE_URL: url, PORT: 'x' }).toSorted();
    assert.equal(first, missing);
    assert.match(second ?? '', /^DATABASE_URL: must/, url);
    assert.deepEqual(others, ['PORT: must be a port, 0 to 65535']);
  }
});

test('a key that is set to nothing is a fault', () => {
  assert.deepEqual(faultsOf({ CLIENTELE_MASTER_KEY: '' }), [
    'CLIENTELE_MASTER_KEY: is set to nothing; unset it for the default',
  ]);
});

test('an issuer is https, or http on loopback, in one spelling', () => {
  const accepted = [
    'https://id.example',
    'https://id.example:8443/tenant',
    'http://127.0.0.1:8080',
    'http://[::1]:1',
  ];
  for (const issuer of accepted) assert.equal(read({ CLIENTELE_ISSUER: issuer }).issuer, issuer);
  const refused = [
    'http://id.example',
    'https://id.example/',
    'https://ID.example',
    'https://id.example:443',
    'https://id.example?x',
    'https://id.example#',
    'https://user@id.example',
    'https://id.example/a/../b',
    'http://127.evil.example',
    'ftp://localhost',
    'localhost:8080',
  ];
  for (const issuer of refused) assert.equal(faultsOf({ CLIENTELE_ISSUER: issuer }).length, 1, issuer);
});

// against: operations/master-key
test('a master key is the canonical base64 of 32 bytes', () => {
  const key = Buffer.alloc(32, 7);
  assert.deepEqual(read({ CLIENTELE_MASTER_KEY: key.toString('base64') }).masterKey, key);
  const refused = [
    key.toString('base64').replace('=', ''),
    key.toString('hex'),
    Buffer.alloc(31).toString('base64'),
    `${key.toString('base64')}\n`,
  ];
  for (const text of refused) assert.equal(faultsOf({ CLIENTELE_MASTER_KEY: text }).length, 1);
});

test('trusted proxies are addresses and CIDR blocks', () => {
  assert.deepEqual(read({ CLIENTELE_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies, [
    '10.0.0.0/8',
    '::1',
  ]);
  for (const text of ['10.0.0.0/33', 'proxy.example', '10.0.0.1,', '::1/129', '10.0.0.0/8/8']) {
    assert.equal(faultsOf({ CLIENTELE_TRUSTED_PROXIES: text }).length, 1, text);
  }
});

test('a certificate needs its own key', () => {
  const [own, other] = [makeCertificate(), makeCertificate()];
  const env = { CLIENTELE_TLS_CERT: '/cert.pem', CLIENTELE_TLS_KEY: '/key.pem' };
  const configuration = read(env, { '/cert.pem': own.certificate, '/key.pem': own.key });
  assert.deepEqual(configuration.tls, own);
  assert.equal(configuration.issuer, 'https://localhost:8080');
  assert.deepEqual(faultsOf(env, { '/cert.pem': own.certificate, '/key.pem': other.key }), [
    'CLIENTELE_TLS_KEY: the key in /key.pem does not belong to the certificate',
  ]);
  assert.deepEqual(faultsOf(env, { '/cert.pem': own.key }), [
    'CLIENTELE_TLS_CERT: the file /cert.pem holds no PEM certificate',
    'CLIENTELE_TLS_KEY: the file /key.pem does not exist',
  ]);
});

const full = `
server: {accessTokenTtl: 600, dialects: {connect: false}}
applications:
  - id: files
    name: Files
    audience: https://files.example
    scopes: [{name: files.read, label: Read files, public: true}]
    administrators: [alice]
    configSchema: {type: object}
scopes: [{name: reports, label: See reports}]
accounts: [{username: alice, passwordFile: secrets/alice, administrator: true}]
clients:
  - id: 018f3a5c-0000-7000-8000-000000000001
    secretFile: /run/secrets/client
    name: Files web
    redirectUris: [https://files.example/callback]
`;

test('a file declares applications, scopes, accounts and clients, with secrets in files of their own', () => {
  const { declarations } = read(
    { CLIENTELE_CONFIG: '/etc/c.yaml' },
    {
      '/etc/c.yaml': full,
      '/etc/secrets/alice': 'correct horse\n',
      '/run/secrets/client': 'a secret of the client\n',
    },
  );
  assert.equal(declarations.server.accessTokenTtl, 600);
  assert.equal(declarations.server.dialects.connect, false);
  assert.deepEqual(declarations.scopes, [
    { name: 'reports', label: 'See reports', public: false, kind: 'general', applicationId: null },
  ]);
  assert.deepEqual(declarations.applications[0]?.scopes, [
    { name: 'files.read', label: 'Read files', public: true, kind: 'application', applicationId: 'files' },
  ]);
  assert.deepEqual(declarations.accounts, [
    {
      id: null,
      username: 'alice',
      credential: { kind: 'password', password: 'correct horse' },
      administrator: true,
      disabled: false,
    },
  ]);
  assert.deepEqual(declarations.clients, [
    {
      id: '018f3a5c-0000-7000-8000-000000000001',
      secret: 'a secret of the client',
      secretHash: null,
      fields: { name: 'Files web', redirectUris: ['https://files.example/callback'] },
    },
  ]);
});

test('a JSON file says the same as a YAML file', () => {
  const content = JSON.stringify({ scopes: [{ name: 'reports', label: 'See reports', public: true }] });
  const { declarations } = read({ CLIENTELE_CONFIG: '/c.json' }, { '/c.json': content });
  assert.equal(declarations.scopes[0]?.public, true);
});

test('YAML that two readers may understand differently is refused', () => {
  assert.match(inFile('scopes: []\nscopes: []\n').join(), /unique/);
  assert.match(inFile('a: &a [x]\nb: [*a, *a]\n').join(), /aliases are not allowed/);
  assert.match(inFile('clients: [{id: x, "__proto__": {}}]\n').join(), /__proto__/);
  assert.match(inFile('scopes: !!js/function "x"\n').join(), /tag/i);
  assert.match(inFile('scopes: []\n---\nscopes: []\n').join(), /document/);
});

test('a fault of the YAML text does not repeat the text', () => {
  const faults = inFile('accounts: [{username: a, password: "swordfish}]\n');
  assert.ok(faults.length > 0);
  assert.doesNotMatch(faults.join(), /swordfish/);
});

test('what is declared twice, or is built in, is named', () => {
  const faults = inFile(`
scopes: [{name: a, label: A}, {name: a, label: A}]
accounts: [{username: u}, {username: U}]
clients: [{id: 018f3a5c-0000-7000-8000-000000000001}, {id: 018f3a5c-0000-7000-8000-000000000001}]
identityProviders: [{id: 018f3a5c-0000-7000-8000-000000000002, name: i}, {id: 018f3a5c-0000-7000-8000-000000000002, name: i}]
applications: [{id: p, name: P, audience: "https://p.example", configSchema: {type: nothing}}]
`);
  assert.deepEqual(faults, [
    '/etc/c.yaml: the scope "a" is declared twice',
    '/etc/c.yaml: the user name "u" is declared twice',
    '/etc/c.yaml: the client id "018f3a5c-0000-7000-8000-000000000001" is declared twice',
    '/etc/c.yaml: the identity provider id "018f3a5c-0000-7000-8000-000000000002" is declared twice',
    '/etc/c.yaml: the identity provider "i" is declared twice',
    '/etc/c.yaml: applications[0].configSchema: is not a JSON Schema (draft 2020-12)',
  ]);
  assert.match(inFile('scopes: [{name: openid, label: x}]').join(), /built-in scope/);
  const { id, name } = builtInIdentityProvider;
  const own = inFile(`identityProviders: [{id: ${id}, name: ${name}}]`).join();
  assert.match(own, /is the id of the built-in identity provider.*is the name of the built-in/);
});

test('an account has one kind of password, and a client one kind of secret', () => {
  assert.match(
    inFile('accounts: [{username: a, password: 12345678a, passwordFile: x}]').join(),
    /more than one/,
  );
  const id = '018f3a5c-0000-7000-8000-000000000001';
  assert.match(
    inFile(`clients: [{id: ${id}, secret: 12345678a, secretFile: x}]`).join(),
    /more than one of secret/,
  );
});

test('an account has the standard claims that the file declares, and no others', () => {
  const { declarations } = read(
    { CLIENTELE_CONFIG: '/c.yaml' },
    {
      '/c.yaml': `accounts:
  - username: alice
    email: alice@mail.example
    emailVerified: true
    claims: {name: Alice, birthdate: "1990-12-31", address: {country: CH}}
`,
    },
  );
  assert.deepEqual(declarations.accounts[0], {
    id: null,
    username: 'alice',
    credential: null,
    administrator: false,
    disabled: false,
    email: 'alice@mail.example',
    emailVerified: true,
    claims: { name: 'Alice', birthdate: '1990-12-31', address: { country: 'CH' } },
  });
  const faults = inFile(`accounts:
  - username: alice
    email: alice
    claims: {nam: Alice, picture: "javascript:alert(1)"}
`);
  assert.equal(faults.length, 3);
  assert.match(faults.join(), /accounts\[0\]\.email.*|accounts\[0\]\.claims\.picture|did you mean name/);
});

test('the environment and the file may not both own one client or account', () => {
  const id = '018f3a5c-0000-7000-8000-000000000001';
  const faults = faultsOf(
    { CLIENTELE_CONFIG: '/c', CLIENTELE_BOOTSTRAP_CLIENT_ID: id },
    { '/c': `clients: [{id: ${id}}]\naccounts: [{username: admin}]\n` },
  );
  assert.equal(faults.length, 2);
});

test('a port for gRPC is not the main port, and needs the face that it is for', () => {
  assert.equal(read({ CLIENTELE_GRPC_PORT: '9090' }).grpcPort, 9090);
  assert.equal(faultsOf({ CLIENTELE_GRPC_PORT: '8080' }).length, 1);
  const env = { CLIENTELE_GRPC_PORT: '9090', CLIENTELE_CONFIG: '/c' };
  assert.equal(faultsOf(env, { '/c': 'server: {dialects: {connect: false}}' }).length, 1);
});

test('an application cannot have this server’s own audience, nor an account a client’s id', () => {
  const application = '{id: own, name: Own, audience: "https://id.example/"}';
  const faults = inFile(`applications: [${application}]`, { CLIENTELE_ISSUER: 'https://id.example' });
  assert.match(faults.join(), /application "own" has the issuer for its audience/);
  const id = '0198c0de-0000-7000-8000-000000000001';
  const both = inFile(`accounts: [{username: a, id: ${id}}]\nclients: [{id: ${id}}]`);
  assert.match(both.join(), /the id of an account and of a client ".*" is declared twice/);
});

test('a declared account cannot have the name of the administrator, whatever its case', () => {
  const declared = (username: string) => `accounts: [{username: ${username}, password: long enough}]`;
  for (const username of ['admin', 'Admin', 'ＡＤＭＩＮ']) {
    assert.deepEqual(inFile(declared(username)), [
      'CLIENTELE_ADMIN_USERNAME: "admin" is also the user name of an account that the file declares',
    ]);
  }
  assert.deepEqual(inFile(declared('Admin'), { CLIENTELE_ADMIN_USERNAME: 'root' }), []);
});
