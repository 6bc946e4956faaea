import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { asOperator, inOneWorld } from '../connect/world.ts';
import { callback, type RelyingParty } from '../fixtures/relying-party.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';
import { outcomeOf as answerOf, openOn, pathOf } from '../login-api/world.ts';
import {
  type AtClient,
  allOk,
  arrive,
  type Outcomes,
  openSignIns,
  outcomesAt,
  placeOutcome,
} from './sign-ins.ts';
import { answerOutcome } from './world.ts';

const elsewhere = 'https://client.example/elsewhere';
const validScopes = ['backend', 'auth', 'login'];

/** A server whose clients for people are administered through the login API alone. */
async function open(context: TestContext) {
  const world = await openSignIns(context);
  const login = await openOn(world.server);
  const create = async (): Promise<RelyingParty> => {
    const { id } = await login.create({ redirectUrls: [callback], validScopes });
    return world.relyingParty(id, (await login.addSecret(id)).secretText);
  };
  const put = async ({ client }: Pick<RelyingParty, 'client'>, fields: object): Promise<void> => {
    const { status, text } = await login.call('PUT', pathOf(client.id), fields);
    assert.equal(status, 200, text);
  };
  const arriveAtNew = async (): Promise<AtClient> =>
    arrive(world.newPerson(), await create(), { scope: 'backend auth' });
  return { ...world, login, create, put, arriveAtNew };
}

/** Tokens of the clients of this dialect open no userinfo: `openid` is none of its scopes. */
const usable: Outcomes = { ...allOk, userinfo: '403 insufficient_scope' };
const refused: Outcomes = { ...usable, exchange: '401 invalid_client', refresh: '401 invalid_client' };

type World = Awaited<ReturnType<typeof open>>;

inOneWorld<World>('settings of the login API, for people', open, {
  'name: what the consent page asks with': async ({ create, put, newPerson }) => {
    const relyingParty = await create();
    await put(relyingParty, { name: 'Store' });
    const person = newPerson();
    await person.open(relyingParty.authorize({ scope: 'auth' }).url);
    await person.signIn({ username: 'alice', password: 'alice walks the long way home' });
    assert.match(person.page().text, /Store asks for access/);
  },

  'redirectUrls: exactly those, and the first where a request names none': async (world) => {
    const { put, arriveAtNew } = world;
    const at = await arriveAtNew();
    const redirectedTo = async (redirect_uri: string | null) => {
      const request = at.relyingParty.authorize({ redirect_uri, scope: 'auth' });
      const place = await signInAndAllow(at.person, request);
      return place.client?.redirectUri ?? placeOutcome(place);
    };
    assert.equal(await redirectedTo(null), callback);
    assert.equal(await redirectedTo(elsewhere), '400 Invalid redirect_uri');
    await put(at.relyingParty, { redirectUrls: [elsewhere, callback] });
    assert.equal(await redirectedTo(null), elsewhere);
    assert.equal(await redirectedTo(callback), callback);
    await put(at.relyingParty, { redirectUrls: [elsewhere] });
    const ended = { authorize: '400 Invalid redirect_uri', exchange: '400 invalid_grant' };
    assert.deepEqual(await outcomesAt(at), { ...usable, ...ended });
  },

  'isValid: false ends requests, codes, refresh tokens and tokens, which do not come back': async (world) => {
    const { clock, put, arriveAtNew } = world;
    const at = await arriveAtNew();
    await put(at.relyingParty, { isValid: false });
    const invalid = { ...refused, authorize: '400 Invalid client_id', userinfo: '401 invalid_token' };
    assert.deepEqual(await outcomesAt(at), invalid);
    clock.advance(1);
    await put(at.relyingParty, { isValid: true });
    assert.deepEqual(await outcomesAt(at), {
      authorize: 'code',
      exchange: '400 invalid_grant',
      refresh: '400 invalid_grant',
      userinfo: '401 invalid_token',
    });
  },

  'isValid: true gives what does not end, in the second in which the client was invalid too': async (
    world,
  ) => {
    const { put, arriveAtNew } = world;
    const at = await arriveAtNew();
    let latest = at;
    for (let round = 0; round < 3; round += 1) {
      const before = latest;
      await put(at.relyingParty, { isValid: false });
      await put(at.relyingParty, { isValid: true });
      assert.equal((await outcomesAt(before)).userinfo, '401 invalid_token');
      latest = await arrive(at.person, at.relyingParty, at.parameters);
      assert.deepEqual(await outcomesAt(latest), usable);
    }
  },

  'requiresSecret: codes and refresh tokens without one, and never with a wrong one': async (world) => {
    const { put, arriveAtNew, relyingParty: as } = world;
    const at = await arriveAtNew();
    const { id } = at.relyingParty.client;
    assert.deepEqual(await outcomesAt(at, await as(id, null)), refused);
    await put(at.relyingParty, { requiresSecret: false });
    assert.deepEqual(await outcomesAt(at, await as(id, 'wrong')), refused);
    assert.deepEqual(await outcomesAt(at, await as(id, null)), usable);
    const again = await arrive(at.person, at.relyingParty, at.parameters);
    assert.deepEqual(await outcomesAt(again), usable);
    const third = await arrive(at.person, at.relyingParty, at.parameters);
    await put(at.relyingParty, { requiresSecret: true });
    assert.deepEqual(await outcomesAt(third, await as(id, null)), refused);
    assert.deepEqual(await outcomesAt(third), usable);
  },

  'client-secret: one that is deleted is refused and one that is made accepted': async (world) => {
    const { login, arriveAtNew, relyingParty: as } = world;
    const at = await arriveAtNew();
    const { id } = at.relyingParty.client;
    const listed = (await login.call('GET', pathOf(id, 'client-secret'))).json;
    const [{ fingerprint } = assert.fail()] = listed as readonly { readonly fingerprint: string }[];
    const { secretText } = await login.addSecret(id);
    assert.equal((await login.call('DELETE', pathOf(id, 'client-secret', fingerprint))).status, 200);
    assert.deepEqual(await outcomesAt(at), refused);
    assert.deepEqual(await outcomesAt(at, await as(id, secretText)), usable);
  },

  'validScopes: what may be asked for, and what codes and refresh tokens still give': async (world) => {
    const { put, arriveAtNew } = world;
    const at = await arriveAtNew();
    const { relyingParty, person, tokens } = at;
    assert.equal(tokens.scope, 'backend auth');
    await put(relyingParty, { validScopes: ['auth', 'login'] });
    const may = async (scope: string) =>
      placeOutcome(await signInAndAllow(person, relyingParty.authorize({ scope })));
    assert.deepEqual(
      [await may('backend auth'), await may('auth'), await may('openid'), await may('login-register')],
      ['error invalid_scope', 'code', 'error invalid_scope', 'error invalid_scope'],
    );
    const refresh = (parameters = {}) => relyingParty.refresh(tokens.refreshToken ?? '', parameters);
    assert.equal((await refresh()).body['scope'], 'auth');
    assert.equal(answerOutcome(await refresh({ scope: 'backend' })), '400 invalid_scope');
    assert.equal((await relyingParty.exchange(at.code, at.request)).body['scope'], 'auth');
    // What was lost comes back with the setting; what was never granted does not.
    await put(relyingParty, { validScopes });
    assert.equal((await refresh()).body['scope'], 'backend auth');
    assert.equal(answerOutcome(await refresh({ scope: 'login' })), '400 invalid_scope');
  },

  'isInternal: nobody is asked to allow anything, and no face writes it': async (world) => {
    const { server, login, create, newPerson } = world;
    const relyingParty = await create();
    const { id } = relyingParty.client;
    const person = newPerson();
    const request = relyingParty.authorize({ scope: 'auth' });
    await person.open(request.url);
    await person.signIn({ username: 'alice', password: 'alice walks the long way home' });
    assert.equal(person.place().url.pathname, '/consent');
    await server.registry.update({ ...asOperator, id, patch: () => ({ internal: true }) });
    assert.equal(placeOutcome(await person.open(request.url)), 'code');
    const answer = await login.call('PUT', pathOf(id), { name: 'Store' });
    assert.match(answerOf(answer), /^403 The client is internal/);
  },

  'DELETE: everything of people ends with the client': async ({ login, arriveAtNew }) => {
    const at = await arriveAtNew();
    assert.equal((await login.call('DELETE', pathOf(at.relyingParty.client.id))).status, 200);
    assert.deepEqual(await outcomesAt(at), {
      authorize: '400 Invalid client_id',
      exchange: '401 invalid_client',
      refresh: '401 invalid_client',
      userinfo: '401 invalid_token',
    });
  },
});
