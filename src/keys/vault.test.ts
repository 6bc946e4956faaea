import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOctets } from '../kernel/random.ts';
import { createVault, VaultError, type VaultFault } from './vault.ts';

const vault = createVault(randomOctets(32));
const secret = Buffer.from('a secret');

function assertFault(open: () => unknown, fault: VaultFault): void {
  assert.throws(open, (error) => error instanceof VaultError && error.fault === fault);
}

test('a sealed text opens under its context, and never looks the same twice', () => {
  const sealed = vault.seal(secret, 'here');
  assert.deepEqual(vault.open(sealed, 'here'), secret);
  assert.notEqual(vault.seal(secret, 'here'), sealed);
  assert.deepEqual(vault.open(vault.seal(Buffer.alloc(0), ''), ''), Buffer.alloc(0));
});

test('a sealed text does not open in another context', () => {
  const sealed = vault.seal(secret, 'here');
  assertFault(() => vault.open(sealed, 'there'), 'altered');
});

test('a sealed text that was altered anywhere does not open', () => {
  const sealed = vault.seal(secret, 'here');
  const [version, id, text = ''] = sealed.split('.');
  const octets = Buffer.from(text, 'base64url');
  for (const index of octets.keys()) {
    const altered = Buffer.from(octets);
    altered[index] = (altered[index] ?? 0) ^ 1;
    assertFault(() => vault.open(`${version}.${id}.${altered.toString('base64url')}`, 'here'), 'altered');
  }
});

test('another key is told apart from an altered text', () => {
  const sealed = createVault(randomOctets(32)).seal(secret, 'here');
  assertFault(() => vault.open(sealed, 'here'), 'other-key');
});

test('what was never sealed is malformed', () => {
  for (const text of ['', 'x', 'v1.a', 'v2.a.b', `v1.${vault.keyId}.AAAA`, `${vault.seal(secret, 'a')}=`]) {
    assertFault(() => vault.open(text, 'a'), 'malformed');
  }
});

test('a key of another length is refused', () => {
  for (const length of [0, 16, 31, 33]) assert.throws(() => createVault(randomOctets(length)), RangeError);
});
