import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAccount } from '../../test/fixtures/storage-entries.ts';
import { showAccount } from './shown.ts';

const email = 'alice@example.com';

test('an address is shown as an account’s where somebody has verified it, and else left out', () => {
  const account = anAccount({ username: 'mallory', email, claims: { name: 'Mallory' } });
  const shown = { username: 'mallory', name: 'Mallory' };
  assert.deepEqual(showAccount({ ...account, emailVerified: true }), { ...shown, email });
  assert.deepEqual(showAccount({ ...account, emailVerified: false }), { ...shown, email: null });
});
