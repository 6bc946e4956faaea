import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAccount } from '../../test/fixtures/storage-entries.ts';
import { asEpochSeconds } from '../kernel/clock.ts';
import type { ProfileClaims } from './account.ts';
import { standardClaims } from './claims.ts';
import { parseProfileClaims, profileClaims } from './profile-claims.ts';

const everything: Required<ProfileClaims> = {
  name: 'Älice Example',
  given_name: 'Älice',
  family_name: 'Example',
  middle_name: 'B.',
  nickname: 'al',
  profile: 'https://example.com/alice',
  picture: 'https://example.com/alice.png',
  website: 'http://alice.example',
  gender: 'female',
  birthdate: '0000-02-29',
  zoneinfo: 'Europe/Zurich',
  locale: 'de-CH',
  phone_number: '+1 (604) 555-1234;ext=5678',
  phone_number_verified: true,
  address: { formatted: 'Street 1\nTown', postal_code: '8000', country: 'CH' },
};

test('every standard claim is told by its name, and none that the account does not have', () => {
  const account = anAccount({
    username: 'alice',
    email: 'alice@example.com',
    emailVerified: true,
    claims: everything,
    createdAt: asEpochSeconds(5),
    updatedAt: asEpochSeconds(7),
  });
  assert.deepEqual(standardClaims(account), {
    ...everything,
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
    updated_at: 7,
  });
  const bare = anAccount({ username: 'bob', createdAt: asEpochSeconds(5), updatedAt: asEpochSeconds(0) });
  assert.deepEqual(standardClaims(bare), { preferred_username: 'bob', updated_at: 5 });
});

test('claims as they should be are taken as they are', () => {
  assert.deepEqual(parseProfileClaims(everything), everything);
  assert.deepEqual(parseProfileClaims({ name: 'Alice', nickname: undefined }), { name: 'Alice' });
  for (const birthdate of ['1990', '1990-12-31', '0000-12-31']) {
    assert.ok(profileClaims.safeParse({ birthdate }).success, birthdate);
  }
});

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  name: ['', 7, null, 'x'.repeat(256)],
  picture: ['javascript:alert(1)', 'data:image/png;base64,AAAA', '/alice.png', 'alice'],
  website: ['ftp://alice.example'],
  birthdate: ['1990-13-01', '1990-02-30', '31.12.1990', '90'],
  zoneinfo: ['Mars/Olympus', ''],
  locale: ['de_', 'x'.repeat(65), ''],
  phone_number: ['0441234567', '+0 1', 'call me'],
  phone_number_verified: ['true'],
  address: ['Street 1', { street: 'Street 1' }],
  sub: ['somebody else'],
  email_verified: [true],
  role: ['administrator'],
};

test('claims of another form, and claims that are none of these, are refused', () => {
  for (const [claim, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.equal(profileClaims.safeParse({ [claim]: value }).success, false, `${claim}: ${value}`);
    }
  }
});
