import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, toBase64url } from '../../kernel/encoding.ts';
import { creationOrder, randomOctets } from '../../kernel/random.ts';
import { opaqueTokenHash } from './opaque-token.ts';

const random = toBase64url(randomOctets(32));
const order = creationOrder();
const token = `cla_${order}${random}`;

test('an opaque token is found by the order of its creation and the hash of all of it', () => {
  assert.equal(opaqueTokenHash(token), order + sha256(token));
  const altered = `cla_${creationOrder()}${random}`;
  assert.notEqual(opaqueTokenHash(altered).slice(16), opaqueTokenHash(token).slice(16));
});

test('what has another form is found by its hash alone: nothing that a caller sends as it likes gets into the key', () => {
  const others = [
    `cla_${random}`,
    'cla_',
    `${token}x`,
    token.slice(0, -1),
    `cla_${order.toUpperCase().replace(/^./, 'F')}${random}`,
    `cla_\0${order.slice(1)}${random}`,
    `${token}\n`,
    `xcla_${order}${random}`,
  ];
  for (const other of others) assert.equal(opaqueTokenHash(other), sha256(other));
});
