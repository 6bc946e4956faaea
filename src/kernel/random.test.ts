import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUuid, orderedUuid, randomUuid } from './random.ts';

test('ordered UUIDs are version 7, unique, and sort by creation even within a millisecond', () => {
  const ids = Array.from({ length: 20_000 }, orderedUuid);
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => isUuid(id) && id[14] === '7' && '89ab'.includes(id[19] ?? '')));
});

test('a UUID is told by its lower-case text form', () => {
  assert.ok(isUuid(randomUuid()));
  for (const text of ['', 'x', randomUuid().toUpperCase(), `${randomUuid()}\n`, `{${randomUuid()}}`]) {
    assert.equal(isUuid(text), false);
  }
});
