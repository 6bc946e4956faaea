import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { publicScopes } from '../../test/fixtures/protocol-server.ts';
import { aClient } from '../../test/fixtures/storage-entries.ts';
import type { Application } from '../applications/application.ts';
import { createCatalog } from '../applications/catalog.ts';
import type { Client } from '../clients/client.ts';
import { type Audience, decideAudience } from './audience.ts';
import { OAuthError } from './errors.ts';
import { decideScopes } from './scopes.ts';

const issuer = 'https://issuer.example';

function anApplication(id: string): Application {
  const scope = { label: id, kind: 'application', applicationId: id } as const;
  return {
    id,
    name: id,
    audience: `https://${id}.example`,
    scopes: [
      { ...scope, name: `${id}:read`, public: true },
      { ...scope, name: `${id}:admin`, public: false },
    ],
    administrators: [],
    configSchema: null,
    slug: null,
    websiteUri: null,
  };
}

const catalog = createCatalog({
  applications: [anApplication('one'), anApplication('two')],
  scopes: publicScopes,
});
const server = { issuer, catalog };
const boundTo = (...ids: string[]) => ids.map((applicationId) => ({ applicationId, config: null }));

function scopes(
  changes: Partial<Client>,
  requested?: string,
  resources: readonly string[] = [],
): readonly string[] {
  const client = aClient(changes);
  const audience = decideAudience(client, resources, server);
  return decideScopes({ client, requested, audience, forPerson: false }, server);
}

const refuses = (requested: string, changes: Partial<Client> = {}, resources: readonly string[] = []) =>
  assert.throws(
    () => scopes(changes, requested, resources),
    (error) => error instanceof OAuthError && error.code === 'invalid_scope',
    requested,
  );

describe('a request without scope gets', () => {
  test('every public scope when the record does not narrow them', () => {
    assert.deepEqual(scopes({}), ['reports', 'exports']);
  });

  test('the allowed scopes, without unknown names and management scopes', () => {
    assert.deepEqual(scopes({ allowedScopes: ['reports', 'gone', 'admin'] }), ['reports']);
  });

  test('authorized scopes only while the record adds them', () => {
    const changes = {
      allowedScopes: [],
      applicationBindings: boundTo('one'),
      authorizedScopes: ['one:admin'],
    };
    assert.deepEqual(scopes({ ...changes, authorizeScope: true }), ['one:admin']);
    assert.deepEqual(scopes({ ...changes, authorizeScope: false }), []);
  });

  test('scopes of bound applications, as far as the token is for them', () => {
    const applicationBindings = boundTo('one', 'two');
    assert.deepEqual(scopes({ applicationBindings }), ['reports', 'exports', 'one:read', 'two:read']);
    assert.deepEqual(scopes({ applicationBindings }, undefined, ['https://two.example']), [
      'reports',
      'exports',
      'two:read',
    ]);
  });

  test('login-register only when there is no other', () => {
    assert.deepEqual(scopes({ allowedScopes: ['login-register'] }), ['login-register']);
    assert.deepEqual(scopes({ allowedScopes: ['login-register', 'reports'] }), ['reports']);
  });

  test('identity scopes when it speaks for a person', () => {
    const client = aClient({ allowedScopes: ['openid', 'reports'] });
    const request = { client, requested: undefined, audience: [issuer] as Audience };
    assert.deepEqual(decideScopes({ ...request, forPerson: true }, server), ['openid', 'reports']);
    assert.deepEqual(decideScopes({ ...request, forPerson: false }, server), ['reports']);
  });
});

describe('a request with scope', () => {
  test('gets what it asks for, in its order, once', () => {
    assert.deepEqual(scopes({}, 'exports reports exports'), ['exports', 'reports']);
  });

  test('is refused when it asks for more than the client may have', () => {
    refuses('exports', { allowedScopes: ['reports'] });
    refuses('unknown');
    refuses('__proto__');
    refuses('admin');
    refuses('one:read');
    refuses('one:admin', { applicationBindings: boundTo('one') });
    refuses('openid');
    refuses('reports login-register', { allowedScopes: ['reports', 'login-register'] });
  });

  test('is refused when it is malformed', () => {
    for (const requested of [
      ' reports',
      'reports ',
      'reports  exports',
      'back"end',
      'back\\end',
      'bäckend',
      '\t',
    ]) {
      refuses(requested);
    }
  });

  test('gets management scopes in a token for the issuer alone', () => {
    const changes = { allowedScopes: ['admin'], applicationBindings: boundTo('one') };
    assert.deepEqual(scopes({ allowedScopes: ['admin'] }, 'admin'), ['admin']);
    assert.deepEqual(scopes(changes, 'admin', [issuer]), ['admin']);
    refuses('admin', changes);
    refuses('admin', changes, [issuer, 'https://one.example']);
  });

  test('gets the scopes of its own application in a token for it', () => {
    assert.deepEqual(scopes({ applicationId: 'one' }, 'one:read', ['https://one.example']), ['one:read']);
    refuses('one:read', { applicationId: 'one' });
  });
});

test('a refusal never says what an error description may not', () => {
  assert.throws(
    () => scopes({}, `${'x'.repeat(1000)}`),
    (error) => error instanceof OAuthError && /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,300}$/.test(error.description),
  );
});
