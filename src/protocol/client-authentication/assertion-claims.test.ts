import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asEpochSeconds } from '../../kernel/clock.ts';
import { checkAssertionClaims } from './assertion-claims.ts';

const now = asEpochSeconds(1_800_000_000);
const issuer = 'https://as.example';
const context = { audiences: new Set([issuer, `${issuer}/oauth/token`]), now };
const good = { iss: 'a', sub: 'a', aud: issuer, jti: 'b', exp: now + 60 };
const check = (changes: object) =>
  checkAssertionClaims(JSON.parse(JSON.stringify({ ...good, ...changes })), context);

function assertRefused(changes: object): void {
  assert.throws(() => check(changes), { code: 'invalid_client' }, JSON.stringify(changes));
}

test('the claims that are needed suffice, and others are left alone', () => {
  const expected = { clientId: 'a', jti: 'b', exp: now + 60 };
  assert.deepEqual(check({}), expected);
  assert.deepEqual(check({ aud: `${issuer}/oauth/token`, nbf: now, iat: now, scope: ['x'] }), expected);
});

test('iss and sub are one string', () => {
  for (const changes of [{ iss: undefined }, { sub: undefined }, { sub: 'b' }, { iss: 1, sub: 1 }]) {
    assertRefused(changes);
  }
  assertRefused({ iss: null, sub: null });
});

// against: client-authentication/audience
test('aud is one string that names this server exactly', () => {
  for (const aud of [
    undefined,
    null,
    '',
    [],
    [issuer],
    [issuer, `${issuer}/oauth/token`],
    `${issuer}/`,
    `${issuer}/oauth/token/`,
    `${issuer}/oauth/introspect`,
    'HTTPS://as.example',
    'https://other.example',
  ]) {
    assertRefused({ aud });
  }
});

test('exp is ahead, by an hour and a minute at most', () => {
  for (const exp of [now + 1, now + 0.5, now + 3660]) assert.equal(check({ exp }).exp, Math.ceil(exp));
  for (const exp of [undefined, null, String(now + 60), now, now - 1, now - 0.5, now + 3661, 0, -1]) {
    assertRefused({ exp });
  }
  const endless = JSON.parse(`{"iss":"a","sub":"a","aud":"${issuer}","jti":"b","exp":1e999}`);
  assert.throws(() => checkAssertionClaims(endless, context), { code: 'invalid_client' });
});

test('nbf and iat are not ahead by more than a minute', () => {
  for (const name of ['nbf', 'iat']) {
    for (const time of [now + 60, now, now - 10_000]) assert.ok(check({ [name]: time }));
    for (const time of [now + 61, String(now), null, true, [now]]) assertRefused({ [name]: time });
  }
});

test('jti has 1 to 255 characters', () => {
  assert.equal(check({ jti: 'x'.repeat(255) }).jti.length, 255);
  for (const jti of [undefined, null, '', 'x'.repeat(256), 1, ['b']]) assertRefused({ jti });
});
