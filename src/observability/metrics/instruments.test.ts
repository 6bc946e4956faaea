import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounter, createFamily, createHistogram } from './instruments.ts';

test('a histogram counts a value in the first bucket that holds it, and in those after it', () => {
  const histogram = createHistogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 100]) histogram.observe(value);
  assert.deepEqual(histogram.value(), { cumulative: [2, 4, 5, 6], sum: 107.5 });
});

test('a family has one instrument for the same values, and another for others', () => {
  const family = createFamily(createCounter);
  family.at('a', 'b').add();
  family.at('a', 'b').add();
  family.at('a', 'c').add();
  family.at('b', 'a').add();
  assert.deepEqual(
    family.all().map(([values, counter]) => [...values, counter.value()]),
    [
      ['a', 'b', 2],
      ['a', 'c', 1],
      ['b', 'a', 1],
    ],
  );
});

test('a metric without labels has one instrument', () => {
  const family = createFamily(createCounter);
  family.at('').add();
  family.at('').add();
  assert.equal(family.all().length, 1);
});
