import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecentlyUsed } from './recently-used.ts';

test('what was used last is kept, and what was not is made again', () => {
  const recentlyUsed = createRecentlyUsed<object>(2);
  const made: string[] = [];
  const use = (key: string) =>
    recentlyUsed(key, () => {
      made.push(key);
      return {};
    });
  const first = use('a');
  use('b');
  assert.equal(use('a'), first);
  use('c');
  assert.equal(use('a'), first);
  use('b');
  assert.deepEqual(made, ['a', 'b', 'c', 'b']);
});

test('what could not be made is tried again', () => {
  const recentlyUsed = createRecentlyUsed<object>(2);
  assert.throws(() =>
    recentlyUsed('a', () => {
      throw new Error('not made');
    }),
  );
  const value = {};
  assert.equal(
    recentlyUsed('a', () => value),
    value,
  );
});
