import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKeyPair, toJwk, toPem } from '../../../test/fixtures/client-assertion.ts';
import { createPublicKeyReader } from './public-key-reader.ts';

const { publicKey } = makeKeyPair('EdDSA');

test('a key that was read is kept, and never taken for another', () => {
  const read = createPublicKeyReader();
  const [pem, jwk, other] = [toPem(publicKey), toJwk(publicKey), toPem(makeKeyPair('EdDSA').publicKey)];
  const key = read(pem);
  assert.ok(key.equals(publicKey));
  assert.equal(read(pem), key);
  assert.ok(read(jwk).equals(publicKey));
  assert.equal(read({ ...jwk }), read(jwk));
  assert.ok(!read(other).equals(publicKey));
});

test('keys are kept up to a number', () => {
  const read = createPublicKeyReader();
  const pem = toPem(publicKey);
  const first = read(pem);
  for (let index = 0; index < 999; index++) read(toJwk(publicKey, { kid: String(index) }));
  assert.equal(read(pem), first);
  read(toJwk(publicKey, { kid: 'one too many' }));
  assert.notEqual(read(pem), first);
});
