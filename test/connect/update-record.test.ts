import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes } from './face.ts';
import { type Answer, call, inOneWorld, recordOf, register } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly update: (clientId: string, body: object) => Promise<Answer>;
}

async function open(context: TestContext): Promise<World> {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  return {
    server,
    update: (clientId, body) => call(server, 'UpdateClient', { clientId, ...body }, { token }),
  };
}

async function redirectUrisAfter({ server, update }: World, before: readonly string[], body: object) {
  const { id } = await register(server, { redirectUris: before, grantTypes: ['authorization_code'] });
  const { status, json } = await update(id, { ...body });
  const { redirectUris } = await recordOf(server, id);
  return { status, message: json['message'], redirectUris };
}

const [a, b, c] = ['https://a.example/', 'https://b.example/', 'https://c.example/'] as const;

/** Values that other faces allow and this one does not. */
const beyond: readonly { readonly record: ClientPatch; readonly same: object; readonly other: object }[] = [
  { record: { name: null }, same: { name: '' }, other: { name: 'n'.repeat(65) } },
  {
    record: { name: 'n'.repeat(65) },
    same: { name: 'n'.repeat(65) },
    other: { name: 'm'.repeat(65) },
  },
  {
    record: { description: 'd'.repeat(257) },
    same: { description: 'd'.repeat(257) },
    other: { description: 'e'.repeat(257) },
  },
  {
    record: { websiteUri: `${a}${'w'.repeat(128)}` },
    same: { websiteUrl: `${a}${'w'.repeat(128)}` },
    other: { websiteUrl: `${a}${'x'.repeat(128)}` },
  },
  {
    record: { redirectUris: [`${a}${'r'.repeat(256)}`] },
    same: { redirectUri: `${a}${'r'.repeat(256)}` },
    other: { redirectUri: `${a}${'s'.repeat(256)}` },
  },
  {
    record: { postLogoutRedirectUris: Array.from({ length: 21 }, (_, index) => `${a}${index}`) },
    same: { postLogoutRedirectUris: Array.from({ length: 21 }, (_, index) => `${a}${index}`) },
    other: { postLogoutRedirectUris: Array.from({ length: 21 }, (_, index) => `${b}${index}`) },
  },
  {
    record: { postLogoutRedirectUris: [`${a}${'p'.repeat(256)}`] },
    same: { postLogoutRedirectUris: [`${a}${'p'.repeat(256)}`] },
    other: { postLogoutRedirectUris: [`${a}${'q'.repeat(256)}`] },
  },
];

inOneWorld<World>('UpdateClient and what the dialect does not show', open, {
  'the redirect URI is the first of the list, and the others stay': async (world) => {
    const changes: readonly (readonly [before: readonly string[], set: string, after: readonly string[]])[] =
      [
        [[], a, [a]],
        [[a], b, [b]],
        [[a, b, c], 'https://d.example/', ['https://d.example/', b, c]],
        [[a, b, c], a, [a, b, c]],
        // What was another one moves to the front; it cannot stand in the list twice.
        [[a, b, c], c, [c, b]],
      ];
    for (const [before, redirectUri, redirectUris] of changes) {
      const after = await redirectUrisAfter(world, before, { redirectUri });
      assert.deepEqual(after, { status: 200, message: undefined, redirectUris });
    }
  },
  'the redirect URI cannot be cleared while there are others': async (world) => {
    const after = await redirectUrisAfter(world, [a, b], { updateMask: 'redirectUri' });
    assert.deepEqual([after.status, after.redirectUris], [400, [a, b]]);
    assert.match(String(after.message), /^redirectUri /);
  },
  'the last redirect URI is cleared together with the grants that need it': async (world) => {
    const after = await redirectUrisAfter(world, [a], { updateMask: 'redirectUri,supportsCodeGrant' });
    assert.deepEqual([after.status, after.redirectUris], [200, []]);
  },
  'an empty logoUrl clears the logo, with the mask': async ({ server, update }) => {
    const { id } = await register(server, { logo: { kind: 'external', uri: `${a}logo.png` } });
    const { status, json } = await update(id, { logoUrl: '', updateMask: 'logoUrl' });
    assert.deepEqual([status, (json['client'] as { logoUrl: string }).logoUrl], [200, '']);
    assert.equal((await recordOf(server, id)).logo, null);
  },
  'a value beyond the limits of the dialect is accepted back, and a new one is refused': async ({
    server,
    update,
  }) => {
    for (const { record, same, other } of beyond) {
      const before = await register(server, record);
      const back = await update(before.id, same);
      assert.deepEqual([back.status, await recordOf(server, before.id)], [200, before], back.text);
      const withAnother = await update(before.id, { ...same, backchannelLogoutSessionRequired: true });
      assert.equal(withAnother.status, 200, withAnother.text);
      const refused = await update(before.id, other);
      assert.deepEqual([refused.status, refused.json['code']], [400, 'invalid_argument'], refused.text);
    }
  },
  'a record that another face left beyond a rule of the dialect takes other changes': async ({
    server,
    update,
  }) => {
    const { id: delegator } = await register(server, { name: 'Delegator' });
    const records: readonly ClientPatch[] = [
      { name: 'No redirect URI', grantTypes: ['authorization_code'] },
      { name: 'Refresh alone', grantTypes: ['refresh_token', 'password'] },
    ];
    for (const record of records) {
      for (const change of [{ allowedDelegators: [delegator] }, { supportsDeviceCodeGrant: true }]) {
        const { id } = await register(server, record);
        const { status, text } = await update(id, change);
        assert.equal(status, 200, text);
      }
    }
  },
  'grants of the record that the dialect does not show stay': async ({ server, update }) => {
    const grantTypes = ['password', 'agent_code', 'introspect', 'vp_token', 'id_token'] as const;
    const { id } = await register(server, { name: 'Shop', redirectUris: [a], grantTypes });
    const grants = { supportsCodeGrant: true, supportsRefreshToken: true, supportsDeviceCodeGrant: true };
    assert.equal((await update(id, grants)).status, 200);
    const off = Object.fromEntries(Object.keys(grants).map((name) => [name, false]));
    assert.equal((await update(id, off)).status, 200);
    assert.deepEqual(new Set((await recordOf(server, id)).grantTypes), new Set(grantTypes));
  },
  'delegators switch token exchange on, and their absence off': async ({ server, update }) => {
    const { id } = await register(server, { name: 'Shop' });
    const { id: delegator } = await register(server, { name: 'Delegator' });
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
    await update(id, { allowedDelegators: [delegator] });
    assert.deepEqual((await recordOf(server, id)).grantTypes, [exchange]);
    await update(id, { updateMask: 'allowedDelegators' });
    assert.deepEqual((await recordOf(server, id)).grantTypes, []);
  },
  // against: administration/merged
  'one change that is refused leaves the others of its request undone': async ({ server, update }) => {
    const before = await register(server, { name: 'Shop' });
    const { status } = await update(before.id, { name: 'Store', websiteUrl: 'javascript:alert(1)' });
    assert.deepEqual([status, await recordOf(server, before.id)], [400, before]);
  },
});
