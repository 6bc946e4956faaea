import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBuckets, type Rate } from './buckets.ts';

/** Buckets whose time the test tells. */
function open(rate: Rate, most = 1000) {
  const clock = { now: 5_000 };
  return { clock, buckets: createBuckets({ rate, milliseconds: () => clock.now, most }) };
}

const takeAll = (times: number, take: () => number): readonly number[] =>
  Array.from({ length: times }, () => take());

test('as many as the burst are taken at once, and then one an interval', () => {
  const { clock, buckets } = open({ intervalMs: 100, burst: 3 });
  assert.deepEqual(
    takeAll(5, () => buckets.take('a')),
    [0, 0, 0, 100, 100],
  );
  clock.now += 99;
  assert.equal(buckets.take('a'), 1);
  clock.now += 1;
  assert.deepEqual([buckets.take('a'), buckets.take('a')], [0, 100]);
  clock.now += 250;
  assert.deepEqual([buckets.take('a'), buckets.take('a'), buckets.take('a')], [0, 0, 50]);
});

test('one bucket is nothing to another', () => {
  const { buckets } = open({ intervalMs: 100, burst: 1 });
  assert.deepEqual([buckets.take('a'), buckets.take('a'), buckets.take('b')], [0, 100, 0]);
});

test('asking how long to wait takes nothing', () => {
  const { buckets } = open({ intervalMs: 100, burst: 1 });
  assert.deepEqual(
    [buckets.wait('a'), buckets.wait('a'), buckets.take('a'), buckets.wait('a')],
    [0, 0, 0, 100],
  );
});

test('what has happened already empties a bucket, and never makes it owe', () => {
  const { clock, buckets } = open({ intervalMs: 100, burst: 3 });
  for (let times = 0; times < 50; times += 1) buckets.drain('a');
  assert.equal(buckets.wait('a'), 100);
  clock.now += 100;
  assert.equal(buckets.wait('a'), 0);
});

test('a burst is whole whatever fraction of a millisecond an interval is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 1, max: 200 }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (perSecond, burst, start) => {
        const { clock, buckets } = open({ intervalMs: 1000 / perSecond, burst });
        clock.now = start;
        assert.ok(takeAll(burst, () => buckets.take('a')).every((wait) => wait === 0));
      },
    ),
  );
});

test('no more pass in any time than the burst and what the time brings', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 }),
      (intervalMs, burst, steps) => {
        const { clock, buckets } = open({ intervalMs, burst });
        const begun = clock.now;
        let passed = 0;
        for (const step of steps) {
          clock.now += step;
          const expected = buckets.wait('a');
          if (buckets.take('a') === 0) passed += 1;
          else assert.ok(expected > 0);
        }
        assert.ok(passed <= burst + (clock.now - begun) / intervalMs);
      },
    ),
  );
});

// against: operations/limits
test('of a million addresses no more are kept than there is room for, and none that has reached its limit is forgotten', () => {
  const { buckets } = open({ intervalMs: 1000, burst: 5 }, 10_000);
  const limited = Array.from({ length: 2_000 }, (_, index) => `limited ${index}`);
  for (const key of limited) for (let times = 0; times < 5; times += 1) buckets.drain(key);
  for (let index = 0; index < 1_000_000; index += 1) buckets.drain(`stranger ${index}`);
  assert.equal(buckets.size(), 10_000);
  assert.deepEqual(
    limited.filter((key) => buckets.wait(key) === 0),
    [],
  );
});

test('buckets that are full again are forgotten while others come', () => {
  const { clock, buckets } = open({ intervalMs: 10, burst: 5 }, 5_000);
  for (let index = 0; index < 900; index += 1) buckets.take(`early ${index}`);
  clock.now += 10;
  for (let index = 0; index < 1_500; index += 1) buckets.take(`late ${index}`);
  assert.equal(buckets.size(), 1_500);
});

test('where all that are kept have more to remember, the newcomer is not kept, and is let pass', () => {
  const { buckets } = open({ intervalMs: 10, burst: 5 }, 3);
  for (const key of ['a', 'b', 'c']) for (let times = 0; times < 2; times += 1) buckets.take(key);
  assert.deepEqual([buckets.take('new'), buckets.size()], [0, 3]);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => takeAll(4, () => buckets.take(key)).at(-1)),
    [10, 10, 10],
  );
});
