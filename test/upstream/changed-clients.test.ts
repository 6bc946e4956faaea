import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import { asOperator, inOneWorld } from '../connect/world.ts';
import { placeOutcome } from '../effects/sign-ins.ts';
import { startOpenIdProvider, type TestProvider } from '../fixtures/openid-provider.ts';
import type { Person, Place } from '../fixtures/person.ts';
import { openSignInWorld, type SignInWorld } from '../fixtures/sign-in-world.ts';

const providerId = '2f0d9a34-4f54-4f42-8d5f-6a0f1f0c1a01';

interface World extends SignInWorld {
  readonly there: TestProvider;
}

/** A server at which people sign in elsewhere, for clients that want it so. */
async function open(context: TestContext): Promise<World> {
  const there = await startOpenIdProvider(context);
  const { issuer, clientId, clientSecret: secret } = there;
  const provider = { id: providerId, name: 'Elsewhere', type: 'oidc', issuer, clientId, secret };
  const world = await openSignInWorld(context, {
    declarations: { identityProviders: [provider] },
    env: { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true' },
  });
  return { ...world, there };
}

/** What happens to the client, and what its people come to then. */
const changes: Readonly<Record<string, readonly [ClientPatch | 'delete', string]>> = {
  'is disabled': [{ enabled: false }, '400 Invalid client_id'],
  'is deleted': ['delete', '400 Invalid client_id'],
  'loses its redirect URI': [
    { redirectUris: ['https://client.example/elsewhere'] },
    '400 Invalid redirect_uri',
  ],
  'loses its grant': [{ grantTypes: ['implicit', 'refresh_token'] }, 'error unauthorized_client'],
  'loses a scope': [{ allowedScopes: ['openid'] }, 'error invalid_scope'],
  'needs a challenge': [{ pkceRequired: true }, 'error invalid_request'],
  'has its people sign in here': [{ identityProviderId: builtInIdentityProvider.id }, '/login'],
};

/** A person at the page that leads to the provider, for a client of their own, and what happens to it. */
async function setOut({ register, newPerson, server }: World, change: ClientPatch | 'delete') {
  const { client, ...relyingParty } = await register({
    identityProviderId: providerId,
    pkceRequired: false,
  });
  const person = newPerson();
  await person.open(
    relyingParty.authorize({ scope: 'openid email', code_challenge: null, code_challenge_method: null }).url,
  );
  const [link] = person.page().links.filter(({ href }) => href.pathname === '/login/provider');
  const { id } = client;
  return {
    person,
    toProvider: () => person.open(link?.href ?? assert.fail(person.page().text)),
    change: () =>
      change === 'delete'
        ? server.registry.remove({ ...asOperator, id })
        : server.registry.update({ ...asOperator, id, patch: () => change }),
    left: async () => {
      const tables = ['consents', 'grants', 'authorization_codes'];
      const counts = tables.map((table) => server.database.run(`select * from ${table}`));
      return (await Promise.all(counts)).flat();
    },
  };
}

/** Whether somebody is signed in: at the browser and at the server, or at neither. */
async function isSignedIn(person: Person): Promise<boolean> {
  return (await person.openTab().open('/account')).url.pathname === '/account';
}

function assertComesTo(place: Place, outcome: string): void {
  assert.equal(placeOutcome(place), outcome);
  if (/^\d/.test(outcome)) assert.deepEqual([place.client, place.location], [null, null]);
}

inOneWorld<World>('while a person signs in elsewhere, the client is changed', open, {
  ...Object.fromEntries(
    Object.entries(changes).flatMap(([name, [change, outcome]]) => [
      [
        `a client that ${name} while its person is at the page that leads there`,
        async (world: World) => {
          const way = await setOut(world, change);
          await way.change();
          assertComesTo(await way.toProvider(), outcome);
          assert.equal(await isSignedIn(way.person), false);
          assert.deepEqual(await way.left(), []);
        },
      ],
      [
        `a client that ${name} while its person is there: who comes back is signed in, and gets no further`,
        async (world: World) => {
          const way = await setOut(world, change);
          const { location } = await way.toProvider();
          const back = await world.there.visit(location?.href ?? assert.fail());
          await way.change();
          assertComesTo(await way.person.open(back), outcome);
          assert.equal(await isSignedIn(way.person), true);
          assert.deepEqual(await way.left(), []);
          assert.equal(placeOutcome(await way.person.open(back)), '400 This page has expired');
        },
      ],
    ]),
  ),
});
