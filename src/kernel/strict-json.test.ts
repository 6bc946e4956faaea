import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';

function faultOf(text: string, maxDepth?: number): string {
  try {
    parseStrictJson(text, maxDepth);
  } catch (error) {
    assert.ok(error instanceof StrictJsonError);
    return error.message;
  }
  assert.fail(`accepted ${text}`);
}

const jsonWithoutProto = fc
  .jsonValue({ maxDepth: 8 })
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

const whitespace = fc.constantFrom('', ' ', '\n', '\t', '\r\n  ');

test('every JSON value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(jsonWithoutProto, whitespace, (value, indent) => {
      const text = `${indent}${JSON.stringify(value, null, indent)}${indent}`;
      assert.deepEqual(parseStrictJson(text), JSON.parse(text));
    }),
  );
});

test('no text is accepted that JSON.parse refuses, and none is read differently', () => {
  const mangled = fc
    .tuple(jsonWithoutProto, fc.nat(), fc.constantFrom('', ',', '"', '\\', '}', '0', '-', '.', 'e', '\u0000'))
    .map(([value, place, insertion]) => {
      const text = JSON.stringify(value);
      const index = place % (text.length + 1);
      return text.slice(0, index) + insertion + text.slice(index + 1);
    });
  fc.assert(
    fc.property(mangled, (text) => {
      let value: unknown;
      try {
        value = parseStrictJson(text);
      } catch (error) {
        assert.ok(error instanceof StrictJsonError);
        return;
      }
      assert.deepEqual(value, JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

test('a duplicate key is refused at every depth, however it is spelled', () => {
  const keys = fc.string().filter((key) => key !== '__proto__');
  const containers = fc.array(fc.constantFrom('[0, @]', '{"k": @}'), { maxLength: 30 });
  fc.assert(
    fc.property(keys, containers, (key, path) => {
      for (const second of [JSON.stringify(key), `"${escapeAll(key)}"`]) {
        const inner = `{${JSON.stringify(key)}: 1, ${JSON.stringify(`${key}x`)}: 2, ${second}: 3}`;
        const text = path.reduce((nested, container) => container.replace('@', () => nested), inner);
        assert.match(faultOf(text), /^duplicate key at line 1/);
      }
    }),
  );
});

function escapeAll(key: string): string {
  return key
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

test('the prototype key is refused, also when it is escaped', () => {
  assert.equal(faultOf('{"a": {"__proto__": {}}}'), 'forbidden key at line 1, column 8');
  assert.match(faultOf('{"\\u005f_proto__": 1}'), /^forbidden key/);
});

test('a key named constructor is an ordinary key', () => {
  assert.deepEqual(parseStrictJson('{"constructor": 1, "toString": 2}'), { constructor: 1, toString: 2 });
});

test('nesting is accepted up to the limit and refused beyond it', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.deepEqual(parseStrictJson(nested(32)), JSON.parse(nested(32)));
  assert.match(faultOf(nested(33)), /^nesting deeper than 32/);
  assert.match(faultOf('{"a": 1, "b": [{}]}', 2), /^nesting deeper than 2/);
  assert.match(faultOf('['.repeat(4_000_000)), /^nesting deeper than 32/);
});

test('an error says where, and never what was written there', () => {
  assert.equal(faultOf('{\n  "name": "x",\n  "name": "s3cret"\n}'), 'duplicate key at line 3, column 3');
  for (const text of ['{"s3cret": s3cret}', '["s3cret', '"s3cret\\x"', '1 s3cret', '{"s3cret" 1}']) {
    assert.doesNotMatch(faultOf(text), /s3cret/);
  }
});

test('what RFC 8259 leaves open is refused', () => {
  assert.match(faultOf('"\\ud800"'), /^lone surrogate/);
  assert.match(faultOf('{"\\udc00": 1}'), /^lone surrogate/);
  assert.match(faultOf('1e999'), /^number out of range/);
  assert.match(faultOf('\ufeff{}'), /^value expected/);
});

test('texts that are nearly JSON are refused', () => {
  const texts = [
    '',
    ' ',
    '{',
    '[',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '[1 2]',
    '01',
    '+1',
    '.5',
    '1.',
    '-',
  ];
  texts.push(
    'tru',
    'True',
    'nulll',
    'NaN',
    'Infinity',
    '"a\nb"',
    '"a',
    '"\\',
    '{}{}',
    '[]]',
    '// c\n1',
    '\u00a01',
  );
  for (const text of texts) faultOf(text);
});

test('a long string, a wide object and a wide array are read', () => {
  const value = {
    long: 'A'.repeat(3_000_000),
    keys: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index])),
    items: Array.from({ length: 100_000 }, () => 0),
  };
  assert.deepEqual(parseStrictJson(JSON.stringify(value)), value);
});

test('more values than any request means are refused where the count is passed', () => {
  const items = (count: number) => `[${Array.from({ length: count }, () => '[]').join(',')}]`;
  assert.equal((parseStrictJson(items(199_999)) as readonly unknown[]).length, 199_999);
  assert.throws(() => parseStrictJson(items(200_000)), /more than 200000 values/);
});
