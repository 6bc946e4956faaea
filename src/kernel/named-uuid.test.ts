import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedUuid } from './named-uuid.ts';
import { isUuid } from './random.ts';

test('a name has one UUID, of version 5, and another name another', () => {
  const id = namedUuid('scope openid');
  assert.ok(isUuid(id));
  assert.equal(id[14], '5');
  assert.equal(namedUuid('scope openid'), id);
  assert.notEqual(namedUuid('scope email'), id);
});
