import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasRepeatedAuthorization } from './repeated-authorization.ts';

test('a second Authorization header is seen whatever its case, and a value of that name is none', () => {
  assert.equal(hasRepeatedAuthorization([]), false);
  assert.equal(hasRepeatedAuthorization(['Authorization', 'a']), false);
  assert.equal(hasRepeatedAuthorization(['Authorization', 'a', 'x', 'authorization']), false);
  assert.equal(hasRepeatedAuthorization(['Authorization', 'a', 'x', 'y', 'authorization', 'a']), true);
});
