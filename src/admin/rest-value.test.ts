import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { readValue } from './rest-value.ts';

const messageOf = ({ message }: { readonly message: string }): string => message;

test('a value is read as the schema says, or its faults are told', () => {
  const schema = z.string('must be a string').transform((text) => text.length);
  assert.deepEqual(readValue(schema, 'abc', messageOf), { data: 3, faults: [] });
  assert.deepEqual(readValue(schema, 5, messageOf), { data: undefined, faults: ['must be a string'] });
  assert.deepEqual(readValue(schema, undefined, messageOf).faults, ['must be a string']);
});

test('of a list each text is told once, and of one that is too long no entry is looked at', () => {
  let looked = 0;
  const entry = z.custom<never>(() => {
    looked += 1;
    return false;
  }, 'is never right');
  const listOf = (length: number) => Array.from({ length }, () => 0);
  assert.deepEqual(readValue(z.array(entry), listOf(1_000), messageOf).faults, ['is never right']);
  assert.equal(looked, 1_000);
  assert.deepEqual(readValue(z.array(entry), listOf(1_001), messageOf), {
    data: undefined,
    faults: ['has too many entries'],
  });
  assert.equal(looked, 1_000);
});
