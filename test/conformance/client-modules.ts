import assert from 'node:assert/strict';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { askUserinfo, errorOf, finish, requestFrom, runFlow, signIn } from './flow.ts';
import { readKeys } from './id-token-checks.ts';
import type { Modules } from './modules.ts';
import { type ClientAuthType, carol, type PlanWorld } from './plan-world.ts';

/** The metadata says that clients may prove themselves in this way. */
function supports({ metadata }: PlanWorld, authType: ClientAuthType): void {
  const supported = metadata['token_endpoint_auth_methods_supported'] as readonly string[];
  assert.ok(supported.includes(authType));
}

/** What makes a difference between clients: how they prove themselves, and what they want signed. */
export const clientModules: Modules = {
  'oidcc-server-client-secret-post: a client may prove itself in the form': async (world) => {
    supports(world, 'client_secret_post');
    const client = await world.register('client_secret_post');
    await runFlow(world, world.newPerson(), {}, client);
  },

  'oidcc-ensure-client-assertion-with-iss-aud-succeeds: an assertion may be for the issuer': async (
    world,
  ) => {
    supports(world, 'private_key_jwt');
    const client = await world.register('private_key_jwt', {}, world.issuer);
    await runFlow(world, world.newPerson(), {}, client);
  },

  'oidcc-idtoken-signature: a client that names no algorithm gets RS256, under a key that is named': async (
    world,
  ) => {
    const { idToken } = await runFlow(world, world.newPerson());
    const { alg, kid } = decodeProtectedHeader(idToken);
    assert.deepEqual([alg, typeof kid], ['RS256', 'string']);
  },

  'oidcc-idtoken-rs256: so does a client that names it': async (world) => {
    const client = await world.register('client_secret_basic', { idTokenSignatureAlg: 'RS256' });
    const { idToken } = await runFlow(world, world.newPerson(), {}, client);
    assert.equal(decodeProtectedHeader(idToken).alg, 'RS256');
  },

  'oidcc-idtoken-unsigned: no ID token is without signature, and none that is counts as one': async (
    world,
  ) => {
    const supported = world.metadata['id_token_signing_alg_values_supported'] as readonly string[];
    assert.ok(!supported.includes('none'));
    const { idToken } = await runFlow(world, world.newPerson());
    const [, payload] = idToken.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    const request = requestFrom(world, { id_token_hint: `${header}.${payload}.` });
    assert.equal(errorOf(world, request, await world.newPerson().open(request.url)), 'invalid_request');
  },

  'oidcc-userinfo-rs256: userinfo is signed for a client that wants it so, and is no ID token': async (
    world,
  ) => {
    const supported = world.metadata['userinfo_signing_alg_values_supported'] as readonly string[];
    assert.ok(supported.includes('RS256'));
    const client = await world.register('client_secret_basic', { userinfoSignedResponseAlg: 'RS256' });
    const { accessToken } = await runFlow(world, world.newPerson(), {}, client);
    const response = await askUserinfo(world, accessToken);
    assert.match(response.headers.get('content-type') ?? '', /^application\/jwt(;|$)/);
    const options = { issuer: world.issuer, audience: client.id, algorithms: ['RS256'] };
    const keys = createLocalJWKSet(await readKeys(world.metadata));
    const { payload } = await jwtVerify(await response.text(), keys, options);
    assert.deepEqual(payload, { sub: carol.id, iss: world.issuer, aud: client.id });
  },

  'oidcc-server-rotate-keys: a key that nobody has seen is published, and ID tokens that are out stay good':
    async (world) => {
      const person = world.newPerson();
      const before = await readKeys(world.metadata);
      const first = await runFlow(world, person);
      await world.rotateKeys();
      const after = await readKeys(world.metadata);
      const kids = new Set(before.keys.map(({ kid }) => kid));
      const modulus = new Set(before.keys.map(({ n }) => n));
      const made = after.keys.filter(({ kid }) => !kids.has(kid));
      assert.deepEqual(
        made.map(({ kty, use, n }) => [kty, use, modulus.has(n)]),
        [['RSA', 'sig', false]],
      );
      assert.ok(before.keys.every(({ kid }) => after.keys.some((key) => key.kid === kid)));

      const currentDate = new Date(world.clock.now() * 1000);
      await jwtVerify(first.idToken, createLocalJWKSet(after), { algorithms: ['RS256'], currentDate });
      const request = requestFrom(world, { prompt: 'none', id_token_hint: first.idToken });
      const second = await finish(world, request, await signIn(person, request));
      const [kidBefore, kidAfter] = [first, second].map(({ idToken }) => decodeProtectedHeader(idToken).kid);
      assert.notEqual(kidAfter, kidBefore);
      assert.ok(kids.has(kidAfter), 'the key that signs has been published before');
    },
};
