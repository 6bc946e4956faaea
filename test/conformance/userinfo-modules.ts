import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { askUserinfo, runFlow } from './flow.ts';
import { checkNothingUnasked } from './id-token-checks.ts';
import type { Modules } from './modules.ts';
import { carol, type PlanWorld, textIn } from './plan-world.ts';
import { checkUserinfo } from './userinfo-checks.ts';

/** Asks userinfo in a way of its own, after a sign-in. */
async function tells(
  world: PlanWorld,
  ask: (endpoint: string, accessToken: string) => Promise<Response>,
): Promise<void> {
  const { accessToken, claims } = await runFlow(world, world.newPerson());
  const response = await ask(textIn(world.metadata, 'userinfo_endpoint'), accessToken);
  await checkUserinfo(response, { sub: claims.sub, scope: 'openid', now: world.clock.now() });
}

/** A scope is asked for, and userinfo has all that it stands for; the ID token of a code has none of it. */
async function tellsOfScope(world: PlanWorld, scope: string): Promise<JsonObject> {
  const supported = world.metadata['scopes_supported'] as readonly string[];
  assert.ok(scope.split(' ').every((one) => supported.includes(one)));
  const { accessToken, claims } = await runFlow(world, world.newPerson(), { scope });
  checkNothingUnasked(claims);
  const response = await askUserinfo(world, accessToken);
  return checkUserinfo(response, { sub: claims.sub, scope, now: world.clock.now() });
}

/** What clients are told about people. */
export const userinfoModules: Modules = {
  'oidcc-userinfo-get: a token in the header of a GET opens it': (world) =>
    tells(world, (endpoint, token) => fetch(endpoint, { headers: { authorization: `Bearer ${token}` } })),

  'oidcc-userinfo-post-header: so it does in the header of a POST': (world) =>
    tells(world, (endpoint, token) =>
      fetch(endpoint, { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
    ),

  'oidcc-userinfo-post-body: and in the form of one': (world) =>
    tells(world, (endpoint, token) =>
      fetch(endpoint, { method: 'POST', body: new URLSearchParams({ access_token: token }) }),
    ),

  'oidcc-scope-profile: every claim of the profile is there': async (world) => {
    const { name, birthdate } = await tellsOfScope(world, 'openid profile');
    assert.deepEqual([name, birthdate], [carol.claims.name, carol.claims.birthdate]);
  },

  'oidcc-scope-email: the address is there, and whether it is known to be theirs': async (world) => {
    const { email, email_verified: verified } = await tellsOfScope(world, 'openid email');
    assert.deepEqual([email, verified], [carol.email, true]);
  },

  'oidcc-scope-address: the postal address is there': async (world) => {
    const { address } = await tellsOfScope(world, 'openid address');
    assert.deepEqual(address, carol.claims.address);
  },

  'oidcc-scope-phone: the number is there, and whether it is known to be theirs': async (world) => {
    const { phone_number: number, phone_number_verified: verified } = await tellsOfScope(
      world,
      'openid phone',
    );
    assert.deepEqual([number, verified], [carol.claims.phone_number, true]);
  },

  'oidcc-scope-all: all of it is there at once': async (world) => {
    await tellsOfScope(world, 'openid email phone address profile');
  },

  'oidcc-claims-essential: a claim that is asked for at userinfo is there, and in the ID token it is not':
    async (world) => {
      const asked = { claims: JSON.stringify({ userinfo: { name: { essential: true } } }) };
      const { accessToken, claims } = await runFlow(world, world.newPerson(), asked);
      checkNothingUnasked(claims);
      const told = await (await askUserinfo(world, accessToken)).json();
      assert.deepEqual(told, { sub: carol.id, name: carol.claims.name });
    },

  'oidcc-claims-essential: one that is asked for in the ID token is there, and at userinfo it is not': async (
    world,
  ) => {
    const asked = { claims: JSON.stringify({ id_token: { name: { essential: true } } }) };
    const { accessToken, claims } = await runFlow(world, world.newPerson(), asked);
    assert.equal(claims['name'], carol.claims.name);
    assert.deepEqual(await (await askUserinfo(world, accessToken)).json(), { sub: carol.id });
  },
};
