import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryClient } from '../../../test/fixtures/arbitrary-client.ts';
import { cases, context, other, scopes } from '../../../test/fixtures/rule-cases.ts';
import { aClient } from '../../../test/fixtures/storage-entries.ts';
import type { Face } from '../../kernel/audit.ts';
import type { Client, ClientField } from '../client.ts';
import type { RuleContext } from './rule.ts';
import { brokenRules, rules } from './rules.ts';

const everyField = Object.keys(aClient()) as ClientField[];

/** The names of the rules that a new client with `changes` breaks, made through `face`. */
function brokenBy(changes: Partial<Client>, face: Face, over: Partial<RuleContext> = {}): readonly string[] {
  const change = { face, changed: everyField };
  return brokenRules(aClient(changes), { ...context, ...over }, change).map(({ rule }) => rule);
}

test('every rule has a name of its own in kebab-case, and a source', () => {
  const names = rules.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, source } of rules) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(source, /(RFC \d+|OpenID [A-Za-z-]+|contract of the)/);
  }
});

test('every rule has cases that break it and cases that do not', () => {
  assert.deepEqual(Object.keys(cases).toSorted(), rules.map(({ name }) => name).toSorted());
  for (const [name, { broken, kept }] of Object.entries(cases))
    assert.ok(broken.length * kept.length > 0, name);
});

for (const { name, field, face = 'native' } of rules) {
  test(`rule ${name} refuses what it should and nothing at its boundary`, () => {
    const { broken, kept, context: over } = cases[name] ?? assert.fail('it has no cases');
    for (const changes of broken) {
      assert.ok(brokenBy(changes, face, over).includes(name), `not refused: ${JSON.stringify(changes)}`);
    }
    for (const changes of kept) {
      assert.ok(!brokenBy(changes, face, over).includes(name), `refused: ${JSON.stringify(changes)}`);
    }
    const [example = {}] = broken;
    const violations = brokenRules(
      aClient(example),
      { ...context, ...over },
      { face, changed: everyField },
    ).filter(({ rule }) => rule === name);
    for (const violation of violations) {
      assert.equal(violation.field, field);
      assert.match(violation.message, /^[a-z]/);
    }
  });
}

test('the records that the laws are tried with break no rule of the record', () => {
  const known = { applicationIds: ['billing', 'billing-2'], clientIds: [other], scopes: scopes(3) };
  fc.assert(
    fc.property(arbitraryClient(known), (client) => {
      assert.deepEqual(brokenRules(client, context, { face: 'native', changed: everyField }), []);
    }),
  );
});

test('all rules that a record breaks are reported together, and each fault of a list once', () => {
  const violations = brokenRules(
    aClient({
      name: 'a\nb',
      redirectUris: ['http://a.example', 'http://b.example', 'https://c.example/#', 'https://c.example/#'],
      allowedScopes: ['unknown', 'unknown'],
      accessTokenTtl: 0,
    }),
    context,
    { face: 'native', changed: everyField },
  );
  const byField = violations.map(({ field }) => field);
  assert.deepEqual(byField, [
    ...['allowedScopes', 'allowedScopes', 'name'],
    ...['redirectUris', 'redirectUris', 'redirectUris', 'accessTokenTtl'],
  ]);
});

const referring = {
  applicationId: 'gone',
  identityProviderId: 'gone',
  clientCredentialsSubject: 'gone',
  allowedScopes: ['gone'],
  authorizedScopes: ['gone'],
  allowedDelegators: ['0198c0de-dead-7000-8000-000000000000'],
  applicationBindings: [{ applicationId: 'gone', config: { jsonConfig: { a: 1, b: 2 } } }],
} satisfies Partial<Client>;

test('where secrets are kept no more, what needs one stays as it was and is not set anew', () => {
  const macs = {
    tokenEndpointAuthMethods: ['client_secret_jwt'],
    tokenEndpointJwtAuthAlg: 'HS256',
    idTokenSignatureAlg: 'HS256',
    userinfoSignedResponseAlg: 'HS256',
  } satisfies Partial<Client>;
  const brokenFrom = (previous: Client | null) =>
    brokenRules(
      aClient(macs),
      { ...context, previous, secretsKept: false },
      { face: 'native', changed: everyField },
    ).map(({ field }) => field);
  const fields = ['tokenEndpointJwtAuthAlg', 'idTokenSignatureAlg', 'userinfoSignedResponseAlg'];
  assert.deepEqual(brokenFrom(null), fields);
  assert.deepEqual(brokenFrom(aClient()), fields);
  assert.deepEqual(brokenFrom(aClient({ ...macs, enabled: false })), []);
  // The algorithm alone means nothing to a client that may not use it.
  const idle = aClient({ ...macs, tokenEndpointAuthMethods: ['client_secret_basic'] });
  assert.deepEqual(brokenFrom(idle), ['tokenEndpointJwtAuthAlg']);
});

test('what a record pointed at may have gone since: only what a change adds must exist', () => {
  const previous = aClient(referring);
  const reordered = [{ applicationId: 'gone', config: { jsonConfig: { b: 2, a: 1 } } }];
  const after = { ...previous, name: 'Other', applicationBindings: reordered };
  const change = { face: 'native' as Face, changed: ['name'] as const };
  assert.deepEqual(brokenRules(after, { ...context, previous }, change), []);
  const fresh = brokenRules(previous, context, { ...change, changed: everyField });
  assert.deepEqual(fresh.map(({ field }) => field).toSorted(), Object.keys(referring).toSorted());
});
