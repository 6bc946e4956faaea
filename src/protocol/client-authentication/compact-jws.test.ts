import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCompactJws } from './compact-jws.ts';

const encode = (part: string | Uint8Array): string => Buffer.from(part).toString('base64url');
const compact = (header: string, payload: string): string => `${encode(header)}.${encode(payload)}.c2ln`;
/** What `parseStrictJson` reads: no text of it names `__proto__`, and numbers are finite. */
const anObject = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue())
  .filter((value) => !JSON.stringify(value).includes('"__proto__":'));

test('every object is read as it was written, with any space in between', () => {
  const property = fc.property(anObject, anObject, fc.nat(3), (header, payload, indent) => {
    const read = parseCompactJws(
      compact(JSON.stringify(header, null, indent), JSON.stringify(payload, null, indent)),
    );
    // A negative zero is written as zero.
    const expected = JSON.parse(JSON.stringify({ header, payload }));
    assert.deepEqual(JSON.parse(JSON.stringify(read)), expected);
  });
  fc.assert(property);
});

test('a member that is repeated is refused at every depth, however its name is spelled', () => {
  for (const text of [
    '{"alg":"HS256","alg":"none"}',
    '{"alg":"HS256","\\u0061lg":"HS256"}',
    '{"alg" :1,"alg"\n:1}',
    '{"a":{"b":1,"b":1}}',
    '{"a":[{"b":1},{"b":1,"b":[]}]}',
    '{"__proto__":1,"__proto__":1}',
    '{"a\\"":1,"a\\"":1}',
  ]) {
    assert.equal(parseCompactJws(compact(text, '{}')), undefined, text);
    assert.equal(parseCompactJws(compact('{}', text)), undefined, text);
  }
});

test('names and colons inside of strings are no members', () => {
  for (const text of ['{"a":"\\"a\\":"}', '{"a":["a","a"],"b":"a:"}', '{"a":{"b":1},"c":{"b":1}}']) {
    assert.deepEqual(parseCompactJws(compact(text, '{}'))?.header, JSON.parse(text));
  }
});

test('what is malformed, or could be written in another way, is refused', () => {
  const good = compact('{}', '{}');
  assert.ok(parseCompactJws(good));
  const [header = '', payload = '', signature = ''] = good.split('.');
  for (const text of [
    '',
    '.',
    '..',
    'a.b.c',
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${good}.${signature}`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}.${signature}=`,
    `${header}.${payload}.${signature} `,
    `${header}.${payload}.c2lh+w`,
    // The last two bits of the last letter are not zero.
    `e31.${payload}.${signature}`,
    compact('', '{}'),
    compact('null', '{}'),
    compact('[]', '{}'),
    compact('"a"', '{}'),
    compact('{}', '1'),
    compact('{} x', '{}'),
    compact('\ufeff{}', '{}'),
    compact("{'a':1}", '{}'),
    `${encode(Buffer.from('{"a":"\xff"}', 'latin1'))}.${payload}.${signature}`,
  ]) {
    assert.equal(parseCompactJws(text), undefined, text);
  }
});

test('a text that nests deeper than any stack is refused like another', () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  assert.equal(parseCompactJws(compact('{}', deep)), undefined);
});
