import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { inOneWorld } from '../connect/world.ts';
import { createPerson, type Person, type Place } from '../fixtures/person.ts';
import { ada, goElsewhere, openUpstreamWorld, signInThere, type UpstreamWorld } from './world.ts';

interface World extends UpstreamWorld {
  readonly clock: ManualClock;
}

async function open(context: TestContext): Promise<World> {
  const clock = createManualClock();
  return { ...(await openUpstreamWorld(context, { clock })), clock };
}

/** Finishes a sign-in through both servers, and reads who it is. */
async function whoIs({ here }: World, person: Person, parameters = {}) {
  const request = here.relyingParty.authorize({ scope: 'openid profile email', ...parameters });
  const { client } = await signInThere(person, request);
  const tokens = await here.relyingParty.complete(client, request);
  const claims = await here.relyingParty.verifyIdToken(tokens.idToken ?? '', request.nonce);
  return { claims, tokens, userinfo: (await here.relyingParty.userinfo(tokens.accessToken)).body };
}

/** A browser that has signed in at the other server, and has not come back yet; and the address that it was sent to. */
async function onTheWayBack({ here, there, clock }: World, decision: 'allow' | 'deny' = 'allow') {
  const person = createPerson({ issuer: here.server.issuer, clock });
  const request = here.relyingParty.authorize();
  const { location } = await goElsewhere(person, request);
  const atOther = createPerson({ issuer: there.server.issuer, clock, jar: person.jar });
  await atOther.open(location ?? assert.fail());
  await atOther.signIn(ada);
  // The provider's question is asked until it has been answered once.
  const isAsked = atOther.place().url.pathname === '/consent';
  if (isAsked) await (decision === 'allow' ? atOther.allow() : atOther.deny());
  const callback = atOther.place().location ?? assert.fail(`${atOther.place().url}`);
  return { person, request, callback };
}

const isSignedIn = async ({ here }: World, person: Person): Promise<boolean> => {
  const { client } = await person.openTab().open(here.relyingParty.authorize({ prompt: 'none' }).url);
  assert.ok(client, 'prompt=none leads back to the client');
  // Somebody who is signed in may not have allowed anything yet.
  return client.parameters.get('error') !== 'login_required';
};

/** A page that says in words what is wrong, and leads to no client. */
function assertTold(place: Place, status: number, words: RegExp): void {
  assert.deepEqual([place.status, place.client, place.location], [status, null, null]);
  assert.match(`${place.page?.title} ${place.page?.text}`, words);
}

const didNotWork = /Signing in there did not work/;

inOneWorld<World>('a second Clientele is the identity provider', open, {
  'who declines there is told so here, and may try again': async (world) => {
    const { person, callback } = await onTheWayBack(world, 'deny');
    assert.equal(callback.searchParams.get('error'), 'access_denied');
    assertTold(await person.open(callback), 400, didNotWork);
    assert.equal(await isSignedIn(world, person), false);
    const [again] = person.page().links.filter(({ href }) => href.pathname === '/login/provider');
    assert.equal((await person.open(again?.href ?? '')).location?.origin, world.there.server.issuer);
  },

  'a person signs in through both, and is the same one here ever after': async (world) => {
    const person = world.newPerson();
    const { claims, userinfo } = await whoIs(world, person);
    assert.deepEqual(
      [claims['acr'], claims['amr'], claims['auth_time']],
      ['urn:clientele:acr:1', ['pwd'], world.clock.now()],
    );
    const { sub, name, given_name, locale, preferred_username, email, email_verified } = userinfo;
    assert.deepEqual(
      { sub, name, given_name, locale, preferred_username, email, email_verified },
      {
        sub: claims.sub,
        ...ada.claims,
        preferred_username: ada.username,
        email: ada.email,
        email_verified: true,
      },
    );
    const silent = world.here.relyingParty.authorize({ prompt: 'none' });
    const { client, requests } = await person.open(silent.url);
    assert.deepEqual([client?.parameters.has('code'), requests], [true, 1]);

    world.clock.advance(100);
    const elsewhere = await whoIs(world, world.newPerson());
    assert.equal(elsewhere.claims.sub, claims.sub);
    assert.notEqual(elsewhere.claims['sid'], claims['sid']);
  },

  'the page to sign in at offers the provider, and nothing of this server’s own': async (world) => {
    const person = world.newPerson();
    await person.open(world.here.relyingParty.authorize().url);
    const page = person.page();
    assert.deepEqual(page.forms, []);
    assert.match(page.text, /Continue with Upstream/);
    const interaction = page.url.searchParams.get('interaction');
    for (const path of ['/sign-up', '/login/second-factor']) {
      const { status, url } = await person.open(`${path}?interaction=${interaction}`);
      assert.ok(status === 404 || url.pathname === '/login', `${path} ${status}`);
    }
  },

  'what the client asks of the sign-in is asked there': async (world) => {
    const { here } = world;
    const person = world.newPerson();
    const first = await whoIs(world, person);
    for (const parameters of [{ prompt: 'login' }, { max_age: '30' }]) {
      world.clock.advance(100);
      const request = here.relyingParty.authorize(parameters);
      const page = await goElsewhere(person, request);
      assert.deepEqual([page.url.hostname, page.url.pathname], ['127.0.0.1', '/login']);
      const { client } = await person.signIn(ada);
      const { idToken } = await here.relyingParty.complete(client, request);
      const claims = await here.relyingParty.verifyIdToken(idToken ?? '');
      assert.deepEqual([claims.sub, claims['auth_time']], [first.claims.sub, world.clock.now()]);
      assert.equal(claims['sid'], first.claims['sid']);
    }
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['loa3'] } } });
    const wishing = { acr_values: 'loa2 loa3', claims };
    const newcomer = createPerson({ issuer: here.server.issuer, clock: world.clock });
    const { location } = await goElsewhere(newcomer, here.relyingParty.authorize(wishing));
    assert.equal(location?.searchParams.get('acr_values'), 'loa3 loa2');
    await person.open(here.relyingParty.authorize({ prompt: 'login', login_hint: 'ada' }).url);
    const [link] = person.page().links.filter(({ href }) => href.pathname === '/login/provider');
    const { page } = await person.open(link?.href ?? '');
    const [username] = page?.forms[0]?.fields.filter(({ name }) => name === 'username') ?? [];
    assert.equal(username?.value, 'ada');
  },

  'the answer to another browser’s request signs nobody in, and is still good for its own': async (world) => {
    const { person, request, callback } = await onTheWayBack(world);
    for (const other of [world.newPerson(), (await onTheWayBack(world)).person]) {
      assertTold(await other.open(callback), 400, /This page has expired/);
      assert.equal(await isSignedIn(world, other), false);
    }
    let place = await person.open(callback);
    if (place.client === null) place = await person.allow();
    await world.here.relyingParty.complete(place.client, request);
  },

  'an answer counts once, and as it was given': async (world) => {
    const { person, callback } = await onTheWayBack(world);
    const altered = new URL(callback);
    altered.searchParams.set('state', 'x'.repeat(43));
    assertTold(await person.open(altered), 400, /This page has expired/);
    assert.equal(await isSignedIn(world, person), false);
    await person.open(callback);
    assert.equal(await isSignedIn(world, person), true);
    assertTold(await person.open(callback), 400, /This page has expired/);
    assert.equal(await isSignedIn(world, person), true);

    const mixed = await onTheWayBack(world);
    mixed.callback.searchParams.set('iss', world.here.server.issuer);
    assertTold(await mixed.person.open(mixed.callback), 400, didNotWork);
    const swapped = await onTheWayBack(world);
    swapped.callback.searchParams.set('code', 'clc_unknown');
    assertTold(await swapped.person.open(swapped.callback), 400, didNotWork);
    for (const one of [mixed, swapped]) assert.equal(await isSignedIn(world, one.person), false);
  },

  'keys that the provider rotates are followed': async (world) => {
    const { there, clock } = world;
    const { claims } = await whoIs(world, world.newPerson());
    for (const seconds of [180, 700]) {
      clock.advance(seconds);
      assert.equal(await there.server.keyring.rotate('RS256'), 'rotated');
      assert.equal((await whoIs(world, world.newPerson())).claims.sub, claims.sub);
    }
  },

  'an account that is disabled here signs nobody in, and its session does no more': async (world) => {
    const { here } = world;
    const person = world.newPerson();
    const { claims, tokens } = await whoIs(world, person);
    const switchTo = (disabled: number) =>
      here.server.database.run(`update accounts set disabled = ${disabled} where id = '${claims.sub}'`);
    await switchTo(1);
    assert.equal(await isSignedIn(world, person), false);
    assert.equal((await here.relyingParty.userinfo(tokens.accessToken)).status, 401);
    const place = await signInThere(world.newPerson(), here.relyingParty.authorize());
    assertTold(place, 403, /no account that can be used here/);
    await switchTo(0);
    assert.equal((await whoIs(world, world.newPerson())).claims.sub, claims.sub);
  },

  'a provider that is down is told in words, and the server goes on': async (world) => {
    const { here, there, clock } = world;
    const { person, callback } = await onTheWayBack(world);
    await there.server.stop('it is down');
    assertTold(await person.open(callback), 400, didNotWork);
    assert.equal(await isSignedIn(world, person), false);
    clock.advance(700);
    const late = createPerson({ issuer: here.server.issuer, clock });
    assertTold(await goElsewhere(late, here.relyingParty.authorize()), 400, didNotWork);
    assert.equal((await late.open('/health/ready')).status, 200);
  },
});
