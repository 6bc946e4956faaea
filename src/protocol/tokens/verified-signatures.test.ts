import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVerifiedSignatures } from './verified-signatures.ts';

test('a token is remembered with the key that verified it, and no other is', () => {
  const signatures = createVerifiedSignatures();
  signatures.remember('a.b.c', 'first');
  signatures.remember('a.b.d', 'second');
  assert.deepEqual(['a.b.c', 'a.b.d', 'a.b.e', 'a.b', 'A.b.c'].map(signatures.kidOf), [
    'first',
    'second',
    undefined,
    undefined,
    undefined,
  ]);
});

test('the oldest is forgotten when there are too many, and remembering one anew takes no place', () => {
  const signatures = createVerifiedSignatures(2);
  for (const token of ['a', 'b', 'b', 'a']) signatures.remember(token, 'kid');
  assert.deepEqual(['a', 'b'].map(signatures.kidOf), ['kid', 'kid']);
  signatures.remember('c', 'kid');
  assert.deepEqual(['a', 'b', 'c'].map(signatures.kidOf), [undefined, 'kid', 'kid']);
});
