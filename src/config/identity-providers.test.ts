import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfiguration } from './configuration.ts';
import { ConfigurationError } from './faults.ts';

const id = '7b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11';
const least = { id, name: 'Upstream', type: 'oidc', issuer: 'https://op.example', clientId: 'clientele' };

function read(provider: object, files: Readonly<Record<string, string>> = {}) {
  const file = JSON.stringify({ identityProviders: [provider] });
  const content: Readonly<Record<string, string>> = { '/etc/c.json': file, ...files };
  const readFile = (path: string): Buffer => {
    const text = content[path];
    if (text === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
    return Buffer.from(text);
  };
  const { declarations } = readConfiguration({ env: { CLIENTELE_CONFIG: '/etc/c.json' }, readFile });
  return declarations.identityProviders[0];
}

/** What is wrong with the entry. */
function faultsOf(provider: object): readonly string[] {
  try {
    read(provider);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.faults.map(({ where, message }) => `${where.replace(/^.*\]\.?/, '')} ${message}`);
  }
}

test('an upstream provider is declared with its secret in a file, and with defaults', () => {
  const declared = read({ ...least, secretFile: 'upstream' }, { '/etc/upstream': 'a secret\n' });
  assert.deepEqual(declared, {
    id,
    name: 'Upstream',
    type: 'oidc',
    settings: {
      issuer: 'https://op.example',
      clientId: 'clientele',
      tokenEndpointAuthMethod: 'client_secret_basic',
      scopes: ['openid', 'profile', 'email'],
      usernameClaim: 'preferred_username',
      emailClaim: 'email',
    },
    clientSecret: 'a secret',
  });
});

test('every setting of an upstream provider can be said', () => {
  const others = {
    tokenEndpointAuthMethod: 'none',
    scopes: ['openid', 'groups'],
    usernameClaim: null,
    emailClaim: 'upn',
  };
  const declared = read({ ...least, ...others });
  assert.deepEqual(declared, {
    id,
    name: 'Upstream',
    type: 'oidc',
    settings: { issuer: least.issuer, clientId: least.clientId, ...others },
    clientSecret: null,
  });
});

test('a provider of the accounts of this server needs nothing and takes nothing', () => {
  assert.deepEqual(read({ id, name: 'Staff' }), { id, name: 'Staff', type: 'internal' });
  assert.deepEqual(faultsOf({ id, name: 'Staff', issuer: 'https://op.example', secret: 'x' }), [
    'issuer is for the type oidc alone',
    'secret is for the type oidc alone',
  ]);
});

const faulty: readonly (readonly [what: string, changes: object, faults: readonly string[]])[] = [
  ['nothing', { secret: 'x' }, []],
  ['no secret', {}, ['secret is needed unless the method is none']],
  [
    'a secret for nothing',
    { secret: 'x', tokenEndpointAuthMethod: 'none' },
    ['secret must be absent where the method is none'],
  ],
  ['two secrets', { secret: 'x', secretFile: 'y' }, ['secret stands beside secretFile']],
  ['a secret with a line break', { secret: 'x\ny' }, ['secret must be 1 to 1024 printable ASCII characters']],
  [
    'an issuer over http',
    { secret: 'x', issuer: 'http://op.example' },
    ['issuer must be an https URL without user, query and fragment; http is for loopback hosts only'],
  ],
  [
    'no issuer and no client id',
    { secret: 'x', issuer: undefined, clientId: undefined },
    [
      'issuer must be an https URL without user, query and fragment; http is for loopback hosts only',
      'clientId must be 1 to 255 printable ASCII characters',
    ],
  ],
  ['scopes without openid', { secret: 'x', scopes: ['email'] }, ['scopes must have openid']],
];
for (const [what, changes, faults] of faulty) {
  test(`of an upstream provider with ${what} all faults are named together`, () => {
    assert.deepEqual(faultsOf({ ...least, ...changes }), faults);
  });
}

test('an http issuer is for this machine', () => {
  for (const issuer of ['http://localhost:8081', 'http://127.0.0.1:8081/tenant', 'http://[::1]:8081']) {
    assert.deepEqual(faultsOf({ ...least, secret: 'x', issuer }), []);
  }
});

test('a secret that cannot be read is a fault of the entry', () => {
  assert.match(faultsOf({ ...least, secretFile: 'absent' }).join(), /secretFile/);
});
