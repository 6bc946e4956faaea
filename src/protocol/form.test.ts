import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError } from './errors.ts';
import { parseForm } from './form.ts';

const isInvalidRequest = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_request';

test('a form reads what URLSearchParams writes', () => {
  const name = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text !== 'resource');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'binary' })), {
        selector: ([key]) => key,
        maxLength: 20,
      }),
      (pairs) => {
        const form = parseForm(new URLSearchParams(pairs.map(([key, value]) => [key, value])).toString());
        for (const [key, value] of pairs) assert.equal(form.get(key), value === '' ? undefined : value);
      },
    ),
  );
});

test('a parameter without a value is absent, and still may not be repeated', () => {
  assert.equal(parseForm('scope=&grant_type').get('scope'), undefined);
  assert.throws(() => parseForm('scope=&scope=a'), isInvalidRequest);
});

test('resource alone may be repeated', () => {
  assert.deepEqual(parseForm('resource=a&resource=&resource=b').resources, ['a', 'b']);
  assert.throws(() => parseForm('token=a&token=a'), isInvalidRequest);
  assert.throws(() => parseForm('token=a&%74oken=a'), isInvalidRequest);
});

test('names of the prototype are parameters like any other', () => {
  const form = parseForm('__proto__=a&toString=b');
  assert.deepEqual([form.get('__proto__'), form.get('constructor')], ['a', undefined]);
});

test('what is malformed is refused', () => {
  const body = Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&');
  for (const text of ['a=%', 'a=%2', 'a=%zz', 'a=%ff', 'a=%c3', 'a=b\n', 'a=b\0', 'a=\x7f', body]) {
    assert.throws(() => parseForm(text), isInvalidRequest, text);
  }
});

test('who is told of a fault is told of parameters, wherever they stood', () => {
  for (const text of ['state=%ff', 'a=b\0']) {
    assert.throws(
      () => parseForm(text),
      (error) => error instanceof OAuthError && /^The parameters are not valid/.test(error.description),
    );
  }
});

test('spaces and letters that stand unescaped are read as they stand', () => {
  const form = parseForm('scope=reports exports&name=ü');
  assert.deepEqual([form.get('scope'), form.get('name')], ['reports exports', 'ü']);
});
