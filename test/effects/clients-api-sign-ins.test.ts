import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import type { TestContext } from 'node:test';
import { decodeJwt } from 'jose';
import { dataOf, ec, openOn, type Shown, type ShownClient } from '../clients-api/world.ts';
import { inOneWorld } from '../connect/world.ts';
import {
  assertionType,
  goodClaims,
  makeAssertion,
  makeKeyPair,
  toPem,
} from '../fixtures/client-assertion.ts';
import {
  callback,
  type JsonAnswer,
  type Parameters,
  type RelyingParty,
  readJson,
} from '../fixtures/relying-party.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';
import {
  type AtClient,
  allOk,
  arrive,
  type Outcomes,
  openSignIns,
  outcomesAt,
  placeOutcome,
  userinfoOutcome,
} from './sign-ins.ts';
import { answerOutcome } from './world.ts';

const elsewhere = 'https://client.example/elsewhere';
const grants = ['authorization_code', 'implicit', 'refresh_token', 'revoke', 'introspect'];
const withoutChallenge = { code_challenge: null, code_challenge_method: null };
const invalidClient = '401 invalid_client';
const refused: Outcomes = { ...allOk, exchange: invalidClient, refresh: invalidClient };

/** A server whose clients for people are administered through the clients API alone. */
async function open(context: TestContext) {
  const world = await openSignIns(context);
  const api = await openOn(world.server);
  const create = async (fields: object = {}): Promise<RelyingParty> => {
    const { id, secret } = await api.create({
      name: 'Shop',
      redirect_uris: [callback],
      supported_grant_types: grants,
      confidential: true,
      key_pair_type: ec,
      ...fields,
    });
    return world.relyingParty(id, secret);
  };
  const set = async ({ client }: Pick<RelyingParty, 'client'>, fields: object): Promise<ShownClient> =>
    dataOf(await api.change(client.id, fields)) as ShownClient;
  const arriveAtNew = async (fields: object = {}, parameters: Parameters = {}): Promise<AtClient> =>
    arrive(world.newPerson(), await create(fields), parameters);
  return { ...world, api, create, set, arriveAtNew };
}

type World = Awaited<ReturnType<typeof open>>;

inOneWorld<World>('settings of the clients API, for people', open, {
  // against: dpop/absent, pkce/downgrade
  'each setting holds for requests, codes and tokens, from the next request on': async (world) => {
    const { set, arriveAtNew } = world;
    const without = (grant: string) => ({ supported_grant_types: grants.filter((name) => name !== grant) });
    const notAllowed = '400 unauthorized_client';
    const dpop = '400 invalid_dpop_proof';
    const rows: readonly (readonly [object, Partial<Outcomes>, Parameters?])[] = [
      [{ name: 'Store' }, {}],
      [
        { redirect_uris: [elsewhere] },
        { authorize: '400 Invalid redirect_uri', exchange: '400 invalid_grant' },
      ],
      [without('authorization_code'), { authorize: 'error unauthorized_client', exchange: notAllowed }],
      [without('refresh_token'), { refresh: notAllowed }],
      [without('implicit'), {}],
      [
        { enforce_dpop: true },
        {
          authorize: 'error invalid_dpop_proof',
          exchange: dpop,
          refresh: dpop,
          userinfo: '401 invalid_token',
        },
      ],
      [
        { pkce: true },
        { authorize: 'error invalid_request', exchange: '400 invalid_grant' },
        withoutChallenge,
      ],
      [{ pkce: true }, {}],
      [
        { confidential: false },
        { authorize: 'error invalid_request', exchange: '400 invalid_grant' },
        withoutChallenge,
      ],
    ];
    for (const [setting, expected, parameters = {}] of rows) {
      const at = await arriveAtNew({ pkce: false }, parameters);
      await set(at.relyingParty, setting);
      assert.deepEqual([setting, await outcomesAt(at)], [setting, { ...allOk, ...expected }]);
    }
  },

  'supported_grant_types: what a response may have': async ({ create, set, newPerson }) => {
    const relyingParty = await create();
    const person = newPerson();
    await signInAndAllow(person, relyingParty.authorize());
    const led = async (response_type: string) =>
      placeOutcome(await person.open(relyingParty.authorize({ response_type }).url));
    const all = async () => Promise.all(['code', 'id_token token', 'code id_token'].map(led));
    assert.deepEqual(await all(), ['code', 'id_token access_token', 'code id_token']);
    await set(relyingParty, { supported_grant_types: ['authorization_code'] });
    const no = 'error unauthorized_client';
    assert.deepEqual(await all(), ['code', no, no]);
    await set(relyingParty, { supported_grant_types: ['implicit'] });
    assert.deepEqual(await all(), [no, 'id_token access_token', no]);
    await set(relyingParty, { supported_grant_types: ['authorization_code'] });
    const { tokens } = await arrive(person, relyingParty);
    assert.equal(tokens.refreshToken, null);
  },

  'confidential, public_refresh_token and public_revoke: where a secret is needed': async (world) => {
    const { set, arriveAtNew, relyingParty: as } = world;
    const rows: readonly (readonly [object, Outcomes, string])[] = [
      [{}, refused, '401'],
      [{ public_refresh_token: true }, { ...refused, refresh: 'ok' }, '401'],
      [{ public_revoke: true }, refused, '200'],
      [{ confidential: false, public_refresh_token: true }, allOk, '401'],
      [{ confidential: false, public_refresh_token: false }, { ...allOk, refresh: invalidClient }, '401'],
    ];
    for (const [setting, expected, revocation] of rows) {
      const at = await arriveAtNew();
      const { id } = at.relyingParty.client;
      await set(at.relyingParty, setting);
      const bare = await as(id, null);
      assert.deepEqual([setting, await outcomesAt(at, await as(id, 'wrong'))], [setting, refused]);
      assert.deepEqual([setting, await outcomesAt(at, bare)], [setting, expected]);
      const again = await arrive(at.person, at.relyingParty);
      assert.deepEqual([setting, await outcomesAt(again)], [setting, allOk]);
      assert.equal(String(await revoke(world, bare, again)), revocation);
      assert.equal(await userinfoOutcome(again), revocation === '200' ? '401 invalid_token' : 'ok');
      assert.equal(await revoke(world, at.relyingParty, again), 200);
      assert.equal(await userinfoOutcome(again), '401 invalid_token');
    }
  },

  'secret: codes and refresh tokens take the new one alone': async ({ set, arriveAtNew, ...world }) => {
    const at = await arriveAtNew();
    const { secret } = await set(at.relyingParty, { secret: 'n'.repeat(64) });
    assert.deepEqual(await outcomesAt(at), refused);
    const renewed = await world.relyingParty(at.relyingParty.client.id, secret);
    assert.deepEqual(await outcomesAt(at, renewed), allOk);
  },

  'authorize_scope and authorized_scopes: at requests, codes and refresh tokens': async (world) => {
    const { set, arriveAtNew } = world;
    const private_ = { authorize_scope: true, authorized_scopes: [{ name: 'payroll' }] };
    const scope = 'openid payroll';
    for (const change of [{ authorize_scope: false }, { authorized_scopes: [] }]) {
      const at = await arriveAtNew(private_, { scope });
      const { relyingParty, person, tokens } = at;
      assert.equal(tokens.scope, scope);
      await set(relyingParty, change);
      assert.equal(placeOutcome(await person.open(at.request.url)), 'error invalid_scope');
      assert.equal((await relyingParty.exchange(at.code, at.request)).body['scope'], 'openid');
      const refreshed = await relyingParty.refresh(tokens.refreshToken ?? '');
      assert.equal(refreshed.body['scope'], 'openid');
      const asked = await relyingParty.refresh(tokens.refreshToken ?? '', { scope });
      assert.equal(answerOutcome(asked), '400 invalid_scope');
    }
  },

  // against: tokens/current
  'a scope that takes the name of a former one: nobody has allowed it, and nothing that is out has it':
    async (world) => {
      const { api, arriveAtNew } = world;
      const create = (name: string) => api.createScope({ name, public: true });
      const remove = ({ id }: Shown) => api.call('DELETE', `/api/scopes/${id}`);
      const rename = ({ id }: Shown, name: string) =>
        api.call('PUT', `/api/scopes/${id}`, { scope: { name } });
      const changes: readonly ((former: Shown, name: string) => Promise<unknown>)[] = [
        async (former, name) => [await remove(former), await create(name)],
        async (former, name) => [await rename(former, `${name}-of-old`), await create(name)],
        async (former, name) => [await remove(former), await rename(await create(`${name}-2`), name)],
      ];
      for (const [index, change] of changes.entries()) {
        const name = `reports-${index}`;
        const scope = `openid ${name}`;
        const former = await create(name);
        const at = await arriveAtNew({}, { scope });
        const { person, relyingParty, tokens } = at;
        const refreshToken = tokens.refreshToken ?? '';
        const scopeOf = async (token: string) => (await introspect(world, relyingParty, token))['scope'];
        assert.deepEqual([tokens.scope, await scopeOf(tokens.accessToken)], [scope, scope]);
        await change(former, name);
        assert.equal(await scopeOf(tokens.accessToken), 'openid');
        assert.equal(await scopeOf(refreshToken), 'openid');
        assert.equal((await relyingParty.exchange(at.code, at.request)).body['scope'], 'openid');
        assert.equal((await relyingParty.refresh(refreshToken)).body['scope'], 'openid');
        const asked = await relyingParty.refresh(refreshToken, { scope });
        assert.equal(answerOutcome(asked), '400 invalid_scope');
        assert.equal(await userinfoOutcome(at), 'ok');
        assert.equal(placeOutcome(await person.open(relyingParty.authorize().url)), 'code');
        assert.equal(placeOutcome(await person.open(relyingParty.authorize({ scope }).url)), '/consent');
      }
    },

  'identity_provider: a session from another does not count': async (world) => {
    const { api, set, arriveAtNew } = world;
    const at = await arriveAtNew();
    const { id } = await api.createProvider('Elsewhere');
    await set(at.relyingParty, { identity_provider: { id } });
    const ended = { exchange: '400 invalid_grant', refresh: '400 invalid_grant' };
    const { authorize, ...others } = await outcomesAt(at);
    assert.notEqual(authorize, 'code');
    assert.deepEqual(others, { ...ended, userinfo: '401 invalid_token' });
  },

  'access_token_ttl, authorization_code_ttl, refresh_token_ttl and id_token_ttl: to the second': async (
    world,
  ) => {
    const { clock, arriveAtNew } = world;
    const lifetimes = {
      access_token_ttl: 300,
      authorization_code_ttl: 20,
      refresh_token_ttl: 900,
      id_token_ttl: 600,
    };
    const at = await arriveAtNew(lifetimes);
    const { tokens, relyingParty } = at;
    const { exp = 0, iat = 0 } = decodeJwt(tokens.idToken ?? '');
    assert.deepEqual([tokens.body['expires_in'], exp - iat], [300, 600]);
    const second = await arrive(at.person, relyingParty);

    clock.advance(19);
    assert.equal(answerOutcome(await relyingParty.exchange(at.code, at.request)), 'ok');
    clock.advance(1);
    assert.equal(
      answerOutcome(await relyingParty.exchange(second.code, second.request)),
      '400 invalid_grant',
    );
    clock.advance(279);
    assert.equal(await userinfoOutcome(at), 'ok');
    clock.advance(1);
    assert.equal(await userinfoOutcome(at), '401 invalid_token');
    clock.advance(599);
    const refreshed = await relyingParty.refresh(tokens.refreshToken ?? '');
    assert.equal(refreshed.body['expires_in'], 300);
    clock.advance(1);
    const late = await relyingParty.refresh(tokens.refreshToken ?? '');
    assert.equal(answerOutcome(late), '400 invalid_grant');
  },

  'token_endpoint_auth_methods, token_endpoint_jwt_auth_alg and jwt_public_key: at codes and refresh tokens':
    async (world) => {
      const { set, arriveAtNew } = world;
      const pair = makeKeyPair('ES256');
      const jwt = {
        token_endpoint_auth_methods: ['private_key_jwt'],
        token_endpoint_jwt_auth_alg: 'ES256',
        jwt_public_key: toPem(pair.publicKey),
      };
      const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'client_secret_jwt'];
      for (const registered of methods) {
        for (const used of methods) {
          const at = await arriveAtNew();
          const mac = { token_endpoint_jwt_auth_alg: 'HS256', jwt_public_key: null };
          const others = { ...(registered === 'client_secret_jwt' ? mac : jwt) };
          await set(at.relyingParty, { ...others, token_endpoint_auth_methods: [registered] });
          const relyingParty = await proving(world, at.relyingParty, used, pair.privateKey);
          const expected = registered === used ? allOk : refused;
          const title = `${used} for ${registered}`;
          assert.deepEqual([title, await outcomesAt(at, relyingParty)], [title, expected]);
        }
      }
      const at = await arriveAtNew();
      await set(at.relyingParty, { ...jwt, jwt_public_key: toPem(makeKeyPair('ES256').publicKey) });
      const relyingParty = await proving(world, at.relyingParty, 'private_key_jwt', pair.privateKey);
      assert.deepEqual(await outcomesAt(at, relyingParty), refused);
    },
});

/** Revokes the refresh token of a sign-in, and so the sign-in. */
async function revoke(
  { server }: World,
  { client, secret }: RelyingParty,
  { tokens }: AtClient,
): Promise<number> {
  const { status } = await fetch(`${server.issuer}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({
      token: tokens.refreshToken ?? '',
      client_id: client.id,
      ...(secret !== null && { client_secret: secret }),
    }),
  });
  return status;
}

/** What a client gets to know of a token. */
async function introspect(
  { server }: World,
  { client, secret }: RelyingParty,
  token: string,
): Promise<JsonAnswer['body']> {
  const body = new URLSearchParams({ token, client_id: client.id, client_secret: secret ?? '' });
  return (await readJson(await fetch(`${server.issuer}/oauth/introspect`, { method: 'POST', body }))).body;
}

/** A relying party that proves itself by `method`, whatever is registered. */
async function proving(
  world: World,
  relyingParty: RelyingParty,
  method: string,
  key: KeyObject,
): Promise<RelyingParty> {
  if (method === 'client_secret_basic') return relyingParty;
  const { client, secret } = relyingParty;
  const { server, clock } = world;
  const sign = (alg: 'ES256' | 'HS256', signingKey: KeyObject | Uint8Array): Parameters => {
    const claims = goodClaims({ issuer: server.issuer, clock }, client.id);
    const client_assertion = makeAssertion({ header: { alg }, claims, alg, key: signingKey });
    return { client_assertion_type: assertionType, client_assertion };
  };
  const proofs: Readonly<Record<string, () => Parameters>> = {
    client_secret_post: () => ({ client_secret: secret }),
    private_key_jwt: () => sign('ES256', key),
    client_secret_jwt: () => sign('HS256', Buffer.from(secret ?? '')),
  };
  const bare = await world.relyingParty(client.id, null);
  return {
    ...bare,
    exchange: (code, request, parameters) =>
      bare.exchange(code, request, { ...parameters, ...proofs[method]?.() }),
    refresh: (token) => bare.refresh(token, proofs[method]?.()),
  };
}
