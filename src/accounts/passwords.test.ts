import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '@node-rs/argon2';
import { createPasswords, PasswordsBusyError } from './passwords.ts';

const cost = { memoryCost: 8, timeCost: 1, parallelism: 1 };
const passwords = createPasswords({ cost });

test('a password verifies against its own hash alone', async () => {
  const hash = await passwords.hash('correct horse');
  assert.match(hash, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
  assert.equal(await passwords.verify('correct horse', hash), true);
  assert.equal(await passwords.verify('Correct horse', hash), false);
  assert.notEqual(await passwords.hash('correct horse'), hash);
});

test('the same password typed in another Unicode form verifies', async () => {
  const hash = await passwords.hash('café № 1');
  assert.equal(await passwords.verify('cafe\u0301 No 1', hash), true);
});

test('an absent account refuses every password', async () => {
  assert.equal(await passwords.verify('', null), false);
  assert.equal(await passwords.verify('anything', null), false);
});

test('a password longer than 1024 characters is refused, and not cut', async () => {
  const longest = 'x'.repeat(1024);
  const hash = await passwords.hash(longest);
  assert.equal(await passwords.verify(`${longest}x`, hash), false);
  await assert.rejects(passwords.hash(`${longest}x`), RangeError);
  await assert.rejects(passwords.hash(''), RangeError);
});

test('the default cost is not below the OWASP minimum, and a cheaper hash needs to be made again', async () => {
  const strong = createPasswords();
  const cheap = await passwords.hash('correct horse');
  assert.equal(strong.needsRehash(cheap), true);
  const hash = await strong.hash('correct horse');
  assert.equal(strong.needsRehash(hash), false);
  const made = parseOptions(hash);
  assert.ok(made.memoryCost >= 19_456 && made.timeCost >= 2);
});

test('calls above the limit wait their turn, and calls above the queue are refused', async () => {
  const bounded = createPasswords({ cost, concurrency: 1, waiting: 2 });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => bounded.hash('correct horse')));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  assert.equal(refused.length, 2);
  assert.ok(refused.every((reason) => reason instanceof PasswordsBusyError));
  assert.match(await bounded.hash('correct horse'), /^\$argon2id\$/);
});
