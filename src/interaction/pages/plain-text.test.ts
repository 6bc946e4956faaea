import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from './html.ts';
import { isolated, plainText } from './plain-text.ts';

test('characters that rearrange or hide others are left out', () => {
  assert.equal(plainText('pay\u202epal\u202c\u2066x\u2069\u200f', 60), 'paypalx');
  assert.equal(plainText('a\u200b\u200d\ufeff\u00ad\u2060\u034f\u115f\u3164\u{e0041}b', 60), 'ab');
  assert.equal(plainText('\u200b\u202e\u2800', 60), '');
});

test('a name is one line, with single spaces and none around it', () => {
  assert.equal(plainText(' a\r\n\tb\u0000\u0085\u2028c\u00a0\u3000 d ', 60), 'a b c d');
});

test('marks do not pile up over the lines around', () => {
  assert.equal(plainText(`e${'\u0301'.repeat(50)}x`, 60), `e${'\u0301'.repeat(3)}x`);
});

test('a long name is cut between characters as people count them', () => {
  const flag = '\u{1f1e9}\u{1f1ea}';
  assert.equal(plainText('a'.repeat(61), 60), `${'a'.repeat(59)}…`);
  assert.equal(plainText('a'.repeat(60), 60), 'a'.repeat(60));
  assert.equal(plainText(flag.repeat(4), 3), `${flag.repeat(2)}…`);
  assert.equal(plainText('a b', 2), 'a…');
  assert.equal(plainText(`${'\u200b'.repeat(10_000)}a`, 60), '…');
});

test('half of a surrogate pair and what no font has are shown as such', () => {
  assert.equal(plainText('a\ud800b\ue000', 60), 'a\ufffdb\ufffd');
});

test('whatever is written, no more is shown than the limit, and nothing that cannot be seen', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      fc.integer({ min: 1, max: 80 }),
      (text, limit) => {
        const shown = plainText(text, limit);
        const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(shown)];
        assert.ok(characters.length <= limit);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
      },
    ),
  );
});

test('a name has an element of its own for its direction', () => {
  assert.equal(textOf(isolated('<b>\u05d0', 60)), '<bdi>&lt;b&gt;\u05d0</bdi>');
});
