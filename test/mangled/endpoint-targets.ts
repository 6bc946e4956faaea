import assert from 'node:assert/strict';
import { type Parameters, signedOut, tokensOf } from '../fixtures/relying-party.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';
import { byBoth, isOk, leadsTo, post, type Target } from './target.ts';
import { type MangledWorld, needed, optional, proofOf } from './world.ts';

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

/** Every request that clients make, themselves or by a person's browser. */
export const endpointTargets: Readonly<Record<string, (world: MangledWorld) => Promise<Target>>> = {
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
};
