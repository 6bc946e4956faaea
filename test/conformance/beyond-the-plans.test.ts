import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Person, Place } from '../fixtures/person.ts';
import { enrolSecondFactor } from '../fixtures/second-factor.ts';
import { askUserinfo, errorOf, finish, requestFrom, runFlow, type SentRequest, signIn } from './flow.ts';
import { type Modules, runModules } from './modules.ts';
import { carol, dave, type Fields, openPlanWorld, type PlanWorld } from './plan-world.ts';

/** Opens a request, and sees to it that the person is shown the page at `path`. */
async function isShown(person: Person, { url }: SentRequest, path: string): Promise<Place> {
  const place = await person.open(url);
  assert.deepEqual([place.status, place.url.pathname, place.client], [200, path, null]);
  return place;
}

/** What a client is told at once of a request with these changes. */
async function refusal(world: PlanWorld, person: Person, changes: Fields): Promise<string> {
  const request = requestFrom(world, changes);
  const place = await person.open(request.url);
  assert.equal(place.requests, 1);
  return errorOf(world, request, place);
}

/** Whom a response is about. */
async function subjectOf(world: PlanWorld, request: SentRequest, place: Place): Promise<string | undefined> {
  return (await finish(world, request, place)).claims.sub;
}

/** From where a sign-in led on to the client. */
async function allowIfAsked(person: Person, place: Place): Promise<Place> {
  return place.client === null && place.url.pathname === '/consent' ? person.allow() : place;
}

/** A browser in which carol and dave have signed in, dave last. */
async function browserOfTwo(world: PlanWorld): Promise<Person> {
  const person = world.newPerson();
  await runFlow(world, person);
  await signIn(person, requestFrom(world, { prompt: 'login' }), dave);
  return person;
}

const claims = (asked: object): Fields => ({ claims: JSON.stringify(asked) });

const prompting: Modules = {
  'prompt=create: whoever wants an account makes one, and the response is about it': async (world) => {
    assert.ok((world.metadata['prompt_values_supported'] as readonly string[]).includes('create'));
    const person = world.newPerson();
    await runFlow(world, person);
    const request = requestFrom(world, { prompt: 'create' });
    await isShown(person, request, '/sign-up');
    const values = { username: 'newcomer', email: '', password: 'nobody has had this one before' };
    const made = await allowIfAsked(person, await person.press('sign-up-submit', { values }));
    const { claims: told, accessToken } = await finish(world, request, made);
    assert.notEqual(told.sub, carol.id);
    assert.equal(told['auth_time'], world.clock.now());
    assert.deepEqual(await (await askUserinfo(world, accessToken)).json(), { sub: told.sub });
  },

  'prompt=select_account: whoever is chosen of several is whom the response is about': async (world) => {
    const person = await browserOfTwo(world);
    for (const { username, id } of [carol, dave, carol]) {
      const request = requestFrom(world, { prompt: 'select_account' });
      const { page } = await isShown(person, request, '/login/account');
      assert.match(page?.text ?? '', /carol.*dave|dave.*carol/);
      const chosen = await allowIfAsked(person, await person.chooseAccount(username));
      assert.equal(await subjectOf(world, request, chosen), id);
    }
  },

  'prompt=select_account: who is none of them signs in, and who has nobody to choose from, too': async (
    world,
  ) => {
    const person = world.newPerson();
    await runFlow(world, person);
    const request = requestFrom(world, { prompt: 'select_account' });
    const { page } = await isShown(person, request, '/login/account');
    const another = page?.forms[0]?.buttons.find(({ value }) => value === '');
    assert.equal((await person.chooseAccount(another?.text ?? '')).url.pathname, '/login');
    const allowed = await allowIfAsked(person, await person.signIn(dave));
    assert.equal(await subjectOf(world, request, allowed), dave.id);
    await isShown(world.newPerson(), request, '/login');
  },

  'prompt=select_account login: who was chosen signs in again': async (world) => {
    const person = await browserOfTwo(world);
    const request = requestFrom(world, { prompt: 'select_account login' });
    await isShown(person, request, '/login/account');
    assert.equal((await person.chooseAccount(carol.username)).url.pathname, '/login');
    assert.equal(await subjectOf(world, request, await person.signIn(carol)), carol.id);
  },

  'prompt=consent: who has allowed everything is asked again': async (world) => {
    const person = world.newPerson();
    await runFlow(world, person);
    const request = requestFrom(world, { prompt: 'consent' });
    await isShown(person, request, '/consent');
    assert.equal(await subjectOf(world, request, await person.allow()), carol.id);
    await isShown(person, request, '/consent');
    assert.equal(errorOf(world, request, await person.deny()), 'access_denied');
  },

  'prompt=none: what nobody has allowed is not allowed in silence': async (world) => {
    const person = world.newPerson();
    await runFlow(world, person);
    const client = await world.register('client_secret_basic');
    const request = requestFrom(world, { prompt: 'none' }, client);
    assert.equal(errorOf(world, request, await person.open(request.url)), 'consent_required');
    for (const prompt of ['none login', 'consent none']) {
      assert.equal(await refusal(world, person, { prompt }), 'invalid_request');
    }
  },
};

const naming: Modules = {
  'id_token_hint: who is signed in and is another is refused in silence': async (world) => {
    const { idToken } = await runFlow(world, world.newPerson());
    const person = world.newPerson();
    await signIn(person, requestFrom(world), dave);
    const hint = { id_token_hint: idToken };
    assert.equal(await refusal(world, person, { ...hint, prompt: 'none' }), 'login_required');
    assert.equal(await refusal(world, world.newPerson(), { ...hint, prompt: 'none' }), 'login_required');
  },

  'id_token_hint: without that, whoever is meant may sign in, and nobody else gets an answer': async (
    world,
  ) => {
    const { idToken } = await runFlow(world, world.newPerson());
    const person = world.newPerson();
    await signIn(person, requestFrom(world), dave);
    const request = requestFrom(world, { id_token_hint: idToken });
    await isShown(person, request, '/login');
    assert.equal(errorOf(world, request, await person.signIn(dave)), 'login_required');
    await isShown(person, request, '/login');
    assert.equal(await subjectOf(world, request, await person.signIn(carol)), carol.id);
  },

  'id_token_hint: of several who are signed in it is the one who is meant, however old the token is': async (
    world,
  ) => {
    const person = await browserOfTwo(world);
    const { idToken } = await runFlow(world, world.newPerson());
    world.clock.advance(86_000);
    const request = requestFrom(world, { prompt: 'none', id_token_hint: idToken });
    assert.equal(await subjectOf(world, request, await person.open(request.url)), carol.id);
  },

  'id_token_hint: a token of another client, or of nobody, is no hint': async (world) => {
    const person = world.newPerson();
    const { idToken, accessToken } = await runFlow(world, person, {}, world.client2);
    for (const token of [idToken, accessToken, 'a.b.c', 'x']) {
      assert.equal(await refusal(world, person, { id_token_hint: token }), 'invalid_request');
    }
  },

  'claims: a sub that is asked for is who must sign in': async (world) => {
    const person = world.newPerson();
    await runFlow(world, person);
    const asked = claims({ id_token: { sub: { value: dave.id } } });
    assert.equal(await refusal(world, person, { ...asked, prompt: 'none' }), 'login_required');
    const request = requestFrom(world, asked);
    await isShown(person, request, '/login');
    const signedIn = await allowIfAsked(person, await person.signIn(dave));
    assert.equal(await subjectOf(world, request, signedIn), dave.id);
  },

  'claims: a class that is essential is reached or refused, one that is a wish is not': async (world) => {
    const person = world.newPerson();
    const strong = ['urn:clientele:acr:2'];
    await runFlow(world, person, claims({ id_token: { acr: { values: strong } } }));
    const essential = claims({ id_token: { acr: { essential: true, values: strong } } });
    assert.equal(await refusal(world, person, { ...essential, prompt: 'none' }), 'login_required');
    const request = requestFrom(world, essential);
    await isShown(person, request, '/login');
    const place = await person.signIn(carol);
    assert.equal(errorOf(world, request, place), 'unmet_authentication_requirements');
  },

  'claims: what has not the value that is asked for is left out, and what has one of several is there':
    async (world) => {
      const asked = claims({
        userinfo: {
          name: { value: 'Somebody Else' },
          locale: { values: ['en', 'de-CH'] },
          nickname: null,
          shoe_size: { essential: true },
        },
        id_token: { email_verified: { value: false }, zoneinfo: { value: carol.claims.zoneinfo } },
      });
      const { accessToken, claims: told } = await runFlow(world, world.newPerson(), asked);
      const { locale, nickname, zoneinfo } = carol.claims;
      const answer = await (await askUserinfo(world, accessToken)).json();
      assert.deepEqual(answer, { sub: carol.id, locale, nickname });
      assert.deepEqual([told['zoneinfo'], told['email_verified']], [zoneinfo, undefined]);
    },

  'claims: what is not of its form is refused': async (world) => {
    for (const text of ['{', '[]', '"name"', '{"userinfo":[]}', '{"userinfo":{"name":1}}']) {
      assert.equal(await refusal(world, world.newPerson(), { claims: text }), 'invalid_request', text);
    }
  },
};

const hinting: Modules = {
  'login_hint: whoever is here, and is not hinted at, says who goes on': async (world) => {
    const person = world.newPerson();
    await runFlow(world, person);
    for (const hint of [dave.username, 'nobody-at-all']) {
      const request = requestFrom(world, { login_hint: hint });
      await isShown(person, request, '/login/account');
      const stayed = await allowIfAsked(person, await person.chooseAccount(carol.username));
      assert.equal(await subjectOf(world, request, stayed), carol.id);
      assert.equal(await refusal(world, person, { login_hint: hint, prompt: 'none' }), 'login_required');
    }
  },

  'login_hint: who chooses another account finds the hint in the form': async (world) => {
    const person = world.newPerson();
    await runFlow(world, person);
    const request = requestFrom(world, { login_hint: dave.username });
    const { page } = await isShown(person, request, '/login/account');
    const another = page?.forms[0]?.buttons.find(({ value }) => value === '');
    const login = await person.chooseAccount(another?.text ?? '');
    const field = login.page?.forms[0]?.fields.find(({ name }) => name === 'username');
    assert.equal(field?.value, dave.username);
    const signedIn = await allowIfAsked(person, await person.signIn(dave));
    assert.equal(await subjectOf(world, request, signedIn), dave.id);
  },

  'login_hint: whoever is hinted at is not held up': async (world) => {
    const person = await browserOfTwo(world);
    for (const hint of ['Carol', carol.email]) {
      const request = requestFrom(world, { login_hint: hint, prompt: 'none' });
      assert.equal(await subjectOf(world, request, await person.open(request.url)), carol.id);
    }
  },
};

const unsupported: Modules = {
  'request, request_uri, registration: each is refused by its own error, before anything else': async (
    world,
  ) => {
    const errors = {
      request: 'request_not_supported',
      request_uri: 'request_uri_not_supported',
      registration: 'registration_not_supported',
    };
    for (const [name, error] of Object.entries(errors)) {
      const changes = { [name]: 'https://client.example/x', max_age: 'x' };
      assert.equal(await refusal(world, world.newPerson(), changes), error);
    }
  },
};

/** A page is in this language, whatever the browser prefers. */
function isIn(language: string, { page }: Place): void {
  assert.equal(page?.language, language);
}

const languages: Modules = {
  'ui_locales: every page of a request is in the first language that there are texts in': async (world) => {
    const client = await world.register('client_secret_basic');
    for (const locales of ['de', 'fr-CA de-CH en', 'DE']) {
      const person = world.newPerson();
      const request = requestFrom(world, { ui_locales: locales, prompt: 'consent' }, client);
      const login = await isShown(person, request, '/login');
      isIn('de', login);
      assert.match(login.page?.text ?? '', /Passwort/);
      isIn('de', await person.signIn({ ...carol, password: 'wrong' }));
      isIn('de', await person.signIn(carol));
      await person.allow();
    }
  },

  'ui_locales: where there are texts in none of them, the browser says which': async (world) => {
    isIn('en', await isShown(world.newPerson(), requestFrom(world, { ui_locales: 'se fr' }), '/login'));
  },

  'ui_locales: a page that tells of an error is in it, too': async (world) => {
    const request = requestFrom(world, { ui_locales: 'de', redirect_uri: 'https://evil.example/' });
    const place = await world.newPerson().open(request.url);
    isIn('de', place);
    assert.equal(place.status, 400);
  },
};

test('what OpenID Connect says, and the plans do not ask for', async (context) => {
  const declarations = { server: { signUp: { enabled: true } } };
  const world = await openPlanWorld(context, { declarations });
  await runModules(context, world, { ...prompting, ...naming, ...hinting, ...unsupported, ...languages });
});

test('acr_values: who can prove more is asked to, once; in silence, and without that, it stays a wish', async (context) => {
  const world = await openPlanWorld(context);
  const person = world.newPerson();
  const strong = 'urn:clientele:acr:2';
  const acrOf = async (request: SentRequest, place: Place) =>
    (await finish(world, request, place)).claims['acr'];
  const weak = (await runFlow(world, person, { acr_values: strong })).claims['acr'];
  const nextCode = await enrolSecondFactor(world.newPerson(), carol, world.clock);
  const silent = requestFrom(world, { acr_values: strong, prompt: 'none' });
  assert.equal(await acrOf(silent, await person.open(silent.url)), weak);
  const request = requestFrom(world, { acr_values: `loa9 ${strong} ${weak}` });
  await isShown(person, request, '/login');
  assert.equal((await person.signIn(carol)).url.pathname, '/login/second-factor');
  assert.equal(await acrOf(request, await person.secondFactor(nextCode())), strong);
  const again = requestFrom(world, { acr_values: strong });
  assert.equal(await acrOf(again, await person.open(again.url)), strong);
});
