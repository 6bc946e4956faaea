import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import { inOneWorld } from '../connect/world.ts';
import { basic } from '../fixtures/protocol-server.ts';
import type { RelyingParty } from '../fixtures/relying-party.ts';
import { alice, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { openUpstreamWorld, signInThere, type UpstreamWorld } from '../upstream/world.ts';

/** The field `identity_provider` of the clients API, and what it does to whoever signs in and to what they have. */

const builtIn = builtInIdentityProvider.id;

interface World extends UpstreamWorld {
  /** Registers a relying party whose people sign in at a provider. */
  readonly registerAt: (providerId: string) => Promise<RelyingParty>;
}

async function open(context: TestContext): Promise<World> {
  const world = await openUpstreamWorld(context);
  const registerAt: World['registerAt'] = async (providerId) => {
    const grantTypes = ['authorization_code', 'refresh_token', 'introspect'] as const;
    const relyingParty = await world.here.register({
      grantTypes: [...grantTypes],
      refreshTokenIssuance: 'always',
    });
    return world.nameProvider(relyingParty, providerId);
  };
  return { ...world, registerAt };
}

const elsewhere = ({ providerId }: World, id: string) => (id === builtIn ? providerId : builtIn);

/** Signs somebody in where the client says. */
async function signIn(world: World, relyingParty: RelyingParty, person = world.newPerson()) {
  const request = relyingParty.authorize({ scope: 'openid profile' });
  const { client } =
    relyingParty.client.identityProviderId === world.providerId
      ? await signInThere(person, request)
      : await signInAndAllow(person, request, alice);
  assert.ok(client?.parameters.has('code'), `${person.place().url}`);
  return { person, request, client };
}

/** What each endpoint says of tokens. */
async function worthOf(
  { here }: World,
  party: RelyingParty,
  tokens: Awaited<ReturnType<RelyingParty['complete']>>,
) {
  const isActive = async (token: string | null) => {
    const answer = await fetch(`${here.server.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: basic(party.client.id, party.secret ?? '') },
      body: new URLSearchParams({ token: token ?? '' }),
    });
    return ((await answer.json()) as { readonly active: boolean }).active;
  };
  const refreshed = await party.refresh(tokens.refreshToken ?? '');
  return {
    userinfo: (await party.userinfo(tokens.accessToken)).status,
    accessToken: await isActive(tokens.accessToken),
    refreshToken: await isActive(tokens.refreshToken),
    refresh: refreshed.status === 200 ? 'ok' : refreshed.body['error'],
  };
}

const alive = { userinfo: 200, accessToken: true, refreshToken: true, refresh: 'ok' };
const dead = { userinfo: 401, accessToken: false, refreshToken: false, refresh: 'invalid_grant' };

inOneWorld<World>('identity_provider', open, {
  'the login page offers what it names, from the next request on': async (world) => {
    const { nameProvider, providerId, newPerson } = world;
    let relyingParty = await world.registerAt(builtIn);
    const offered = async () => {
      const person = newPerson();
      await person.open(relyingParty.authorize().url);
      const { forms, links } = person.page();
      const isElsewhere = links.some(({ href }) => href.pathname === '/login/provider');
      const hasPassword = forms.some(({ fields }) => fields.some(({ name }) => name === 'password'));
      return { isElsewhere, hasPassword };
    };
    assert.deepEqual(await offered(), { isElsewhere: false, hasPassword: true });
    relyingParty = await nameProvider(relyingParty, providerId);
    assert.deepEqual(await offered(), { isElsewhere: true, hasPassword: false });
    relyingParty = await nameProvider(relyingParty, builtIn);
    assert.deepEqual(await offered(), { isElsewhere: false, hasPassword: true });
  },

  'a session from another provider does not count at the authorization endpoint': async (world) => {
    for (const id of [builtIn, world.providerId]) {
      const first = await world.registerAt(id);
      const { person } = await signIn(world, first);
      const other = await world.registerAt(elsewhere(world, id));
      const { client } = await person.open(other.authorize({ prompt: 'none' }).url);
      assert.equal(client?.parameters.get('error'), 'login_required');
      const place = await person.open(other.authorize().url);
      assert.deepEqual([place.client, place.url.pathname], [null, '/login']);
      // It is not in the way of one that does, and lives on beside it.
      await signIn(world, other, person);
      for (const relyingParty of [first, other]) {
        const silent = await person.open(relyingParty.authorize({ prompt: 'none' }).url);
        assert.equal(silent.client?.parameters.has('code'), true);
      }
    }
  },

  'what came from another provider is worth nothing once the client names this one': async (world) => {
    for (const id of [builtIn, world.providerId]) {
      const relyingParty = await world.registerAt(id);
      const { client, request, person } = await signIn(world, relyingParty);
      const tokens = await relyingParty.complete(client, request);
      const pending = relyingParty.authorize();
      const { client: answered } = await person.open(pending.url);
      const code = answered?.parameters.get('code') ?? assert.fail();
      assert.deepEqual(await worthOf(world, relyingParty, tokens), alive);
      const changed = await world.nameProvider(relyingParty, elsewhere(world, id));
      assert.deepEqual(await worthOf(world, changed, tokens), dead);
      const { status, body } = await changed.exchange(code, pending);
      assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
      const { client: silent } = await person.open(changed.authorize({ prompt: 'none' }).url);
      assert.equal(silent?.parameters.get('error'), 'login_required');
    }
  },

  'a sign-in that is under way goes on at the provider that the client names then': async (world) => {
    const relyingParty = await world.registerAt(builtIn);
    const person = world.newPerson();
    await person.open(relyingParty.authorize().url);
    await world.nameProvider(relyingParty, world.providerId);
    const place = await person.signIn(alice);
    assert.deepEqual([place.client, place.url.pathname], [null, '/login']);
    assert.ok(place.page?.links.some(({ href }) => href.pathname === '/login/provider'));
  },

  'a provider that a client names is not deleted': async (world) => {
    const token = await world.here.server.bootstrapToken('identity-providers:manage:all');
    const path = `${world.here.server.issuer}/api/identity-providers/${world.providerId}`;
    const answer = await fetch(path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 422);
    await signIn(world, await world.registerAt(world.providerId));
  },
});
