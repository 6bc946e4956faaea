import assert from 'node:assert/strict';
import { sha256 } from '../../src/kernel/encoding.ts';
import {
  askUserinfo,
  errorOf,
  finish,
  random,
  requestFrom,
  runFlow,
  type SentRequest,
  sendable,
  signIn,
} from './flow.ts';
import { checkNothingUnasked } from './id-token-checks.ts';
import type { Modules } from './modules.ts';
import { carol, type Fields, type PlanWorld } from './plan-world.ts';
import { checkUserinfo } from './userinfo-checks.ts';

/** A request that says more than the usual one succeeds, for somebody who is not signed in. */
async function succeedsWith(world: PlanWorld, changes: Fields): Promise<void> {
  const request = requestFrom(world, changes);
  const person = world.newPerson();
  const shown = await person.open(request.url);
  assert.deepEqual([shown.status, shown.url.pathname], [200, '/login']);
  await finish(world, request, await signIn(person, request));
}

/** A request object without signature that says what a request would (OpenID Connect Core §6.1). */
function unsignedObject(fields: Fields): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ ...fields, iss: fields['client_id'] })}.`;
}

/** What must stand in the request itself, also beside a request object. */
const outsideObjects = ['client_id', 'response_type', 'scope', 'redirect_uri'];

/** A request that says everything in a request object, and outside of it only what it must, plus `changes`. */
function requestByObject(world: PlanWorld, changes: Fields): SentRequest {
  const { fields, client } = requestFrom(world);
  const outside = Object.entries(fields).filter(([name]) => outsideObjects.includes(name));
  const request = unsignedObject(fields);
  return sendable(world, client, { ...Object.fromEntries(outside), request, ...changes });
}

/** Where nobody may be sent to, and where it is said why. */
async function isToldOfRedirectUri(world: PlanWorld, request: Pick<SentRequest, 'url'>): Promise<void> {
  const place = await world.newPerson().open(request.url);
  assert.deepEqual([place.status, place.client, place.location], [400, null, null]);
  assert.match(place.page?.text ?? '', /Invalid redirect_uri/);
}

/** What requests may say, and what they must. */
export const requestModules: Modules = {
  'oidcc-server: a code becomes tokens, and the ID token says who signed in, to whom and for which request':
    async (world) => {
      const { claims } = await runFlow(world, world.newPerson());
      checkNothingUnasked(claims);
      assert.equal(claims.sub, carol.id);
    },

  'oidcc-response-type-missing: the client is told that the request has no response type': async (world) => {
    const request = requestFrom(world, { response_type: null });
    const place = await world.newPerson().open(request.url);
    assert.equal(errorOf(world, request, place), 'invalid_request');
  },

  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow: the ID token then has none': async (world) => {
    const { claims } = await runFlow(world, world.newPerson(), { nonce: null });
    assert.ok(!('nonce' in claims));
  },

  'oidcc-alternate-happy-flow: neither scopes nor parameters have an order': async (world) => {
    const { client, fields } = requestFrom(world, { scope: 'email openid' });
    const turned = Object.entries(fields).sort(([a], [b]) => (a < b ? 1 : -1));
    const request = sendable(world, client, Object.fromEntries(turned));
    const tokens = await finish(world, request, await signIn(world.newPerson(), request));
    const expected = { sub: carol.id, scope: 'email openid', now: world.clock.now() };
    await checkUserinfo(await askUserinfo(world, tokens.accessToken), expected);
  },

  'oidcc-display-page: the page may be asked for as it is': (world) =>
    succeedsWith(world, { display: 'page' }),

  'oidcc-display-popup: another way of showing it is no error': (world) =>
    succeedsWith(world, { display: 'popup' }),

  'oidcc-ensure-request-with-unknown-parameter-succeeds: what nobody knows is passed over': (world) =>
    succeedsWith(world, { extra: 'foobar' }),

  'oidcc-login-hint: the hint stands in the form, and whoever signs in need not be the one': async (
    world,
  ) => {
    const request = requestFrom(world, { login_hint: `buffy@${new URL(world.issuer).hostname}` });
    const person = world.newPerson();
    const { page } = await person.open(request.url);
    const field = page?.forms[0]?.fields.find(({ name }) => name === 'username');
    assert.equal(field?.value, request.fields['login_hint']);
    await finish(world, request, await signIn(person, request));
  },

  'oidcc-ui-locales: a language that there are no texts in is no error': (world) =>
    succeedsWith(world, { ui_locales: 'se' }),

  'oidcc-claims-locales: neither is one of claims': (world) => succeedsWith(world, { claims_locales: 'se' }),

  'oidcc-ensure-request-with-acr-values-succeeds: the ID token has one of the classes': async (world) => {
    const wanted = world.metadata['acr_values_supported'] as readonly string[];
    const { claims } = await runFlow(world, world.newPerson(), { acr_values: wanted.join(' ') });
    assert.ok(wanted.includes(String(claims['acr'])), String(claims['acr']));
  },

  'oidcc-ensure-registered-redirect-uri: nobody is sent to another URI': (world) =>
    isToldOfRedirectUri(
      world,
      requestFrom(world, { redirect_uri: `${world.client.redirectUri}/${random(8)}` }),
    ),

  'oidcc-ensure-post-request-succeeds: a request may be posted': async (world) => {
    const person = world.newPerson();
    // First by somebody who has no cookie; then by somebody who is signed in, and whose browser leaves the cookies out.
    for (const isSignedIn of [false, true]) {
      const request = requestFrom(world);
      const { pathname } = request.url;
      const form = request.url.searchParams;
      let place = await person.open(pathname, { method: 'POST', form, initiator: 'cross-site' });
      assert.equal(place.client !== null, isSignedIn);
      if (!isSignedIn) place = await person.signIn(carol);
      if (place.url.pathname === '/consent' && place.client === null) place = await person.allow();
      await finish(world, request, place);
    }
  },

  'oidcc-ensure-request-with-valid-pkce-succeeds: also for a client that need not send a challenge': async (
    world,
  ) => {
    const verifier = random(32);
    const challenge = { code_challenge: sha256(verifier), code_challenge_method: 'S256' };
    const request = requestFrom(world, challenge);
    const place = await signIn(world.newPerson(), request);
    await finish(world, request, place, { code_verifier: verifier });
  },

  'oidcc-ensure-request-object-with-redirect-uri: what stands in an object makes no other URI good': (
    world,
  ) =>
    isToldOfRedirectUri(
      world,
      requestByObject(world, { redirect_uri: `${world.client.redirectUri}_invalid` }),
    ),
};

/** What comes by value or by reference. The parameter `response_mode` stands in it too, and is not seen. */
export const requestObjectModules: Modules = {
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: it is rejected': async (
    world,
  ) => {
    const request = requestByObject(world, {});
    const place = await world.newPerson().open(request.url);
    assert.equal(errorOf(world, request, place), 'request_not_supported');
  },

  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: it is rejected': async (
    world,
  ) => {
    const request = requestByObject(world, {
      request: null,
      request_uri: 'https://client.example/request.jwt',
    });
    const place = await world.newPerson().open(request.url);
    assert.equal(errorOf(world, request, place), 'request_uri_not_supported');
  },
};
