import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { outcomeOf as answerOf, openOn, pathOf, type World } from '../login-api/world.ts';
import {
  answerOutcome,
  billing,
  type Credentials,
  everywhere,
  open as openEffects,
  outcomes,
  robot,
} from './world.ts';

/** The effects that the endpoints show, of settings that are made through the login API. */
async function open(context: TestContext) {
  const effects = await openEffects(context);
  const login = await openOn(effects.server);
  const put = async (id: string, body: object): Promise<JsonObject> => {
    const answer = await login.call('PUT', pathOf(id), body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json as JsonObject;
  };
  const createWithSecret = async (fields: object = {}): Promise<Credentials & { readonly id: string }> => {
    const { id } = await login.create({ clientCredentialFlowUser: robot.username, ...fields });
    return { id, secret: (await login.addSecret(id)).secretText };
  };
  return { ...effects, login, put, createWithSecret };
}

async function fingerprintsOf({ call }: World, id: string): Promise<readonly string[]> {
  const listed = (await call('GET', pathOf(id, 'client-secret'))).json as readonly {
    readonly fingerprint: string;
  }[];
  return listed.map(({ fingerprint }) => fingerprint);
}

const refused = everywhere('401 invalid_client');

test('isValid: false refuses the client everywhere and ends its tokens, which do not come back', async (context) => {
  const world = await open(context);
  const { create, createWithSecret, put, issue, introspect, clock } = world;
  const reader = await create({ applicationId: billing.id });
  const client = await createWithSecret();
  await world.service.updateClient({
    clientId: client.id,
    applicationBindings: [{ applicationId: billing.id }],
  });
  const token = await issue(client);
  assert.equal((await introspect(reader, token))['active'], true);
  await put(client.id, { isValid: false });
  assert.deepEqual(await outcomes(world, client), refused);
  assert.deepEqual(await introspect(reader, token), { active: false });
  await put(client.id, { isValid: true });
  assert.deepEqual(await outcomes(world, client), everywhere('ok'));
  assert.equal((await introspect(reader, await issue(client)))['active'], true);
  clock.advance(1);
  assert.deepEqual(await introspect(reader, token), { active: false });
});

test('requiresSecret: where it is false a secret is optional, and checked where it is presented', async (context) => {
  const world = await open(context);
  const client = await world.createWithSecret();
  const without = { id: client.id };
  const wrong = { id: client.id, secret: 'wrong' };
  assert.deepEqual(await outcomes(world, client), everywhere('ok'));
  assert.deepEqual(await outcomes(world, without), refused);

  await world.put(client.id, { requiresSecret: false });
  assert.deepEqual(await outcomes(world, without), {
    token: '400 unauthorized_client',
    introspection: '401 invalid_client',
    revocation: 'ok',
  });
  assert.deepEqual(await outcomes(world, client), {
    token: '400 unauthorized_client',
    introspection: '400 unauthorized_client',
    revocation: 'ok',
  });
  assert.deepEqual(await outcomes(world, wrong), refused);

  await world.put(client.id, { requiresSecret: true });
  assert.deepEqual(await outcomes(world, without), refused);
  assert.deepEqual(await outcomes(world, client), everywhere('ok'));
});

test('client-secret: one that is deleted is refused and one that is made accepted, from the next request on', async (context) => {
  const world = await open(context);
  const { login } = world;
  const first = await world.createWithSecret();
  const token = await world.issue(first);
  const [fingerprint = ''] = await fingerprintsOf(login, first.id);
  for (const method of ['client_secret_basic', 'client_secret_post']) {
    const second = { ...first, secret: (await login.addSecret(first.id)).secretText, method };
    assert.deepEqual(await outcomes(world, { ...first, method }), everywhere('ok'));
    assert.deepEqual(await outcomes(world, second), everywhere('ok'));
  }
  assert.equal((await login.call('DELETE', pathOf(first.id, 'client-secret', fingerprint))).status, 200);
  assert.deepEqual(await outcomes(world, first), refused);
  const third = { ...first, secret: (await login.addSecret(first.id)).secretText };
  assert.deepEqual(await outcomes(world, third), everywhere('ok'));
  assert.equal((await world.introspect(third, token))['active'], true);
});

test('validScopes: what may be asked for, what is given unasked, and what tokens keep', async (context) => {
  const world = await open(context);
  const { post, put, issue, introspect, createWithSecret } = world;
  const client = await createWithSecret({ validScopes: ['backend', 'auth', 'login'] });
  const may = async (scope: string) => answerOutcome(await post('token', client, { scope }));
  assert.deepEqual(
    [await may('backend auth'), await may('login'), await may('login-register'), await may('reports')],
    ['ok', 'ok', '400 invalid_scope', '400 invalid_scope'],
  );
  assert.equal(decodeJwt(await issue(client))['scope'], 'backend auth');
  const token = await issue(client, { scope: 'backend auth' });

  await put(client.id, { validScopes: ['auth'] });
  assert.deepEqual([await may('backend'), await may('auth')], ['400 invalid_scope', 'ok']);
  assert.equal((await introspect(client, token))['scope'], 'auth');

  await put(client.id, { validScopes: [] });
  assert.equal(await may('auth'), '400 invalid_scope');
  assert.equal((await introspect(client, token))['scope'], undefined);

  await put(client.id, { validScopes: ['login-register', 'auth'] });
  assert.deepEqual(
    [await may('login-register'), await may('login-register auth')],
    ['ok', '400 invalid_scope'],
  );
});

test('validScopes: a token for this API ends with the scope', async (context) => {
  const { login, createWithSecret, put, issue, server } = await open(context);
  const client = await createWithSecret({ validScopes: ['login'], clientCredentialFlowUser: 'admin' });
  const own = await openOn(server, await issue(client, { scope: 'login' }));
  assert.equal((await own.call('GET', pathOf(client.id))).status, 200);
  await put(client.id, { validScopes: ['backend'] });
  assert.equal(
    answerOf(await own.call('GET', pathOf(client.id))),
    '403 The access token lacks the scope login.',
  );
  assert.equal((await login.call('GET', pathOf(client.id))).status, 200);
});

test('clientCredentialFlowUser: tokens are the account’s, and without one there are none', async (context) => {
  const { createWithSecret, put, issue, introspect, post } = await open(context);
  const client = await createWithSecret();
  const token = await issue(client);
  assert.equal(decodeJwt(token).sub, robot.id);
  assert.equal((await introspect(client, token))['sub'], robot.id);
  await put(client.id, { clientCredentialFlowUser: null });
  assert.equal(answerOutcome(await post('token', client)), '400 unauthorized_client');
  await put(client.id, { clientCredentialFlowUser: 'admin' });
  const { sub } = decodeJwt(await issue(client));
  assert.ok(sub !== undefined && sub !== robot.id && sub !== client.id);
});

test('a deleted client’s tokens end, and it is unknown at every endpoint', async (context) => {
  const world = await open(context);
  const reader = await world.create({ applicationId: billing.id });
  const client = await world.createWithSecret();
  await world.service.updateClient({
    clientId: client.id,
    applicationBindings: [{ applicationId: billing.id }],
  });
  const token = await world.issue(client);
  assert.equal((await world.introspect(reader, token))['active'], true);
  assert.equal((await world.login.call('DELETE', pathOf(client.id))).status, 200);
  assert.deepEqual(await world.introspect(reader, token), { active: false });
  assert.deepEqual(await outcomes(world, client), refused);
});
