import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../src/kernel/clock.ts';
import { placeOutcome } from '../effects/sign-ins.ts';
import { callback } from '../fixtures/relying-party.ts';
import { alice, bob, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { rightText } from './manglings.ts';
import { pageTargets } from './page-targets.ts';
import { assertClear, contentOf, openMangled } from './world.ts';

/** A text as long, and another. */
const another = (value: string): string => (value.startsWith('a') ? 'b' : 'a') + value.slice(1);

// against: interaction/csrf
test('a session cookie that is not as it was given is nobody’s, and harms no session', async (context) => {
  const world = await openMangled(context);
  const { server, person, newPerson, relyingParty, send } = world;
  const somebody = newPerson();
  await signInAndAllow(somebody, relyingParty.authorize(), bob);
  const sessionOf = (one: typeof person) =>
    one.jar.list(new URL(server.issuer)).find(({ name }) => name.endsWith('session')) ?? assert.fail();
  const { name, value } = sessionOf(person);
  const [id = '', secret = ''] = value.split('.');
  const [otherId = ''] = sessionOf(somebody).value.split('.');
  const forged: Readonly<Record<string, string>> = {
    'another secret': `${name}=${id}.${another(secret)}`,
    'the id of another session': `${name}=${otherId}.${secret}`,
    'no secret': `${name}=${id}`,
    'an empty secret': `${name}=${id}.`,
    'half a secret': `${name}=${value.slice(0, -20)}`,
    'more than a secret': `${name}=${value}x`,
    'no id': `${name}=.${secret}`,
    'in quotes': `${name}="${value}"`,
    nothing: `${name}=`,
    'only a name': name,
    'twice, the second another': `${name}=${value}; ${name}=${id}.${another(secret)}`,
    'twice the same': `${name}=${value}; ${name}=${value}`,
    oversized: `${name}=${'x'.repeat(6000)}`,
    'many entries': `${name}=${Array.from({ length: 40 }, () => `${id}.${another(secret)}`).join('~')}`,
    'percent-encoded': `${name}=${encodeURIComponent(value).replace('.', '%2e')}`,
    'under the name of another installation': `__Host-${name}=${value}`,
    'no text': `${name}=\u00ff\u00fe`,
  };
  const before = await contentOf(world);
  const { search } = relyingParty.authorize({ prompt: 'none' }).url;
  const text = search.slice(1);
  for (const [what, cookie] of Object.entries(forged)) {
    const silent = await send({ method: 'GET', path: '/oauth/authorize', text, cookie });
    assertClear(server, silent, what);
    assert.match(silent.location ?? '', /error=login_required/, what);
    const ended = await send({ method: 'GET', path: '/oauth/end-session', text: '', cookie });
    assertClear(server, ended, what);
    assert.equal(ended.status, 200, what);
    const posted = await send({ method: 'POST', path: '/account/sessions', text: 'end=others', cookie });
    assertClear(server, posted, what);
    assert.match(posted.location ?? '', /^\/login\?/, what);
  }
  // Whoever is to sign in for the account pages has a page that waits.
  await server.database.run('delete from interactions');
  assert.equal(await contentOf(world), before);
  assert.equal(placeOutcome(await person.open(`/oauth/authorize?${text}`)), 'code');
});

const session = /clientele-session=[^;]*/;

/** Cookies that are not those of the browser that a page was shown in. */
function othersThan(own: string, stranger: string): Readonly<Record<string, string | undefined>> {
  const browser = /clientele-browser=[^;]*/;
  return {
    none: undefined,
    'of another browser': stranger,
    'the session alone': own.replace(browser, ''),
    'another secret of the browser': own.replace(/(?<=clientele-browser=)./, another),
    'the secret of another browser': own.replace(browser, browser.exec(stranger)?.[0] ?? ''),
  };
}

for (const [name, open] of Object.entries(pageTargets)) {
  // against: interaction/csrf
  test(`${name} belongs to the browser that it was shown in: with another’s cookies, or none, it counts for nothing`, async (context) => {
    const world = await openMangled(context);
    const { server, newPerson, relyingParty, send, cookieOf } = world;
    const somebody = newPerson();
    await signInAndAllow(somebody, relyingParty.authorize(), bob);
    const target = await open(world);
    const [request = assert.fail()] = target.requests;
    const before = await contentOf(world, 'interactions');
    const own = request.cookie ?? '';
    const others = {
      ...othersThan(own, cookieOf(somebody) ?? ''),
      ...(target.provenBy === undefined && session.test(own) && { 'no session': own.replace(session, '') }),
    };
    for (const [what, cookie] of Object.entries(others)) {
      const answer = await send({ ...request, text: rightText(target.parameters), cookie });
      assertClear(server, answer, what);
      assert.ok(!answer.location?.startsWith(callback), `${what}: ${answer.location}`);
      const shown = await send({ method: 'GET', path: target.address, text: '', cookie });
      assertClear(server, shown, what);
      // Pages that no request waits at are about the session, in whatever browser.
      if (target.address.includes('interaction=')) assert.doesNotMatch(shown.text, /Alice/, what);
    }
    assert.equal(await contentOf(world, 'interactions'), before);
    const right = await send({ ...request, text: rightText(target.parameters) });
    assert.ok(target.succeeds(right), `${right.status} ${right.location}`);
  });
}

test('a mark of the browser that this server has not made is no mark, and keeps nobody out', async (context) => {
  const world = await openMangled(context);
  const { person, server, send, cookieOf, newPerson } = world;
  const [, own = ''] = /clientele-device=([^;]*)/.exec(cookieOf(person) ?? '') ?? [];
  const open = pageTargets['the login page'] ?? assert.fail();
  for (const mark of [
    '',
    another(own),
    own.slice(0, -1),
    `${own}x`,
    'x'.repeat(6000),
    '%00',
    `${own}.${own}`,
  ]) {
    const { requests, parameters, succeeds } = await open({ ...world, visitor: newPerson() });
    const [request = assert.fail()] = requests;
    const cookie = `${request.cookie}; clientele-device=${mark}; clientele-device=${another(own)}`;
    const answer = await send({ ...request, text: rightText(parameters), cookie });
    assertClear(server, answer, mark);
    assert.ok(succeeds(answer), `${mark}: ${answer.status} ${answer.location}`);
  }
});

test('a session that has ended by time is nobody’s, and who comes with it signs in anew', async (context) => {
  const clock = createManualClock();
  const { person, relyingParty } = await openSignInWorld(context, { clock });
  await signInAndAllow(person, relyingParty.authorize());
  const silent = async () => placeOutcome(await person.open(relyingParty.authorize({ prompt: 'none' }).url));
  assert.equal(await silent(), 'code');
  await person.open(relyingParty.authorize({ prompt: 'consent' }).url);
  const page = person.page();
  clock.advance(24 * 3600 - 1);
  assert.equal(await silent(), 'code');
  clock.advance(24 * 3600 + 1);
  assert.equal(await silent(), 'error login_required');
  const late = await person.press('consent-allow', {}, page);
  assert.deepEqual([late.status, late.client], [400, null]);
  await person.open(relyingParty.authorize().url);
  assert.equal(placeOutcome(await person.signIn(alice)), 'code');
});
