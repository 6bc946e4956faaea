import assert from 'node:assert/strict';
import { randomUuid } from '../../src/kernel/random.ts';
import type { Person } from '../fixtures/person.ts';
import { type Parameters, signedOut } from '../fixtures/relying-party.ts';
import { alice, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { get, leadsTo, type PageTarget, post } from './target.ts';
import { carol, fieldsOf, type MangledWorld, needed, optional, otherProvider } from './world.ts';

/** A page that a person has come to, in the browser of the person who is signed in unless another is named. */
async function pageAt(
  { person: usual, relyingParty, cookieOf }: MangledWorld,
  parameters: Parameters,
  person: Person = usual,
) {
  const tab = person.openTab();
  const request = relyingParty.authorize(parameters);
  await tab.open(request.url);
  const { pathname, search } = tab.page().url;
  return {
    person: tab,
    address: pathname + search,
    requests: post(pathname, cookieOf(person)),
    succeeds: leadsBack('code=', request.state),
    state: request.state,
  };
}

/** Whether an answer is one to this request, and to no other. */
const leadsBack =
  (text: string, state: string): PageTarget['succeeds'] =>
  (answer) =>
    leadsTo(text)(answer) && leadsTo(`state=${state}`)(answer);

/** The form of every page on which people do something, for a client or for themselves. */
export const pageTargets: Readonly<Record<string, (world: MangledWorld) => Promise<PageTarget>>> = {
  'the login page': async (world) => {
    const page = await pageAt(world, {}, world.visitor);
    const { username, password } = alice;
    const typed = needed(Object.entries({ username, password }));
    return { ...page, parameters: [...fieldsOf(page.person, 'login-submit'), ...typed] };
  },

  'the page that asks for a second factor': async (world) => {
    const codeOfCarol = await world.enrolCarol();
    const { person, requests, ...page } = await pageAt(world, {}, world.visitor);
    await person.signIn(carol);
    const address = page.address.replace('/login', '/login/second-factor');
    const code = needed([['code', codeOfCarol()]]);
    return {
      address,
      requests: requests.map((request) => ({ ...request, path: '/login/second-factor' })),
      parameters: [...fieldsOf(person, 'code-submit'), ...code],
      // Carol has not allowed anything yet.
      succeeds: leadsTo(address.replace('/login/second-factor', '/consent')),
      again: 'is asked again',
    };
  },

  'the page to make an account': async (world) => {
    const page = await pageAt(world, { prompt: 'create' }, world.visitor);
    const wanted = { username: `new-${randomUuid()}`, password: 'whoever is new takes the train' };
    return {
      ...page,
      parameters: [...fieldsOf(page.person, 'sign-up-submit'), ...optional(wanted, 'be anything')],
      succeeds: leadsTo(page.address.replace('/sign-up', '/consent')),
      again: 'is asked again',
    };
  },

  'the way back from another provider': async (world) => {
    const relyingParty = await world.register({ identityProviderId: otherProvider.id });
    const { person, address } = await pageAt({ ...world, relyingParty }, {}, world.visitor);
    const [link] = person.page().links.filter(({ href }) => href.pathname === '/login/provider');
    const { location } = await person.open(link?.href ?? assert.fail(person.page().text));
    const { pathname, searchParams } = await world.comeBack(location ?? assert.fail());
    const { state = '', ...others } = Object.fromEntries(searchParams);
    return {
      address,
      // An answer counts once, whatever the provider says in it: with another code there is nothing left to try.
      requests: get(`${pathname}?${new URLSearchParams(others)}`, world.cookieOf(person)),
      parameters: needed([['state', state]]),
      succeeds: leadsTo(address.replace('/login', '/consent')),
      again: 'is asked again',
    };
  },

  'the consent page': async (world) => {
    const page = await pageAt(world, { prompt: 'consent' });
    return { ...page, parameters: fieldsOf(page.person, 'consent-allow') };
  },

  'the consent page, which also denies': async (world) => {
    const page = await pageAt(world, { prompt: 'consent' });
    // The first half of the token says whose page it is, the second what it has shown: to say no, the first is enough.
    const parameters = fieldsOf(page.person, 'consent-deny').map(({ name, value }) => ({
      name,
      value: name === 'csrf' ? (value.split('.')[0] ?? '') : value,
    }));
    const succeeds = leadsBack('error=access_denied', page.state);
    return { ...page, parameters, succeeds, provenBy: 'the browser' };
  },

  'the account chooser': async (world) => {
    const page = await pageAt(world, { prompt: 'select_account' });
    const form = page.person.page().forms.find(({ text }) => text.includes('alice')) ?? assert.fail();
    const { buttons, fields } = form;
    const chosen = buttons.flatMap(({ name, value }): [string, string][] => (value ? [[name, value]] : []));
    return {
      ...page,
      parameters: needed([...fields.map(({ name, value }) => [name, value] as const), ...chosen]),
    };
  },

  'the confirmation of a logout': async (world) => {
    const { person, relyingParty, cookieOf } = world;
    const { id } = relyingParty.client;
    const { pathname, search } = relyingParty.endSession({
      client_id: id,
      post_logout_redirect_uri: signedOut,
    });
    await person.open(pathname + search);
    return {
      address: pathname + search,
      requests: post('/logout', cookieOf(person)),
      parameters: fieldsOf(person, 'logout-confirm'),
      succeeds: leadsTo(signedOut),
      again: 'is harmless',
    };
  },

  'the page about sessions': async (world) => {
    await signInAndAllow(world.newPerson(), world.relyingParty.authorize());
    return accountForm(world, '/account/sessions', { end: 'others' });
  },

  'the page about authorisations': async (world) =>
    accountForm(world, '/account/authorisations', { revoke: 'all' }),

  'the page about security': async (world) => {
    const { parameters, ...form } = await accountForm(world, '/account/security', {});
    const change = {
      change: 'password',
      'current-password': alice.password,
      'new-password': 'another long way that alice walks',
      'new-password-again': 'another long way that alice walks',
    };
    return {
      ...form,
      parameters: [...parameters, ...needed(Object.entries(change))],
      succeeds: leadsTo('done=password-changed'),
    };
  },

  'the page about security, which also ends a second factor': async (world) => {
    const codeOfCarol = await world.enrolCarol();
    const person = world.newPerson();
    await person.open('/account/security');
    await person.signIn(carol);
    await person.secondFactor(codeOfCarol());
    const { parameters, ...form } = await accountForm({ ...world, person }, '/account/security', {});
    return {
      ...form,
      parameters: [...parameters, ...needed([['change', 'totp-end']])],
      succeeds: leadsTo('done=totp-off'),
    };
  },
};

/** A form of the account pages. What is ended may be gone already: any name is as good. */
async function accountForm(
  { person, cookieOf }: MangledWorld,
  path: string,
  sent: Readonly<Record<string, string>>,
): Promise<PageTarget> {
  await person.open(path);
  const csrf = person.page().forms.flatMap(({ fields }) => fields.filter(({ name }) => name === 'csrf'))[0];
  return {
    address: path,
    requests: post(path, cookieOf(person)),
    parameters: [...needed([['csrf', csrf?.value ?? '']]), ...optional(sent, 'be anything')],
    succeeds: leadsTo('done='),
    again: 'is harmless',
  };
}
