import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chosenSecretFault, generateSecret, hintOf, isGeneratedSecret } from './secret-text.ts';

test('a generated secret is recognised by its prefix, its length and its checksum', () => {
  const secrets = Array.from({ length: 200 }, generateSecret);
  for (const secret of secrets) {
    assert.match(secret, /^cls_[0-9A-Za-z]{92}$/);
    assert.ok(isGeneratedSecret(secret));
    assert.equal(chosenSecretFault(secret), undefined);
  }
  assert.equal(new Set(secrets).size, secrets.length);
});

test('a generated secret of which one character was changed is not one', () => {
  const other = (letter: string) => (letter === 'A' ? 'B' : 'A');
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 95 }), (index) => {
      const secret = generateSecret();
      const changed = `${secret.slice(0, index)}${other(secret.charAt(index))}${secret.slice(index + 1)}`;
      assert.ok(!isGeneratedSecret(changed));
    }),
  );
  for (const text of ['', 'cls_', 'x'.repeat(96), `${generateSecret()}0`, generateSecret().slice(1)]) {
    assert.ok(!isGeneratedSecret(text), text);
  }
});

test('a hint shows at most five characters and never more than a quarter', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (secret) => {
      const hint = hintOf(secret);
      assert.ok(secret.startsWith(hint));
      assert.ok(hint.length <= 5 && hint.length * 4 <= secret.length);
    }),
  );
  assert.match(hintOf(generateSecret()), /^cls_.$/);
});

test('a chosen secret is 8 to 1024 printable ASCII characters', () => {
  for (const text of ['12345678', 'x'.repeat(1024), ' pass phrase ~']) {
    assert.equal(chosenSecretFault(text), undefined);
  }
  for (const text of ['', '1234567', 'x'.repeat(1025), 'ümlauts are out', 'a\tb\nc\u0000defg']) {
    assert.notEqual(chosenSecretFault(text), undefined, JSON.stringify(text));
  }
});
