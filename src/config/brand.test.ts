import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand } from './brand-schema.ts';

const faultsOf = (value: object) => brand.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

test('the pages have the brand that the file names', () => {
  const chosen = { name: 'Example', logoUri: 'https://example.com/logo.svg', color: '#0A7b55' };
  assert.deepEqual(brand.parse(chosen), chosen);
  assert.deepEqual(brand.parse(undefined), { name: 'Clientele', logoUri: null, color: null });
});

test('a logo that is not https and a colour that is no colour are faults', () => {
  assert.deepEqual(faultsOf({ logoUri: 'http://example.com/logo.svg' }), ['must be an https URL']);
  assert.deepEqual(faultsOf({ logoUri: 'data:image/png;base64,AA==' }), ['must be an https URL']);
  for (const color of ['red', '#fff', '#12345g', '#123456;}body{display:none']) {
    assert.deepEqual(faultsOf({ color }), ['must be #rrggbb']);
  }
  assert.equal(faultsOf({ name: '  ' }).length, 1);
  assert.equal(faultsOf({ font: 'Comic Sans' }).length, 1);
});
