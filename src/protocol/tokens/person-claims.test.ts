import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAccount } from '../../../test/fixtures/storage-entries.ts';
import { type ClaimsWanted, personClaims } from './person-claims.ts';

const account = anAccount({
  email: 'alice@example.com',
  emailVerified: true,
  claims: { name: 'Alice', address: { country: 'DE' }, phone_number: '1', phone_number_verified: false },
});
const wanted: ClaimsWanted = {
  scopes: ['openid'],
  claims: { userinfo: {}, id_token: {} },
  place: 'userinfo',
  hasAccessToken: true,
};
const namesOf = (changes: Partial<ClaimsWanted>) =>
  Object.keys(personClaims(account, { ...wanted, ...changes })).toSorted();

test('each scope asks for its claims, of those that the account has', () => {
  assert.deepEqual(namesOf({}), []);
  assert.deepEqual(namesOf({ scopes: ['profile'] }), ['name', 'preferred_username', 'updated_at']);
  assert.deepEqual(namesOf({ scopes: ['email', 'address'] }), ['address', 'email', 'email_verified']);
  assert.deepEqual(namesOf({ scopes: ['phone'] }), ['phone_number', 'phone_number_verified']);
  assert.deepEqual(namesOf({ scopes: ['constructor', 'reports'] }), []);
});

test('an ID token has what scopes ask for only where no access token goes with the sign-in', () => {
  const scopes = ['openid', 'email'];
  const place = 'id_token';
  assert.deepEqual(namesOf({ scopes, place }), []);
  assert.deepEqual(namesOf({ scopes, place, hasAccessToken: false }), ['email', 'email_verified']);
});

test('a claim that is asked for one by one is answered where it is asked for, with a value that will do', () => {
  const claims = {
    userinfo: {
      name: { value: 'Alice', essential: true },
      email: { values: ['other', 'alice@example.com'] },
      address: { value: { country: 'DE' } },
      phone_number: { value: '2' },
      sub: null,
      __proto__: null,
      toString: null,
    },
    id_token: { phone_number: null, nickname: null },
  } as ClaimsWanted['claims'];
  assert.deepEqual(namesOf({ claims }), ['address', 'email', 'name']);
  assert.deepEqual(namesOf({ claims, place: 'id_token' }), ['phone_number']);
});
