import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aClient } from '../../test/fixtures/storage-entries.ts';
import { RegistryError } from './errors.ts';
import { applyPatch } from './patch.ts';
import { applyInput, member, nullable, readOnly, same, show, type View, wireNameOf } from './view.ts';

interface Wire {
  readonly client_id: string;
  readonly label: string;
  readonly enabled: boolean;
  readonly code: boolean;
  readonly refresh: boolean;
}

const view: View<Wire> = {
  client_id: readOnly('id'),
  label: nullable('name', ''),
  enabled: same('enabled'),
  code: member('grantTypes', 'authorization_code'),
  refresh: member('grantTypes', 'refresh_token'),
};
const client = aClient({ name: null, grantTypes: ['refresh_token', 'client_credentials'] });

test('a record is shown by its wire names, in their order, with the empty value for null', () => {
  assert.deepEqual(show(view, client), {
    client_id: client.id,
    label: '',
    enabled: true,
    code: false,
    refresh: true,
  });
  assert.deepEqual(Object.keys(show(view, client)), Object.keys(view));
});

test('a field that is absent, undefined or as shown is no change', () => {
  assert.deepEqual(applyInput(view, client, {}), {});
  assert.deepEqual(applyInput(view, client, { label: undefined, enabled: undefined }), {});
  assert.deepEqual(applyInput(view, client, show(view, client)), {});
});

test('a field that is given another value is set, and the record keeps what the view does not show', () => {
  const patch = applyInput(view, client, { label: 'Shop', enabled: false, code: true, refresh: false });
  assert.deepEqual(Object.keys(patch).toSorted(), ['enabled', 'grantTypes', 'name']);
  const after = applyPatch(client, patch);
  assert.deepEqual(new Set(after.grantTypes), new Set(['client_credentials', 'authorization_code']));
  assert.deepEqual([after.name, after.enabled], ['Shop', false]);
});

test('null clears a field to its default, and a member of a set to absence', () => {
  const named = { ...client, name: 'Shop', enabled: false };
  assert.deepEqual(applyInput(view, named, { label: null }), { name: null });
  assert.equal(applyPatch(named, applyInput(view, named, { enabled: null })).enabled, true);
  assert.deepEqual(applyInput(view, named, { refresh: null }), { grantTypes: ['client_credentials'] });
  assert.deepEqual(
    applyPatch(client, applyInput(view, client, { code: null })).grantTypes,
    client.grantTypes,
  );
});

test('a read-only field accepts its own value and refuses every other, null too', () => {
  assert.deepEqual(applyInput(view, client, { client_id: client.id }), {});
  for (const other of ['another', '', null]) {
    assert.throws(
      () => applyInput(view, client, { client_id: other, label: 'Shop' }),
      (error) => {
        assert.ok(error instanceof RegistryError && error.code === 'invalid');
        assert.deepEqual(error.violations, [{ rule: 'read-only', field: 'id', message: 'is read-only' }]);
        return true;
      },
    );
  }
});

test('a name that no field of the view has, an inherited one too, is ignored', () => {
  const input = JSON.parse('{"__proto__":{"label":"x"},"constructor":1,"verified":true}');
  assert.deepEqual(applyInput(view, client, input), {});
});

test('a violation is reported under the wire field that shows the record field', () => {
  assert.equal(wireNameOf(view, 'name'), 'label');
  assert.equal(wireNameOf(view, 'grantTypes'), 'code');
  assert.equal(wireNameOf(view, 'jwks'), 'jwks');
});
