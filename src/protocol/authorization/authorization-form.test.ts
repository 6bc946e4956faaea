import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '../errors.ts';
import { parseAuthorizationForm } from './authorization-form.ts';
import { UnprovenRequestError } from './unproven-request.ts';

test('what has no fault is a form like any other', () => {
  const form = parseAuthorizationForm('client_id=a&scope=openid+email&state=&resource=x&resource=y');
  assert.equal(form.fault, undefined);
  assert.equal(form.get('scope'), 'openid email');
  assert.equal(form.get('state'), undefined);
  assert.deepEqual(form.resources, ['x', 'y']);
});

for (const text of ['scope=a&scope=b', 'scope=a&scope=a', 'scope=%', 'scope=%ff', 'scope=a&sc%6fpe=b']) {
  test(`a fault in another parameter is kept, and that parameter left out: ${text}`, () => {
    const form = parseAuthorizationForm(`client_id=a&${text}&redirect_uri=b&resource=x&resource=y`);
    assert.equal(form.fault?.code, 'invalid_request');
    assert.equal(form.get('scope'), undefined);
    assert.equal(form.get('client_id'), 'a');
    assert.equal(form.get('redirect_uri'), 'b');
    assert.deepEqual(form.resources, ['x', 'y']);
  });
}

for (const [text, title] of [
  ['client_id=a&client_id=a', 'Invalid client_id'],
  ['client_id=a&client_id=b', 'Invalid client_id'],
  ['client_id=a&client_id=', 'Invalid client_id'],
  ['client_id=a&client%5fid=b', 'Invalid client_id'],
  ['client_id=%zz', 'Invalid client_id'],
  ['redirect_uri=a&redirect_uri=a', 'Invalid redirect_uri'],
  ['redirect_uri=a&redirect_uri=b', 'Invalid redirect_uri'],
  ['redirect_uri=%ff', 'Invalid redirect_uri'],
] as const) {
  // against: redirects/unproven
  test(`a fault in what proves the request leaves nothing proven: ${text}`, () => {
    assert.throws(
      () => parseAuthorizationForm(`${text}&state=s`),
      (error) => error instanceof UnprovenRequestError && error.title === title,
    );
  });
}

for (const text of [
  'client_id=a&state=\u0000',
  'client_id=a\n',
  Array.from({ length: 101 }, (_, n) => `a${n}=b`).join('&'),
]) {
  test(`a text without any reading is refused: ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.throws(
      () => parseAuthorizationForm(text),
      (error) => error instanceof OAuthError && error.code === 'invalid_request',
    );
  });
}
