import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Client, GrantType } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService } from './face.ts';
import { type Answer, call, inOneWorld, outcomeOf, recordOf, register, startDeclaring } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
  /** Other clients, to be delegators. */
  readonly delegators: readonly [string, string];
  readonly update: (body: object | string) => Promise<Answer>;
}

async function open(context: TestContext): Promise<World> {
  const applications = [
    { id: 'orders', name: 'Orders', audience: 'https://orders.example/' },
    { id: 'stock', name: 'Stock', audience: 'https://stock.example/' },
  ];
  const server = await startDeclaring(context, { applications });
  const token = await server.bootstrapToken(clientScopes);
  const [first, second] = [await register(server, {}), await register(server, {})];
  return {
    server,
    token,
    delegators: [first.id, second.id],
    update: (body) => call(server, 'UpdateClient', body, { token }),
  };
}

/** A record in which every field that the dialect can change is set, and many that it does not show. */
function fullRecord({ delegators }: World): ClientPatch {
  return {
    name: 'Shop',
    description: 'Sells things',
    websiteUri: 'https://shop.example/',
    logo: { kind: 'external', uri: 'https://shop.example/logo.png' },
    verified: true,
    redirectUris: ['https://shop.example/callback'],
    postLogoutRedirectUris: ['https://shop.example/bye'],
    grantTypes: [
      'authorization_code',
      'implicit',
      'refresh_token',
      'client_credentials',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
      'introspect',
      'agent_code',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
    refreshTokenIssuance: 'always',
    tokenEndpointAuthMethods: ['client_secret_basic', 'private_key_jwt'],
    allowedScopes: ['openid'],
    accessTokenFormat: 'opaque',
    parRequired: true,
    accessTokenTtl: 120,
    allowedDelegators: [delegators[0]],
    backchannelLogoutUri: 'https://shop.example/backchannel',
    backchannelLogoutSessionRequired: true,
    frontchannelLogoutUri: 'https://shop.example/frontchannel',
    frontchannelLogoutSessionRequired: true,
    applicationId: 'orders',
    applicationBindings: [{ applicationId: 'orders', config: { jsonConfig: { tier: 1 } } }],
    publicClientId: 'shop',
  };
}

/** What `change` did to the record, field by field; bookkeeping left out. */
async function changesOf(
  { server }: World,
  id: string,
  change: () => Promise<unknown>,
): Promise<Partial<Client>> {
  const before = await recordOf(server, id);
  await change();
  const { revision: _, updatedAt: __, ...after } = await recordOf(server, id);
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(before[field as keyof Client]) !== JSON.stringify(value),
  );
  return Object.fromEntries(changed);
}

async function assertOk(answer: Promise<Answer>): Promise<void> {
  const { status, text } = await answer;
  assert.equal(status, 200, text);
}

async function assertInvalid(answer: Promise<Answer>, message: RegExp): Promise<void> {
  const { status, json } = await answer;
  assert.deepEqual([status, json['code']], [400, 'invalid_argument']);
  assert.match(String(json['message']), message);
}

/** What a request makes of the record. */
type Effect = (before: Client, world: World) => Partial<Client>;

interface Row {
  readonly set: (world: World) => unknown;
  /** What follows of it. */
  readonly becomes: Effect;
  /** What follows when the field is named and absent; null: it is refused. */
  readonly cleared: Effect | null;
}

function plain(set: unknown, becomes: Partial<Client>, cleared: Partial<Client> | null): Row {
  return { set: () => set, becomes: () => becomes, cleared: cleared && (() => cleared) };
}

function withoutGrant(grant: GrantType): Effect {
  return ({ grantTypes }) => ({ grantTypes: grantTypes.filter((entry) => entry !== grant) });
}

function switchedOff(grant: GrantType): Row {
  return { set: () => false, becomes: withoutGrant(grant), cleared: withoutGrant(grant) };
}

const store = 'https://store.example';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Every updatable field. */
const table: Readonly<Record<string, Row>> = {
  name: plain('Store', { name: 'Store' }, null),
  redirectUri: plain(`${store}/new`, { redirectUris: [`${store}/new`] }, null),
  supportsRefreshToken: switchedOff('refresh_token'),
  supportsImplicitGrant: switchedOff('implicit'),
  supportsDeviceCodeGrant: switchedOff('urn:ietf:params:oauth:grant-type:device_code'),
  supportsCodeGrant: switchedOff('authorization_code'),
  websiteUrl: plain(`${store}/`, { websiteUri: `${store}/` }, { websiteUri: null }),
  description: plain('Sells more', { description: 'Sells more' }, { description: null }),
  applicationBindings: plain(
    [{ applicationId: 'stock' }],
    { applicationBindings: [{ applicationId: 'stock', config: null }] },
    { applicationBindings: [] },
  ),
  allowedDelegators: {
    set: ({ delegators }) => [delegators[1]],
    becomes: (_before, { delegators }) => ({ allowedDelegators: [delegators[1]] }),
    cleared: (before, world) => ({ ...withoutGrant(tokenExchange)(before, world), allowedDelegators: [] }),
  },
  logoUrl: plain(
    `${store}/logo.png`,
    { logo: { kind: 'external', uri: `${store}/logo.png` } },
    { logo: null },
  ),
  backchannelLogoutUri: plain(
    `${store}/back`,
    { backchannelLogoutUri: `${store}/back` },
    { backchannelLogoutUri: null },
  ),
  backchannelLogoutSessionRequired: plain(
    false,
    { backchannelLogoutSessionRequired: false },
    { backchannelLogoutSessionRequired: false },
  ),
  frontchannelLogoutUri: plain(
    `${store}/front`,
    { frontchannelLogoutUri: `${store}/front` },
    { frontchannelLogoutUri: null },
  ),
  frontchannelLogoutSessionRequired: plain(
    false,
    { frontchannelLogoutSessionRequired: false },
    { frontchannelLogoutSessionRequired: false },
  ),
  postLogoutRedirectUris: plain(
    [`${store}/a`, `${store}/b`],
    { postLogoutRedirectUris: [`${store}/a`, `${store}/b`] },
    { postLogoutRedirectUris: [] },
  ),
  isVerified: plain(false, { verified: false }, { verified: false }),
};

const snakeCase = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One field set in each way in which a request can name it. */
const spellings: Readonly<Record<string, (field: string) => object>> = {
  'without a mask': () => ({}),
  'with an empty mask': () => ({ updateMask: '' }),
  'with an empty list of paths': () => ({ updateMask: { paths: [] } }),
  'with a null mask': () => ({ updateMask: null }),
  'named in camelCase': (field) => ({ updateMask: field }),
  'named in snake_case': (field) => ({ updateMask: snakeCase(field) }),
  'named in {paths}, camelCase': (field) => ({ updateMask: { paths: [field] } }),
  'named in {paths}, snake_case': (field) => ({ updateMask: { paths: [snakeCase(field)] } }),
  'named twice and with spaces': (field) => ({ updateMask: `${field}, ${snakeCase(field)}` }),
};

const settings = Object.fromEntries(
  Object.entries(spellings).map(([spelling, maskFor]) => [
    `every field is set, and nothing else is, ${spelling}`,
    async (world: World) => {
      for (const [field, { set, becomes }] of Object.entries(table)) {
        const before = await register(world.server, fullRecord(world));
        const body = { clientId: before.id, [field]: set(world), ...maskFor(field) };
        const changes = await changesOf(world, before.id, () => assertOk(world.update(body)));
        assert.deepEqual([field, changes], [field, becomes(before, world)]);
      }
    },
  ]),
);

inOneWorld<World>('UpdateClient sets what a request names', open, {
  ...settings,
  'a field that the mask names and the body lacks is cleared, or refused where it cannot be empty': async (
    world,
  ) => {
    for (const [field, { cleared }] of Object.entries(table)) {
      const before = await register(world.server, fullRecord(world));
      const clear = () => world.update({ clientId: before.id, updateMask: field });
      const changes = await changesOf(world, before.id, () =>
        cleared === null ? assertInvalid(clear(), new RegExp(`^${field} `)) : assertOk(clear()),
      );
      assert.deepEqual([field, changes], [field, cleared?.(before, world) ?? {}]);
    }
  },
  'fields that the mask does not name are left alone, even when they are invalid': async (world) => {
    const { id } = await register(world.server, fullRecord(world));
    const body = { clientId: id, name: '', description: 'New', websiteUrl: 'x', updateMask: 'description' };
    const changes = await changesOf(world, id, () => assertOk(world.update(body)));
    assert.deepEqual(changes, { description: 'New' });
  },
  '"*" means every updatable field: what the body lacks is cleared': async (world) => {
    const { id } = await register(world.server, fullRecord(world));
    const kept = { name: 'Store', redirectUri: 'https://shop.example/x', supportsCodeGrant: true };
    const changes = await changesOf(world, id, () =>
      assertOk(world.update({ clientId: id, ...kept, updateMask: '*' })),
    );
    assert.deepEqual(changes, {
      name: 'Store',
      description: null,
      websiteUri: null,
      logo: null,
      verified: false,
      redirectUris: ['https://shop.example/x'],
      postLogoutRedirectUris: [],
      grantTypes: ['authorization_code', 'client_credentials', 'password', 'introspect', 'agent_code'],
      allowedDelegators: [],
      backchannelLogoutUri: null,
      backchannelLogoutSessionRequired: false,
      frontchannelLogoutUri: null,
      frontchannelLogoutSessionRequired: false,
      applicationBindings: [],
    });
    await assertInvalid(world.update({ clientId: id, updateMask: '*' }), /name/);
  },
  'nothing named and nothing present changes nothing': async (world) => {
    const { id, revision, updatedAt } = await register(world.server, fullRecord(world));
    await assertOk(world.update({ clientId: id }));
    const after = await recordOf(world.server, id);
    assert.deepEqual([after.revision, after.updatedAt], [revision, updatedAt]);
  },
  // against: administration/mask
  'a path that is no updatable field is refused and named, and nothing is changed': async (world) => {
    const { id } = await register(world.server, fullRecord(world));
    const paths = ['client_id', 'hasSecret', 'applicationId', 'created_at', 'name.value', 'colour', 'Name'];
    for (const path of [...paths, 'updateMask', '__proto__', 'uses_managed_buckets']) {
      for (const updateMask of [`name,${path}`, { paths: ['name', path] }]) {
        const body = { clientId: id, name: 'Store', updateMask };
        const changes = await changesOf(world, id, () =>
          assertInvalid(world.update(body), new RegExp(`"${snakeCase(path)}"|"${path}"`)),
        );
        assert.deepEqual(changes, {});
      }
    }
    await assertInvalid(world.update({ clientId: id, updateMask: 'clientId' }), /"client_?[iI]d"/);
    await assertInvalid(world.update({ clientId: id, updateMask: ',' }), /""/);
    await assertInvalid(world.update({ clientId: id, updateMask: { paths: ['name'], extra: 1 } }), /./);
    const binary = connectService(world.server, world.token, true);
    const attempt = binary.updateClient({ clientId: id, updateMask: { paths: ['client_id'] } });
    assert.equal(await outcomeOf(attempt), 'invalid_argument updateMask');
  },
  'an empty list without a mask is not present, in JSON and in binary': async (world) => {
    const { id } = await register(world.server, fullRecord(world));
    const lists = { allowedDelegators: [], applicationBindings: [], postLogoutRedirectUris: [] };
    assert.deepEqual(
      await changesOf(world, id, () => assertOk(world.update({ clientId: id, ...lists }))),
      {},
    );
    for (const useBinaryFormat of [false, true]) {
      const service = connectService(world.server, world.token, useBinaryFormat);
      assert.deepEqual(
        await changesOf(world, id, () => service.updateClient({ clientId: id, ...lists })),
        {},
      );
    }
  },
});
