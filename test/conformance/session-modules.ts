import assert from 'node:assert/strict';
import type { Person } from '../fixtures/person.ts';
import { errorOf, finish, random, requestFrom, runFlow, signIn, type Tokens } from './flow.ts';
import type { Modules } from './modules.ts';
import type { Fields, PlanWorld } from './plan-world.ts';

/** Asks again in the same browser, and is answered at once: nobody is asked anything. */
async function answersAtOnce(world: PlanWorld, person: Person, changes: Fields): Promise<Tokens> {
  const request = requestFrom(world, changes);
  const place = await person.open(request.url);
  assert.equal(place.requests, 1);
  return finish(world, request, place);
}

/** Asks again in the same browser, and the person has to sign in once more. */
async function asksToSignIn(world: PlanWorld, person: Person, changes: Fields): Promise<Tokens> {
  const request = requestFrom(world, changes);
  const { page, status, url } = await person.open(request.url);
  assert.deepEqual([status, url.pathname], [200, '/login']);
  assert.ok(page?.forms[0]?.fields.some(({ type }) => type === 'password'));
  return finish(world, request, await signIn(person, request));
}

/** Two ID tokens are about the same sign-in of the same person. */
function areOfSameSignIn(first: Tokens, second: Tokens): void {
  for (const name of ['sub', 'auth_time', 'sid', 'acr'] as const) {
    assert.ok(first.claims[name] !== undefined);
    assert.equal(second.claims[name], first.claims[name], name);
  }
}

/** Two ID tokens are about the same person, who signed in once more in between, a moment ago. */
function isOfLaterSignIn(world: PlanWorld, first: Tokens, second: Tokens): void {
  assert.equal(second.claims.sub, first.claims.sub);
  assert.ok(Number(second.claims['auth_time']) > Number(first.claims['auth_time']));
  assert.equal(second.claims['auth_time'], world.clock.now());
}

/** What becomes of a second request in a browser where somebody is signed in, or of a first where nobody is. */
export const sessionModules: Modules = {
  'oidcc-prompt-login: who is signed in signs in again, and is the same person later': async (world) => {
    const person = world.newPerson();
    const first = await runFlow(world, person);
    world.clock.advance(1);
    isOfLaterSignIn(world, first, await asksToSignIn(world, person, { prompt: 'login' }));
  },

  'oidcc-prompt-none-not-logged-in: the client is told that nobody is, and gets its state as it was': async (
    world,
  ) => {
    const request = requestFrom(world, { prompt: 'none', state: random(96) });
    const place = await world.newPerson().open(request.url);
    assert.equal(request.state?.length, 128);
    assert.equal(errorOf(world, request, place), 'login_required');
  },

  'oidcc-prompt-none-logged-in: nobody is asked, and the sign-in is the first': async (world) => {
    const person = world.newPerson();
    const first = await runFlow(world, person);
    world.clock.advance(60);
    areOfSameSignIn(first, await answersAtOnce(world, person, { prompt: 'none' }));
  },

  'oidcc-max-age-1: a sign-in of two seconds ago is too old': async (world) => {
    const person = world.newPerson();
    const first = await runFlow(world, person);
    world.clock.advance(2);
    isOfLaterSignIn(world, first, await asksToSignIn(world, person, { max_age: '1' }));
  },

  'oidcc-max-age-10000: one of two hours ago is not, and the ID token says when it was': async (world) => {
    const person = world.newPerson();
    const first = await runFlow(world, person, { max_age: '15000' });
    world.clock.advance(7200);
    areOfSameSignIn(first, await answersAtOnce(world, person, { max_age: '10000' }));
  },

  'oidcc-id-token-hint: the ID token of the first sign-in names who is meant': async (world) => {
    const person = world.newPerson();
    const first = await runFlow(world, person);
    world.clock.advance(60);
    const hint = { prompt: 'none', id_token_hint: first.idToken };
    areOfSameSignIn(first, await answersAtOnce(world, person, hint));
  },
};
