import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService, type Service } from './face.ts';
import { inOneWorld, outcomeOf, recordOf, register, startDeclaring, tokenOf } from './world.ts';

interface World {
  readonly server: TestServer;
  /** As an administrator. */
  readonly admin: Service;
  /** As a client that may manage its own clients. */
  readonly manager: Service;
  /** Ids of a hundred and one clients. */
  readonly others: readonly string[];
}

const longestId = 'a'.repeat(64);
const manager = { id: '0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f01', secret: 'secret-of-the-manager' } as const;

const declarations = {
  applications: [
    {
      id: 'orders',
      name: 'Orders',
      audience: 'https://orders.example/',
      configSchema: {
        type: 'object',
        properties: { tier: { type: 'integer', minimum: 1 }, regions: { type: 'array' } },
        required: ['tier'],
        additionalProperties: false,
      },
    },
    { id: 'stock', name: 'Stock', audience: 'https://stock.example/' },
    { id: longestId, name: 'Long', audience: 'https://long.example/' },
  ],
  clients: [
    {
      ...manager,
      name: 'Manager',
      grantTypes: ['client_credentials'],
      allowedScopes: clientScopes.split(' '),
    },
  ],
};

async function open(context: TestContext): Promise<World> {
  const server = await startDeclaring(context, declarations);
  const others = await Promise.all(Array.from({ length: 101 }, () => register(server, {})));
  return {
    server,
    admin: connectService(server, await server.bootstrapToken(clientScopes)),
    manager: connectService(server, await tokenOf(server, manager, clientScopes)),
    others: others.map(({ id }) => id),
  };
}

type Creation = MessageInitShape<(typeof ClientsService.method.createClient)['input']>;
type Update = MessageInitShape<(typeof ClientsService.method.updateClient)['input']>;

/** A URI of exactly `length` characters. */
function uriOf(length: number, start = 'https://shop.example/'): string {
  return start.padEnd(length, 'x');
}

function urisOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `https://shop.example/${index}`);
}

/** What is accepted and what is refused, for a field that creation and update share. */
const limits: Readonly<
  Record<string, { readonly accepted: readonly unknown[]; readonly refused: readonly unknown[] }>
> = {
  name: {
    accepted: ['n', 'n'.repeat(64), '🦊'.repeat(64), '店'],
    refused: ['', 'n'.repeat(65), '🦊'.repeat(65), 'two\nlines', 'sp\u202eoof', 'zero\u200bwidth', '\u0000'],
  },
  description: {
    accepted: ['d', 'd'.repeat(256), 'two\nlines'],
    refused: ['d'.repeat(257), 'sp\u202eoof'],
  },
  websiteUrl: {
    accepted: ['http://a', uriOf(128)],
    refused: [uriOf(129), 'shop.example', '/shop', 'javascript:alert(1)', 'https://user@shop.example/'],
  },
  redirectUri: {
    accepted: [uriOf(256), 'http://localhost/x', 'http://[::1]:1/', 'com.example.shop:/callback', 'a.b:'],
    refused: [
      uriOf(257),
      'http://shop.example/',
      'shop:/callback',
      'javascript:alert(1)',
      'https://shop.example/#top',
      'https://*.shop.example/',
      'https://shop.example/../x',
      'https://shop.example\\x',
      'shop',
    ],
  },
  backchannelLogoutUri: {
    accepted: ['https://a', 'http://localhost:8/x', 'http://127.0.0.1/', 'http://[::1]/', uriOf(2048)],
    refused: [
      'http://shop.example/',
      'http://127.0.0.2/',
      'https://a/#b',
      'com.example:/x',
      'x',
      uriOf(2049),
    ],
  },
  frontchannelLogoutUri: {
    accepted: ['https://a', 'http://localhost:8/x', 'http://127.0.0.1/', 'http://[::1]/'],
    refused: ['http://shop.example/', 'http://localhost.evil.example/', 'https://a/#b', 'ftp://a/', 'x'],
  },
  postLogoutRedirectUris: {
    accepted: [urisOf(1), urisOf(20), [uriOf(256)]],
    refused: [urisOf(21), [uriOf(257)], [''], ['x'], ['https://a/', 'https://a/'], ['http://shop.example/']],
  },
};

async function created(world: World, fields: Creation): Promise<string> {
  const { client } = await world.admin.createClient({ name: 'Shop', hasSecret: true, ...fields });
  assert.ok(client);
  return client.clientId;
}

inOneWorld<World>('the fields of the dialect', open, {
  'each limit holds at its boundary on creation': async ({ admin }) => {
    for (const [field, { accepted, refused }] of Object.entries(limits)) {
      for (const value of [...accepted, ...refused]) {
        const outcome = await outcomeOf(admin.createClient({ name: 'Shop', [field]: value }));
        const expected = accepted.includes(value) ? 'ok' : `invalid_argument ${field}`;
        assert.deepEqual([field, value, outcome], [field, value, expected]);
      }
    }
  },
  'each limit holds at its boundary on update': async (world) => {
    const clientId = await created(world, { redirectUri: 'https://a/', description: 'd' });
    for (const [field, { accepted, refused }] of Object.entries(limits)) {
      for (const value of [...accepted, ...refused]) {
        const outcome = await outcomeOf(world.admin.updateClient({ clientId, [field]: value }));
        const expected = accepted.includes(value) ? 'ok' : `invalid_argument ${field}`;
        assert.deepEqual([field, value, outcome], [field, value, expected]);
      }
    }
  },
  'a text that is set cannot become empty without being cleared': async (world) => {
    const texts = {
      description: 'd',
      websiteUrl: 'https://a/',
      redirectUri: 'https://a/',
      backchannelLogoutUri: 'https://a/',
      frontchannelLogoutUri: 'https://a/',
    };
    const clientId = await created(world, texts);
    for (const field of Object.keys(texts)) {
      const outcome = await outcomeOf(world.admin.updateClient({ clientId, [field]: '' }));
      assert.equal(outcome, `invalid_argument ${field}`);
    }
  },
  'a logo elsewhere is an https URL of at most 2048 characters': async (world) => {
    const clientId = await created(world, {});
    const outcomes = ['https://a', uriOf(2048), uriOf(2049), 'http://localhost/a.png', 'data:image/png,', ''];
    const expected = ['ok', 'ok', 'invalid_argument logoUrl', 'invalid_argument logoUrl'];
    assert.deepEqual(
      await Promise.all(
        outcomes.map((logoUrl) => outcomeOf(world.admin.updateClient({ clientId, logoUrl }))),
      ),
      [...expected, 'invalid_argument logoUrl', 'ok'],
    );
  },
  'a redirect URI is needed while the code or the implicit grant is on': async ({ admin }) => {
    const redirectUri = 'https://shop.example/';
    const rows: readonly (readonly [Creation, string])[] = [
      [{}, 'ok'],
      [{ supportsDeviceCodeGrant: true }, 'ok'],
      [{ supportsCodeGrant: true }, 'invalid_argument redirectUri'],
      [{ supportsImplicitGrant: true }, 'invalid_argument redirectUri'],
      [{ supportsCodeGrant: true, redirectUri }, 'ok'],
      [{ supportsImplicitGrant: true, redirectUri }, 'ok'],
    ];
    for (const [fields, expected] of rows) {
      assert.equal(await outcomeOf(admin.createClient({ name: 'Shop', ...fields })), expected);
    }
  },
  // against: administration/merged
  'refresh alone is refused, on creation and on update': async (world) => {
    const refused = 'invalid_argument supportsRefreshToken';
    const { admin } = world;
    for (const hasSecret of [false, true]) {
      const attempt = admin.createClient({ name: 'Shop', hasSecret, supportsRefreshToken: true });
      assert.equal(await outcomeOf(attempt), refused);
    }
    const clientId = await created(world, { supportsDeviceCodeGrant: true, supportsRefreshToken: true });
    const update = (fields: Update) => outcomeOf(admin.updateClient({ clientId, ...fields }));
    assert.equal(await update({ supportsDeviceCodeGrant: false }), refused);
    assert.equal(await update({ supportsDeviceCodeGrant: false, supportsRefreshToken: false }), 'ok');
    assert.equal(await update({ supportsRefreshToken: true }), refused);
  },
  'an application must exist, and its id has 1 to 64 characters': async ({ admin }) => {
    const rows = { orders: 'ok', [longestId]: 'ok', missing: 'refused', [`${longestId}a`]: 'refused' };
    for (const [applicationId, expected] of Object.entries(rows)) {
      const outcome = await outcomeOf(admin.createClient({ name: 'Shop', applicationId }));
      assert.equal(outcome, expected === 'ok' ? 'ok' : 'invalid_argument applicationId');
    }
    const { client } = await admin.createClient({ name: 'Shop', applicationId: 'orders' });
    const { clients } = await admin.listClients({ applicationId: 'orders' });
    assert.ok(clients.some(({ clientId }) => clientId === client?.clientId));
    assert.ok(clients.every(({ applicationId }) => applicationId === 'orders'));
  },
  'bound applications must exist, each once, with a configuration that fits their JSON Schema': async (
    world,
  ) => {
    const bound = (applicationId: string, jsonConfig?: object) => ({
      applicationId,
      ...(jsonConfig && { config: { jsonConfig: jsonConfig as never } }),
    });
    const accepted = [
      [bound('orders', { tier: 1 })],
      [bound('orders', { tier: 2, regions: ['eu', null, { deep: [1.5, true] }] }), bound('stock')],
      [bound('stock', { anything: { goes: [{}] } })],
      [bound('stock', {})],
    ];
    const refused = [
      [bound('missing')],
      [bound('')],
      [bound('stock'), bound('stock')],
      [bound('orders')],
      [bound('orders', { tier: 0 })],
      [bound('orders', { tier: 1.5 })],
      [bound('orders', { tier: 1, colour: 'red' })],
      [bound('stock', { text: 'x'.repeat(20_000) })],
    ];
    const clientId = await created(world, {});
    for (const applicationBindings of [...accepted, ...refused]) {
      const create = outcomeOf(world.admin.createClient({ name: 'Shop', applicationBindings }));
      const update = outcomeOf(world.admin.updateClient({ clientId, applicationBindings }));
      const expected = accepted.includes(applicationBindings) ? 'ok' : 'invalid_argument applicationBindings';
      assert.deepEqual(
        [applicationBindings, await create, await update],
        [applicationBindings, expected, expected],
      );
    }
    await world.admin.updateClient({ clientId, applicationBindings: accepted[1] ?? [] });
    const { client } = await world.admin.getClient({ clientId });
    assert.deepEqual(
      client?.applicationBindings.map(({ applicationId, config }) => [applicationId, config?.jsonConfig]),
      [
        ['orders', { tier: 2, regions: ['eu', null, { deep: [1.5, true] }] }],
        ['stock', undefined],
      ],
    );
  },
  'delegators are other existing clients, each once, at most 100': async (world) => {
    const clientId = await created(world, {});
    const [first = ''] = world.others;
    const update = (allowedDelegators: readonly string[]) =>
      outcomeOf(world.admin.updateClient({ clientId, allowedDelegators: [...allowedDelegators] }));
    const create = (allowedDelegators: readonly string[]) =>
      outcomeOf(world.admin.createClient({ name: 'Shop', allowedDelegators: [...allowedDelegators] }));
    const unknown = '00000000-0000-4000-8000-000000000000';
    const refused = [world.others, [first, first], [unknown], ['shop'], [''], [first.toUpperCase()]];
    for (const change of [update, create]) {
      assert.equal(await change([first]), 'ok');
      assert.equal(await change(world.others.slice(0, 100)), 'ok');
      for (const list of refused) assert.equal(await change(list), 'invalid_argument allowedDelegators');
    }
    assert.equal(await update([clientId]), 'invalid_argument allowedDelegators');
  },
  'managed buckets are for clients with a secret': async ({ admin }) => {
    const attempt = (hasSecret: boolean) =>
      outcomeOf(admin.createClient({ name: 'Shop', hasSecret, usesManagedBuckets: true }));
    assert.equal(await attempt(true), 'ok');
    assert.equal(await attempt(false), 'invalid_argument usesManagedBuckets');
  },
  // against: administration/read-only, administration/self
  'isVerified is the word of administrators, and ignored in silence for others': async (world) => {
    for (const [service, expected] of [
      [world.admin, true],
      [world.manager, false],
    ] as const) {
      const { client } = await service.createClient({ name: 'Shop', isVerified: true });
      assert.equal(client?.isVerified, expected);
      const clientId = client.clientId;
      for (const change of [
        { isVerified: true },
        { isVerified: true, updateMask: { paths: ['is_verified'] } },
      ]) {
        const updated = await service.updateClient({ clientId, name: 'Store', ...change });
        assert.equal(updated.client?.isVerified, expected);
      }
      await world.admin.updateClient({ clientId, isVerified: true });
      for (const paths of [[], ['is_verified']]) {
        const change = { clientId, isVerified: false, updateMask: { paths } };
        assert.equal((await service.updateClient(change)).client?.isVerified, !expected);
        await world.admin.updateClient({ clientId, isVerified: true });
      }
    }
  },
});

inOneWorld<World>('what creation decides and reads show', open, {
  'a client with a secret is created with the fields that the dialect does not show': async (world) => {
    const record = await recordOf(world.server, await created(world, {}));
    const { grantTypes, tokenEndpointAuthMethods, pkceRequired, publicRefreshToken, publicRevoke } = record;
    assert.deepEqual(
      { grantTypes, tokenEndpointAuthMethods, pkceRequired, publicRefreshToken, publicRevoke },
      {
        grantTypes: ['client_credentials', 'revoke', 'introspect'],
        tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post'],
        pkceRequired: false,
        publicRefreshToken: false,
        publicRevoke: false,
      },
    );
    assertCommon(record);
  },
  'a public client is created with the fields that the dialect does not show': async (world) => {
    const record = await recordOf(world.server, await created(world, { hasSecret: false }));
    const { grantTypes, tokenEndpointAuthMethods, pkceRequired, publicRefreshToken, publicRevoke } = record;
    assert.deepEqual(
      { grantTypes, tokenEndpointAuthMethods, pkceRequired, publicRefreshToken, publicRevoke },
      {
        grantTypes: ['revoke'],
        tokenEndpointAuthMethods: ['none'],
        pkceRequired: true,
        publicRefreshToken: true,
        publicRevoke: true,
      },
    );
    assertCommon(record);
  },
  'creation grants what it is asked for, and token exchange when somebody may delegate': async (world) => {
    const id = await created(world, {
      redirectUri: 'https://a/',
      supportsCodeGrant: true,
      supportsImplicitGrant: true,
      supportsDeviceCodeGrant: true,
      supportsRefreshToken: true,
      allowedDelegators: world.others.slice(0, 1),
    });
    assert.deepEqual((await recordOf(world.server, id)).grantTypes, [
      'client_credentials',
      'revoke',
      'introspect',
      'refresh_token',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'authorization_code',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ]);
  },
  'who creates a client owns it': async (world) => {
    const { client } = await world.manager.createClient({ name: 'Shop' });
    assert.equal((await recordOf(world.server, client?.clientId ?? '')).ownerId, manager.id);
  },
  'GetPublicClients takes 1 to 100 ids, leaves unknown ones out and asks for no token': async (world) => {
    const anyone = connectService(world.server, null);
    const many = await anyone.getPublicClients({ clientId: world.others.slice(0, 100) });
    assert.deepEqual(new Set(Object.keys(many.clients)), new Set(world.others.slice(0, 100)));
    const [known = ''] = world.others;
    const unknown = ['00000000-0000-4000-8000-000000000000', 'shop', '', '__proto__'];
    const one = await anyone.getPublicClients({ clientId: [known, known, ...unknown] });
    assert.deepEqual(Object.keys(one.clients), [known]);
    for (const clientId of [[], [...world.others]]) {
      assert.equal(await outcomeOf(anyone.getPublicClients({ clientId })), 'invalid_argument clientId');
    }
  },
});

function assertCommon(record: Awaited<ReturnType<typeof recordOf>>): void {
  assert.equal(record.refreshTokenIssuance, 'offline_access');
  assert.equal(record.idTokenSignatureAlg, 'RS256');
  assert.equal(record.keyPairType, null);
  assert.equal(record.identityProviderId, null);
  assert.equal(record.allowedScopes, null);
  for (const ttl of ['accessTokenTtl', 'authorizationCodeTtl', 'refreshTokenTtl', 'idTokenTtl'] as const) {
    assert.equal(record[ttl], null);
  }
}
