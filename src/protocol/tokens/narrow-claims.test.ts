import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicScopes } from '../../../test/fixtures/protocol-server.ts';
import { aClient } from '../../../test/fixtures/storage-entries.ts';
import { createCatalog } from '../../applications/catalog.ts';
import type { Client } from '../../clients/client.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { AccessTokenClaims } from './access-token-claims.ts';
import { narrowClaims } from './narrow-claims.ts';

const issuer = 'https://issuer.example';
const billing = {
  id: 'billing',
  name: 'Billing',
  audience: 'https://billing.example',
  administrators: [],
  configSchema: null,
  slug: null,
  websiteUri: null,
};
const scope = {
  name: 'invoices',
  label: 'Invoices',
  public: true,
  kind: 'application',
  applicationId: 'billing',
} as const;
const catalog = createCatalog({ applications: [{ ...billing, scopes: [scope] }], scopes: publicScopes });
const bound: Partial<Client> = { applicationBindings: [{ applicationId: 'billing', config: null }] };

function claimsOf(aud: AccessTokenClaims['aud'], granted?: string): AccessTokenClaims {
  const time = asEpochSeconds(1_800_000_000);
  const base = { iss: issuer, sub: 'c', aud, exp: time, iat: time, jti: 'j', client_id: 'c' };
  return granted === undefined ? base : { ...base, scope: granted };
}

function narrowed(changes: Partial<Client>, claims: AccessTokenClaims) {
  const result = narrowClaims(claims, { client: aClient(changes), granted: undefined }, { issuer, catalog });
  return result && [result.aud, result.scope];
}

test('a token keeps what its client may still have', () => {
  assert.deepEqual(narrowed({}, claimsOf(issuer, 'reports exports')), [issuer, 'reports exports']);
  assert.deepEqual(narrowed(bound, claimsOf(billing.audience, 'invoices')), [billing.audience, 'invoices']);
  assert.deepEqual(narrowed({}, claimsOf(issuer)), [issuer, undefined]);
});

// against: tokens/current
test('a scope that the client may no longer have is no scope of its tokens', () => {
  assert.deepEqual(narrowed({ allowedScopes: ['reports'] }, claimsOf(issuer, 'reports admin')), [
    issuer,
    'reports',
  ]);
  assert.deepEqual(narrowed({ allowedScopes: [] }, claimsOf(issuer, 'reports')), [issuer, undefined]);
});

// against: tokens/current
test('a scope that the grant no longer says is no scope of its tokens', () => {
  const claims = claimsOf(issuer, 'reports exports');
  const scopeOf = (granted: readonly string[]) =>
    narrowClaims(claims, { client: aClient(), granted }, { issuer, catalog })?.scope;
  assert.equal(scopeOf(['openid', 'exports', 'reports']), 'reports exports');
  assert.equal(scopeOf(['openid', 'exports']), 'exports');
  assert.equal(scopeOf([]), undefined);
});

test('an audience that the client is no longer bound to is no audience of its tokens', () => {
  assert.equal(narrowed({}, claimsOf(billing.audience, 'invoices')), undefined);
  assert.deepEqual(narrowed({}, claimsOf([issuer, billing.audience], 'reports')), [issuer, 'reports']);
});

test('a binding is what it is now, one that has ended is gone, and none is added', () => {
  const claims = {
    ...claimsOf([issuer, billing.audience]),
    application_id: 'billing',
    application_bindings: [
      { application_id: 'billing', config: { json_config: { tier: 'gold' } } },
      { application_id: 'files' },
    ],
    managed_buckets: true,
  } as const;
  const narrow = (changes: Partial<Client>) =>
    narrowClaims(claims, { client: aClient(changes), granted: undefined }, { issuer, catalog });
  const now = narrow({
    applicationBindings: [
      { applicationId: 'billing', config: { jsonConfig: { tier: 'free' } } },
      { applicationId: 'mail', config: null },
    ],
  });
  assert.deepEqual(now?.application_bindings, [
    { application_id: 'billing', config: { json_config: { tier: 'free' } } },
  ]);
  assert.deepEqual([now?.application_id, now?.managed_buckets], [undefined, undefined]);
  const same = narrow({ ...bound, applicationId: 'billing', usesManagedBuckets: true });
  assert.deepEqual([same?.application_id, same?.managed_buckets], ['billing', true]);
});
