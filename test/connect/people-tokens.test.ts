import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createClient } from '@connectrpc/connect';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { ApplicationService } from '../../src/gen/xeonr/auth/api/v1/application_service_pb.ts';
import { AuthorisationsService } from '../../src/gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { MeService } from '../../src/gen/xeonr/auth/api/v1/me_service_pb.ts';
import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import type { Parameters, RelyingParty } from '../fixtures/relying-party.ts';
import {
  alice,
  bob,
  openSignInWorld,
  type Resident,
  type SignInWorld,
  signInAndAllow,
} from '../fixtures/sign-in-world.ts';
import { connectTransport } from './face.ts';
import { asOperator, inOneWorld, outcomeOf } from './world.ts';

const [read, revoke] = ['oauth:client-authorisations:read', 'oauth:client-authorisations:revoke'] as const;
const orders = {
  id: 'orders',
  name: 'Orders',
  slug: 'orders',
  audience: 'https://orders.example/',
  websiteUrl: 'https://orders.example/about',
};

interface World extends SignInWorld {
  readonly clock: ManualClock;
}

async function open(context: TestContext): Promise<World> {
  const clock = createManualClock();
  const world = await openSignInWorld(context, { clock, declarations: { applications: [orders] } });
  return { ...world, clock };
}

/** The services, called with the token of a person who has signed in at a client for `scope`. */
async function signedIn(
  { server, newPerson }: World,
  relyingParty: RelyingParty,
  scope: string,
  resident: Resident = alice,
  parameters: Parameters = {},
) {
  const request = relyingParty.authorize({ scope, ...parameters });
  const person = newPerson();
  const { client } = await signInAndAllow(person, request, resident);
  const { accessToken, refreshToken } = await relyingParty.complete(client, request);
  const transport = connectTransport(server, accessToken);
  const [me, authorisations] = [
    createClient(MeService, transport),
    createClient(AuthorisationsService, transport),
  ];
  return { person, accessToken, refreshToken, me, authorisations };
}

const denied = 'permission_denied';

inOneWorld<World>('the services about a person, with the tokens of people', open, {
  'each scope opens its own methods, whatever the format of the token': async (world) => {
    const table: readonly (readonly [scope: string, outcomes: readonly string[]])[] = [
      ['openid', [denied, denied, denied]],
      ['openid email', ['ok', denied, denied]],
      ['openid profile', ['ok', denied, denied]],
      [`openid ${read}`, [denied, 'ok', denied]],
      [`openid ${revoke}`, [denied, denied, 'ok']],
    ];
    for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
      const relyingParty = await world.register({ accessTokenFormat });
      for (const [scope, outcomes] of table) {
        const { me, authorisations } = await signedIn(world, relyingParty, scope);
        const seen = [
          await outcomeOf(me.getMe({})),
          await outcomeOf(authorisations.listAuthorisations({})),
          await outcomeOf(authorisations.revokeAllAuthorisations({})),
        ];
        assert.deepEqual(seen, outcomes, scope);
      }
    }
  },
  'GetMe shows of a person what userinfo does': async (world) => {
    const { relyingParty } = world;
    const { me, accessToken } = await signedIn(world, relyingParty, 'openid email profile');
    const { body } = await relyingParty.userinfo(accessToken);
    const { userId, username, email } = await me.getMe({});
    assert.deepEqual([userId, username, email], [alice.id, alice.username, alice.email]);
    assert.deepEqual([body['sub'], body['preferred_username'], body['email']], [userId, username, email]);
    const withoutEmail = await (await signedIn(world, relyingParty, 'openid profile')).me.getMe({});
    assert.deepEqual([withoutEmail.username, withoutEmail.email], [alice.username, '']);
    const withoutProfile = await (await signedIn(world, relyingParty, 'openid email')).me.getMe({});
    assert.deepEqual([withoutProfile.username, withoutProfile.email], ['', alice.email]);
    const ofBob = await signedIn(world, relyingParty, 'openid email profile', bob);
    const { userId: id, email: none } = await ofBob.me.getMe({});
    assert.deepEqual([id, none], [bob.id, '']);
  },
  'an authorisation is there from the first sign-in on, grows with what is allowed and tells when it was last used':
    async (world) => {
      const shop = await world.register({ name: 'Shop', refreshTokenIssuance: 'always' });
      const { authorisations } = await signedIn(world, world.relyingParty, `openid ${read}`);
      const find = async () => {
        const { authorisations: found } = await authorisations.listAuthorisations({
          clientId: shop.client.id,
        });
        return found.map(({ authorisationId, scopes, createdAt, lastUsedAt }) => ({
          authorisationId,
          scopes: scopes.toSorted(),
          createdAt: Number(createdAt?.seconds),
          lastUsedAt: Number(lastUsedAt?.seconds),
        }));
      };
      assert.deepEqual(await find(), []);
      const createdAt = world.clock.now();
      await signedIn(world, shop, 'openid');
      const [first] = await find();
      assert.deepEqual(first, {
        authorisationId: first?.authorisationId,
        scopes: ['openid'],
        createdAt,
        lastUsedAt: createdAt,
      });
      world.clock.advance(600);
      await signedIn(world, shop, 'openid email');
      const grown = { ...first, scopes: ['email', 'openid'], lastUsedAt: createdAt + 600 };
      assert.deepEqual(await find(), [grown]);
    },
  'nobody sees or ends what is anybody else’s': async (world) => {
    const scope = `openid ${read} ${revoke}`;
    const ofAlice = await signedIn(world, world.relyingParty, scope);
    const ofBob = await signedIn(world, world.relyingParty, scope, bob);
    const { authorisations } = await ofAlice.authorisations.listAuthorisations({});
    for (const { authorisationId } of authorisations) {
      assert.equal(
        await outcomeOf(ofBob.authorisations.revokeAuthorisation({ authorisationId })),
        'not_found',
      );
    }
    const own = await ofBob.authorisations.listAuthorisations({});
    assert.ok(
      own.authorisations.every(
        (entry) => !authorisations.some((other) => other.authorisationId === entry.authorisationId),
      ),
    );
    assert.equal(await outcomeOf(ofAlice.me.getMe({})), denied);
    assert.equal((await world.relyingParty.userinfo(ofAlice.accessToken)).status, 200);
  },
  'who revokes the authorisation that the call is made with is a stranger from then on': async (world) => {
    const shop = await world.register();
    const { authorisations } = await signedIn(world, shop, `openid ${read} ${revoke}`);
    const { authorisations: found } = await authorisations.listAuthorisations({ clientId: shop.client.id });
    const [{ authorisationId = '' } = {}] = found;
    assert.equal(await outcomeOf(authorisations.revokeAuthorisation({ authorisationId })), 'ok');
    assert.equal(await outcomeOf(authorisations.revokeAuthorisation({ authorisationId })), 'unauthenticated');
  },
  'a token for an API opens none of them, unless it was asked for this server too': async (world) => {
    const bound = await world.register({ applicationBindings: [{ applicationId: orders.id, config: null }] });
    const { me } = await signedIn(world, bound, 'openid email');
    assert.equal(await outcomeOf(me.getMe({})), 'unauthenticated');
    const resource = world.server.issuer;
    const asked = await signedIn(world, bound, 'openid email', alice, { resource });
    assert.equal(await outcomeOf(asked.me.getMe({})), 'ok');
  },
  'a scope that the client has lost, a session that has ended and a client that is disabled close them at once':
    async (world) => {
      const relyingParty = await world.register();
      const { me, person } = await signedIn(world, relyingParty, 'openid email');
      const change = (patch: ClientPatch) =>
        world.server.registry.update({ ...asOperator, id: relyingParty.client.id, patch: () => patch });
      await change({ allowedScopes: ['openid'] });
      assert.equal(await outcomeOf(me.getMe({})), denied);
      await change({ allowedScopes: null });
      assert.equal(await outcomeOf(me.getMe({})), 'ok');
      await person.open('/logout');
      await person.confirmLogout();
      assert.equal(await outcomeOf(me.getMe({})), 'unauthenticated');
      const again = await signedIn(world, relyingParty, 'openid email');
      await change({ enabled: false });
      assert.equal(await outcomeOf(again.me.getMe({})), 'unauthenticated');
    },
  'GetApplication needs nobody': async ({ server }) => {
    const applications = createClient(ApplicationService, connectTransport(server, null));
    const { application } = await applications.getApplication({ slug: orders.slug });
    const { $typeName: _, ...shown } = application ?? assert.fail();
    assert.deepEqual(shown, {
      applicationId: orders.id,
      name: orders.name,
      slug: orders.slug,
      websiteUrl: orders.websiteUrl,
      enabledIdps: [builtInIdentityProvider.id],
    });
    assert.equal(await outcomeOf(applications.getApplication({ slug: 'nothing' })), 'not_found');
  },
});
