import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insistedValues, parseClaims } from './claims-parameter.ts';

test('claims are asked for at two places, in their three manners', () => {
  const text = JSON.stringify({
    userinfo: { name: null, email: { essential: true, purpose: 'mail' }, 'https://claims.example/a': {} },
    id_token: { acr: { essential: true, values: ['a', 'b'] }, sub: { value: 'x' } },
    verified: { name: null },
  });
  assert.deepEqual(parseClaims(text), {
    userinfo: { name: null, email: { essential: true }, 'https://claims.example/a': {} },
    id_token: { acr: { essential: true, values: ['a', 'b'] }, sub: { value: 'x' } },
  });
  assert.deepEqual(parseClaims('{}'), { userinfo: {}, id_token: {} });
});

for (const text of [
  '',
  'null',
  '[]',
  '"name"',
  '{"userinfo":null}',
  '{"userinfo":[]}',
  '{"userinfo":{"name":true}}',
  '{"userinfo":{"name":[]}}',
  '{"userinfo":{"name":{"essential":"true"}}}',
  '{"userinfo":{"name":{"values":"a"}}}',
  '{"userinfo":{"name":{"values":[]}}}',
  '{"userinfo":{"name":null,"name":null}}',
  '{"userinfo":{"__proto__":null}}',
  '{"userinfo":{"name":null}',
  `{"userinfo":{"name":{"value":${'['.repeat(10)}${']'.repeat(10)}}}}`,
  JSON.stringify({ userinfo: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`c${n}`, null])) }),
  JSON.stringify({ userinfo: { name: { value: 'x'.repeat(9000) } } }),
]) {
  test(`what is malformed or too much asks for nothing: ${text.slice(0, 60)}`, () => {
    assert.equal(parseClaims(text), undefined);
  });
}

test('a request insists on one value, on some, or on none', () => {
  assert.deepEqual(insistedValues({ value: 'a' }), ['a']);
  assert.deepEqual(insistedValues({ values: ['a', 'b'] }), ['a', 'b']);
  for (const request of [{}, { essential: true }, null, undefined])
    assert.equal(insistedValues(request), undefined);
});
