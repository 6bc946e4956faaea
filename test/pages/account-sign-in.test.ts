import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../src/kernel/clock.ts';
import { alice, openSignInWorld } from '../fixtures/sign-in-world.ts';

test('a person gets to their account by signing in, and proves it once more before anything is changed', async (context) => {
  const { username, password } = alice;
  const credentials = { username, password };
  const clock = createManualClock();
  const { person } = await openSignInWorld(context, { clock });
  const asked = await person.open('/account/sessions');
  assert.equal(asked.url.pathname, '/login');
  assert.equal((await person.signIn(credentials)).url.pathname, '/account/sessions');
  assert.match(person.page().text, /This device/);

  clock.advance(600);
  const unproven = await person.open('/account/security');
  assert.deepEqual(unproven.page?.forms, []);
  const proof = unproven.page?.links.find(({ href }) => href.pathname === '/account/security/confirm');
  assert.ok(proof);
  assert.equal((await person.open(proof.href.href)).url.pathname, '/login');
  assert.match(person.page().text, /Confirm that it is you/);
  assert.equal((await person.signIn(credentials)).url.pathname, '/account/security');
  await person.press('password-submit', {
    values: {
      'current-password': password,
      'new-password': 'alice takes another way',
      'new-password-again': 'alice takes another way',
    },
  });
  assert.match(person.page().text, /Your password has been changed/);
});
