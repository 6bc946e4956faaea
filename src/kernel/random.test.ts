import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creationOrder, isUuid, orderedUuid, randomOctets, randomUuid } from './random.ts';

test('ordered UUIDs are version 7, unique, and sort by creation even within a millisecond', () => {
  const ids = Array.from({ length: 20_000 }, orderedUuid);
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => isUuid(id) && id[14] === '7' && '89ab'.includes(id[19] ?? '')));
});

test('the order of creation sorts, is never given twice, and is that of ordered UUIDs', () => {
  const orders = Array.from({ length: 20_000 }, (_, index) =>
    index % 2 === 0 ? creationOrder() : orderedUuid().replaceAll('-', '').slice(0, 16),
  );
  assert.deepEqual(orders.toSorted(), orders);
  assert.equal(new Set(orders).size, orders.length);
  assert.ok(orders.every((order) => /^[0-9a-f]{12}7[0-9a-f]{3}$/.test(order)));
});

test('random octets are as many as asked for, never given twice, and belong to who asked alone', () => {
  const lengths = [0, 1, 16, 32, 511, 512, 513, 5000];
  for (const length of lengths) assert.equal(randomOctets(length).length, length);
  const given = Array.from({ length: 5_000 }, () => randomOctets(32));
  const before = given.map((octets) => octets.toString('hex'));
  assert.equal(new Set(before).size, given.length);
  given[0]?.fill(0);
  assert.deepEqual(
    given.slice(1).map((octets) => octets.toString('hex')),
    before.slice(1),
  );
});

test('a UUID is told by its lower-case text form', () => {
  assert.ok(isUuid(randomUuid()));
  for (const text of ['', 'x', randomUuid().toUpperCase(), `${randomUuid()}\n`, `{${randomUuid()}}`]) {
    assert.equal(isUuid(text), false);
  }
});
