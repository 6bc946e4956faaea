import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryPatch } from '../../test/fixtures/arbitrary-client.ts';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import type { DerivedField } from './client.ts';
import { clientDefaults } from './defaults.ts';
import { RegistryError, type Violation } from './errors.ts';
import { parseClientPatch } from './record-schema.ts';

const derivedFields: Readonly<Record<DerivedField, true>> = {
  id: true,
  revision: true,
  createdAt: true,
  updatedAt: true,
  tokensValidFrom: true,
  publicKey: true,
  did: true,
};
const derived = Object.keys(derivedFields);
const writable = Object.keys(clientDefaults).filter((field) => !derived.includes(field));

function violationsOf(input: JsonObject): readonly Violation[] {
  try {
    parseClientPatch(input);
    return [];
  } catch (error) {
    assert.ok(error instanceof RegistryError && error.code === 'invalid');
    return error.violations;
  }
}

/** Sorted, each once. */
function fieldsOf(violations: readonly Violation[]): readonly string[] {
  return [...new Set(violations.map(({ field }) => field))].toSorted();
}

test('every patch is read back from its JSON form as it was', () => {
  const known = {
    applicationIds: ['billing'],
    clientIds: ['0198c0de-0000-7000-8000-000000000001'],
    scopes: ['openid'],
  };
  fc.assert(
    fc.property(arbitraryPatch(known), (patch) => {
      const json = JSON.parse(JSON.stringify(patch)) as JsonObject;
      assert.deepEqual(parseClientPatch(json), json);
    }),
  );
});

test('every writable field takes null and its default, and none takes a value of another type', () => {
  for (const field of writable) {
    const value = (clientDefaults as Readonly<Record<string, unknown>>)[field] as JsonValue;
    assert.deepEqual(parseClientPatch({ [field]: null }), { [field]: null });
    assert.deepEqual(parseClientPatch({ [field]: value }), { [field]: value });
    for (const wrong of [{ x: 1 }, [[1]], 1.5, typeof value === 'boolean' ? 'true' : true]) {
      assert.deepEqual(fieldsOf(violationsOf({ [field]: wrong })), [field], `${field}: ${wrong}`);
    }
  }
});

test('the wrong types of all fields, and all unknown fields, are reported together', () => {
  const wrong = Object.fromEntries(writable.map((field) => [field, { x: 1 }]));
  const violations = violationsOf({ ...wrong, colour: 'red', client_id: 'x' });
  assert.deepEqual(fieldsOf(violations), [...writable, 'client_id', 'colour'].toSorted());
  for (const { rule, field, message } of violations) {
    const isUnknown = field === ('colour' as string) || field === ('client_id' as string);
    assert.equal(rule, isUnknown ? 'is-a-field' : 'has-its-type');
    assert.match(message, /^[a-z]/);
  }
});

test('derived fields are not fields of a patch', () => {
  for (const field of derived) {
    assert.deepEqual(
      violationsOf({ [field]: null }).map(({ rule }) => rule),
      ['is-a-field'],
    );
  }
});

test('a fault inside a field says where it is', () => {
  const [violation, ...others] = violationsOf({ redirectUris: ['https://shop.example/cb', 7] });
  assert.deepEqual(others, []);
  assert.equal(violation?.field, 'redirectUris');
  assert.match(violation.message, /^at 1: /);
  assert.deepEqual(fieldsOf(violationsOf({ keyPairType: { type: 'dsa' } })), ['keyPairType']);
  assert.deepEqual(fieldsOf(violationsOf({ logo: { kind: 'uploaded', hash: 'x', extension: 'png' } })), [
    'logo',
  ]);
});

test('`__proto__` is refused as a field, and does nothing inside one', () => {
  const input = JSON.parse('{"__proto__":{"verified":true},"constructor":1}') as JsonObject;
  assert.deepEqual(fieldsOf(violationsOf(input)), ['__proto__', 'constructor']);
  const nested =
    '{"applicationBindings":[{"applicationId":"a","config":{"jsonConfig":{"__proto__":{"x":1}}}}]}';
  const patch = parseClientPatch(JSON.parse(nested) as JsonObject);
  const config = patch.applicationBindings?.[0]?.config?.jsonConfig;
  assert.deepEqual(Object.keys(config ?? {}), []);
  assert.equal(Object.getPrototypeOf(config), Object.prototype);
  assert.equal(({} as Readonly<Record<string, unknown>>)['x'], undefined);
});
