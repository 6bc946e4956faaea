import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryClient, arbitraryPatch } from '../../test/fixtures/arbitrary-client.ts';
import { clientDefaults } from './defaults.ts';
import { applyPatch, changedFields, describeChange } from './patch.ts';

const known = {
  applicationIds: ['billing', 'files'],
  clientIds: ['0198c0de-0000-7000-8000-000000000001'],
  scopes: ['openid', 'backend'],
};
const client = arbitraryClient(known);
const patch = arbitraryPatch(known).chain((whole) =>
  fc
    .subarray(Object.keys(whole))
    .map((fields) => Object.fromEntries(Object.entries(whole).filter(([field]) => fields.includes(field)))),
);

test('an empty patch, and one whose values are undefined, change nothing', () => {
  fc.assert(
    fc.property(client, patch, (record, change) => {
      const absent = Object.fromEntries(Object.keys(change).map((field) => [field, undefined]));
      assert.deepEqual(applyPatch(record, {}), record);
      assert.deepEqual(applyPatch(record, absent), record);
    }),
  );
});

test('a patch applied twice is the patch applied once', () => {
  fc.assert(
    fc.property(client, patch, (record, change) => {
      const once = applyPatch(record, change);
      assert.deepEqual(applyPatch(once, change), once);
    }),
  );
});

test('two patches one after the other are the second merged over the first', () => {
  fc.assert(
    fc.property(client, patch, patch, (record, first, second) => {
      assert.deepEqual(
        applyPatch(applyPatch(record, first), second),
        applyPatch(record, { ...first, ...second }),
      );
    }),
  );
});

test('patches of different fields may come in any order', () => {
  fc.assert(
    fc.property(client, patch, patch, (record, first, second) => {
      const others = Object.fromEntries(Object.entries(second).filter(([field]) => !(field in first)));
      assert.deepEqual(
        applyPatch(applyPatch(record, first), others),
        applyPatch(applyPatch(record, others), first),
      );
    }),
  );
});

test('null clears a field to its default, and truthiness decides nothing', () => {
  fc.assert(
    fc.property(client, (record) => {
      assert.deepEqual(applyPatch(record, { redirectUris: null }).redirectUris, []);
      assert.equal(applyPatch(record, { name: null }).name, null);
      assert.equal(applyPatch(record, { enabled: null }).enabled, clientDefaults.enabled);
      assert.equal(applyPatch(record, { enabled: false }).enabled, false);
      assert.equal(applyPatch(record, { name: '' }).name, '');
    }),
  );
});

test('the fields that a change names in its audit entry are those that differ', () => {
  fc.assert(
    fc.property(client, patch, (before, change) => {
      const after = applyPatch(before, change);
      assert.deepEqual(
        describeChange(before, after).map(({ field }) => field),
        changedFields(before, after),
      );
    }),
  );
});
