import assert from 'node:assert/strict';
import { type Parameters, signedOut, tokensOf } from '../fixtures/relying-party.ts';
import { alice, signInAndAllow } from '../fixtures/sign-in-world.ts';
import type { Parameter } from './manglings.ts';
import {
  fieldsOf,
  type MangledWorld,
  needed,
  optional,
  proofOf,
  type RawAnswer,
  type RawRequest,
} from './world.ts';

/** A request that is right, and the ways to send it. */
export interface Target {
  readonly requests: readonly Omit<RawRequest, 'text'>[];
  readonly parameters: readonly Parameter[];
  /** Whether an answer is that to the right request: then nothing was wrong after all. */
  readonly succeeds: (answer: RawAnswer) => boolean;
}

const isOk = ({ status }: RawAnswer): boolean => status === 200;
const leadsTo =
  (text: string) =>
  ({ location }: RawAnswer): boolean =>
    location?.includes(text) ?? false;

const post = (path: string, cookie?: string) => [{ method: 'POST', path, cookie }] as const;
const byBoth = (path: string, cookie: string | undefined) =>
  [
    { method: 'GET', path, cookie },
    { method: 'POST', path, cookie },
  ] as const;

async function signedIn({ person, relyingParty }: MangledWorld, parameters: Parameters = {}) {
  const request = relyingParty.authorize(parameters);
  const { client } = await signInAndAllow(person, request);
  const code = client?.parameters.get('code') ?? assert.fail('there is no code');
  return { request, code };
}

async function tokensFor(world: MangledWorld) {
  const { code, request } = await signedIn(world);
  const { idToken, refreshToken, accessToken } = tokensOf(
    (await world.relyingParty.exchange(code, request)).body,
  );
  return { accessToken, idToken: idToken ?? '', refreshToken: refreshToken ?? '' };
}

/** Every request that people and clients make, by what it is made at. */
export const targets: Readonly<Record<string, (world: MangledWorld) => Promise<Target>>> = {
  'the authorization endpoint': async ({ person, relyingParty, cookieOf }) => {
    const { searchParams } = relyingParty.authorize({ prompt: 'none', state: null, nonce: null }).url;
    const { prompt = '', ...others } = Object.fromEntries(searchParams);
    return {
      requests: byBoth('/oauth/authorize', cookieOf(person)),
      parameters: [
        ...needed(Object.entries(others)),
        ...optional({ response_mode: 'fragment', max_age: '1000' }),
        ...optional({ state: 's', nonce: 'n', login_hint: 'alice', prompt }, 'be anything'),
        ...optional({ acr_values: '1', claims: '{}', ui_locales: 'en', display: 'page' }, 'be anything'),
      ],
      succeeds: leadsTo('code='),
    };
  },

  'the token endpoint, with a code': async (world) => {
    const { code, request } = await signedIn(world);
    const { relyingParty } = world;
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: relyingParty.client.redirectUris[0] ?? '',
      code_verifier: request.verifier,
      ...proofOf(relyingParty),
    };
    return {
      requests: post('/oauth/token'),
      parameters: [...needed(Object.entries(form)), ...optional({ scope: 'openid' })],
      succeeds: isOk,
    };
  },

  'the token endpoint, with a refresh token': async (world) => {
    const { refreshToken } = await tokensFor(world);
    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...proofOf(world.relyingParty),
    };
    return {
      requests: post('/oauth/token'),
      parameters: [...needed(Object.entries(form)), ...optional({ scope: 'openid' })],
      succeeds: isOk,
    };
  },

  userinfo: async (world) => ({
    requests: post('/oauth/userinfo'),
    parameters: needed([['access_token', (await tokensFor(world)).accessToken]]),
    succeeds: isOk,
  }),

  introspection: async (world) => ({
    requests: post('/oauth/introspect'),
    parameters: [
      ...needed(Object.entries({ token: (await tokensFor(world)).refreshToken })),
      ...needed(Object.entries(proofOf(world.relyingParty))),
      ...optional({ token_type_hint: 'refresh_token' }, 'be anything'),
    ],
    succeeds: ({ text }) => text.includes('"active":true'),
  }),

  revocation: async (world) => ({
    requests: post('/oauth/revoke'),
    parameters: [
      ...needed(Object.entries(proofOf(world.relyingParty))),
      // RFC 7009 §2.2: what is no token is as good as one that has ended.
      ...optional({ token: (await tokensFor(world)).accessToken }, 'be anything'),
      ...optional({ token_type_hint: 'access_token' }, 'be anything'),
    ],
    succeeds: isOk,
  }),

  'the end-session endpoint': async (world) => ({
    requests: byBoth('/oauth/end-session', world.cookieOf(world.person)),
    parameters: [
      ...needed(Object.entries({ id_token_hint: (await tokensFor(world)).idToken })),
      ...optional({ post_logout_redirect_uri: signedOut, client_id: world.relyingParty.client.id }),
      ...optional({ state: 's', logout_hint: 'alice', ui_locales: 'en' }, 'be anything'),
    ],
    succeeds: leadsTo(signedOut),
  }),

  'the confirmation of a logout': async ({ person, relyingParty, cookieOf }) => {
    const { id } = relyingParty.client;
    await person.open(relyingParty.endSession({ client_id: id, post_logout_redirect_uri: signedOut }));
    return {
      requests: post('/logout', cookieOf(person)),
      parameters: fieldsOf(person, 'logout-confirm'),
      succeeds: leadsTo(signedOut),
    };
  },

  'the login page': async ({ newPerson, relyingParty, cookieOf }) => {
    const person = newPerson();
    await person.open(relyingParty.authorize().url);
    const { username, password } = alice;
    return {
      requests: post('/login', cookieOf(person)),
      parameters: [...fieldsOf(person, 'login-submit'), ...needed(Object.entries({ username, password }))],
      succeeds: leadsTo('code='),
    };
  },

  'the page to make an account': async ({ newPerson, relyingParty, cookieOf }) => {
    const person = newPerson();
    await person.open(relyingParty.authorize({ prompt: 'create' }).url);
    const [form = assert.fail()] = person.page().forms;
    const hidden = form.fields.filter(({ type }) => type === 'hidden');
    const wanted = { username: 'carol', password: 'carol takes the train to the sea' };
    return {
      requests: post('/sign-up', cookieOf(person)),
      parameters: [
        ...needed(hidden.map(({ name, value }) => [name, value] as const)),
        ...optional(wanted, 'be anything'),
      ],
      succeeds: leadsTo('/consent'),
    };
  },

  'the consent page': async ({ person, relyingParty, cookieOf }) => {
    await person.open(relyingParty.authorize({ prompt: 'consent' }).url);
    return {
      requests: post('/consent', cookieOf(person)),
      parameters: fieldsOf(person, 'consent-allow'),
      succeeds: leadsTo('code='),
    };
  },

  'the account chooser': async ({ person, relyingParty, cookieOf }) => {
    await person.open(relyingParty.authorize({ prompt: 'select_account' }).url);
    const form = person.page().forms.find(({ text }) => text.includes('alice')) ?? assert.fail();
    const { buttons, fields } = form;
    const chosen = buttons.flatMap(({ name, value }): [string, string][] => (value ? [[name, value]] : []));
    return {
      requests: post('/login/account', cookieOf(person)),
      parameters: needed([...fields.map(({ name, value }) => [name, value] as const), ...chosen]),
      succeeds: leadsTo('code='),
    };
  },

  'the page about sessions': async (world) => {
    await signInAndAllow(world.newPerson(), world.relyingParty.authorize());
    return accountForm(world, '/account/sessions', { end: 'others' });
  },

  'the page about authorisations': async (world) =>
    accountForm(world, '/account/authorisations', { revoke: 'all' }),

  'the page about security': async (world) => {
    const { requests, parameters } = await accountForm(world, '/account/security', {});
    const change = {
      change: 'password',
      'current-password': alice.password,
      'new-password': 'another long way that alice walks',
      'new-password-again': 'another long way that alice walks',
    };
    return {
      requests,
      parameters: [...parameters, ...needed(Object.entries(change))],
      succeeds: leadsTo('done=password-changed'),
    };
  },
};

/** A form of the account pages. What is ended may be gone already: any name is as good. */
async function accountForm(
  { person, cookieOf }: MangledWorld,
  path: string,
  sent: Readonly<Record<string, string>>,
): Promise<Target> {
  await person.open(path);
  const csrf = person.page().forms.flatMap(({ fields }) => fields.filter(({ name }) => name === 'csrf'))[0];
  return {
    requests: post(path, cookieOf(person)),
    parameters: [...needed([['csrf', csrf?.value ?? '']]), ...optional(sent, 'be anything')],
    succeeds: leadsTo('done='),
  };
}
