import assert from 'node:assert/strict';
import type { Client } from '../../src/clients/client.ts';
import { clientDefaults } from '../../src/clients/defaults.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { inOneWorld, recordOf, register } from '../connect/world.ts';
import { open, pathOf, robot, root, type World } from './world.ts';

const secretMethods = ['client_secret_basic', 'client_secret_post'] as const;

/** What creation sets, for each pair of what decides it. */
const creations: readonly { readonly input: object; readonly sets: Partial<Client> }[] = [
  {
    input: {},
    sets: {
      grantTypes: ['authorization_code', 'refresh_token', 'revoke', 'introspect'],
      tokenEndpointAuthMethods: secretMethods,
    },
  },
  {
    input: { clientCredentialFlowUser: 'robot' },
    sets: {
      grantTypes: ['authorization_code', 'refresh_token', 'revoke', 'introspect', 'client_credentials'],
      tokenEndpointAuthMethods: secretMethods,
      clientCredentialsSubject: robot.id,
    },
  },
  {
    input: { requiresSecret: false },
    sets: {
      grantTypes: ['authorization_code', 'refresh_token', 'revoke'],
      tokenEndpointAuthMethods: [...secretMethods, 'none'],
      publicRefreshToken: true,
      publicRevoke: true,
    },
  },
  {
    input: { requiresSecret: false, clientCredentialFlowUser: 'robot' },
    sets: {
      grantTypes: ['authorization_code', 'refresh_token', 'revoke'],
      tokenEndpointAuthMethods: [...secretMethods, 'none'],
      publicRefreshToken: true,
      publicRevoke: true,
      clientCredentialsSubject: robot.id,
    },
  },
];

/** The record without what is its own. */
function settingsOf({ id, revision, createdAt, updatedAt, ownerId, ...settings }: Client): object {
  return settings;
}

/** Everything that the dialect has no field for and no field of it brings along. */
const foreign = {
  description: 'A shop',
  websiteUri: 'https://shop.example/',
  verified: true,
  postLogoutRedirectUris: ['https://shop.example/bye'],
  responseMode: 'post',
  refreshTokenIssuance: 'offline_access',
  tokenEndpointJwtAuthAlg: 'PS256',
  authorizeScope: true,
  authorizedScopes: ['backend'],
  accessTokenFormat: 'opaque',
  pkceRequired: false,
  dpopRequired: true,
  parRequired: true,
  accessTokenTtl: 60,
  refreshTokenTtl: 315_360_000,
  idTokenSignatureAlg: 'ES256',
  backchannelLogoutUri: 'https://shop.example/logout',
  publicClientId: 'shop',
} as const satisfies Partial<Client>;

inOneWorld<World>('what the login API does not show', open, {
  'its creation sets as the table of the contracts says': async ({ server, create }) => {
    for (const { input, sets } of creations) {
      const { id } = await create(input);
      const expected = {
        ...clientDefaults,
        name: 'Shop',
        refreshTokenIssuance: 'always',
        pkceRequired: true,
        allowedScopes: [],
        ...sets,
      };
      assert.deepEqual(
        settingsOf(await recordOf(server, id)),
        settingsOf(expected as Client),
        JSON.stringify(input),
      );
    }
  },
  'stays when everything that it shows changes': async ({ server, call }) => {
    const hidden = {
      grantTypes: ['implicit', 'password', 'agent_code'],
      allowedScopes: ['openid', 'backend', 'email'],
    } as const;
    const { id } = await register(server, {
      name: 'Shop',
      redirectUris: ['https://a/'],
      ...foreign,
      ...hidden,
    });
    const before = await recordOf(server, id);
    const everything = {
      name: 'Store',
      redirectUrls: ['https://b/', 'https://a/'],
      isValid: false,
      validScopes: ['auth', 'login'],
    };
    assert.equal((await call('PUT', pathOf(id), everything)).status, 200);
    const after = await recordOf(server, id);
    assert.deepEqual(after, {
      ...before,
      name: 'Store',
      redirectUris: ['https://b/', 'https://a/'],
      enabled: false,
      allowedScopes: ['openid', 'auth', 'email', 'login'],
      revision: 2,
      updatedAt: after.updatedAt,
      tokensValidFrom: after.tokensValidFrom,
    });
  },
  'follows requiresSecret and the user when they are set, and only then': async ({ server, call }) => {
    const grantTypes = ['client_credentials', 'implicit', 'introspect'] as const;
    const { id } = await register(server, { name: 'Shop', redirectUris: ['https://a/'], grantTypes });
    const rows: readonly (readonly [object, Client['grantTypes'], boolean])[] = [
      [{ requiresSecret: true, clientCredentialFlowUser: null }, grantTypes, false],
      [{ requiresSecret: false }, ['implicit', 'client_credentials'], true],
      [{ name: 'Store', requiresSecret: false }, ['implicit', 'client_credentials'], true],
      [{ clientCredentialFlowUser: 'robot' }, ['implicit'], true],
      [{ requiresSecret: true }, ['implicit', 'client_credentials', 'introspect'], false],
      [{ clientCredentialFlowUser: null }, ['implicit', 'introspect'], false],
      [{ requiresSecret: false, clientCredentialFlowUser: robot.id }, ['implicit'], true],
      [
        { requiresSecret: true, clientCredentialFlowUser: robot.id },
        ['implicit', 'client_credentials', 'introspect'],
        false,
      ],
    ];
    for (const [input, grants, isPublic] of rows) {
      const { status, text } = await call('PUT', pathOf(id), input);
      assert.equal(status, 200, text);
      const record = await recordOf(server, id);
      const seen = [new Set(record.grantTypes), record.publicRefreshToken, record.publicRevoke];
      assert.deepEqual(seen, [new Set(grants), isPublic, isPublic], JSON.stringify(input));
    }
  },
  'a client that has no other method than none gets two when a secret is required': async ({
    server,
    call,
  }) => {
    const { id } = await register(server, { name: 'Shop', tokenEndpointAuthMethods: ['none'] });
    await call('PUT', pathOf(id), { requiresSecret: true });
    assert.deepEqual((await recordOf(server, id)).tokenEndpointAuthMethods, secretMethods);
    const { id: other } = await register(server, {
      name: 'Shop',
      tokenEndpointAuthMethods: ['none', 'private_key_jwt'],
    });
    await call('PUT', pathOf(other), { requiresSecret: true });
    assert.deepEqual((await recordOf(server, other)).tokenEndpointAuthMethods, ['private_key_jwt']);
  },
});

inOneWorld<World>('the login API beside the other faces', open, {
  'a client of the Connect dialect is seen, changed and deleted': async ({ server, call }) => {
    const service = connectService(server, await server.bootstrapToken(clientScopes));
    const { client } = await service.createClient({
      name: 'Shop',
      hasSecret: true,
      redirectUri: 'https://shop.example/',
      supportsDeviceCodeGrant: true,
    });
    const clientId = client?.clientId ?? assert.fail();
    const shown = (await call('GET', pathOf(clientId))).json as JsonObject;
    assert.deepEqual(
      [shown['name'], shown['redirectUrls'], shown['requiresSecret'], shown['validScopes']],
      ['Shop', ['https://shop.example/'], true, []],
    );
    assert.equal((shown['censoredClientSecrets'] as readonly object[]).length, 1);
    await call('PUT', pathOf(clientId), { name: 'Store', redirectUrls: ['https://b/', 'https://c/'] });
    const { client: changed } = await service.getClient({ clientId });
    assert.deepEqual(
      [changed?.name, changed?.redirectUri, changed?.supportsDeviceCodeGrant],
      ['Store', 'https://b/', true],
    );
    assert.equal((await call('DELETE', pathOf(clientId))).status, 200);
    assert.equal(
      (await service.listClients({})).clients.some((other) => other.clientId === clientId),
      false,
    );
  },
  'a client of this dialect is seen, changed and deleted through the Connect dialect': async (world) => {
    const { server, call, create } = world;
    const service = connectService(server, await server.bootstrapToken(clientScopes));
    const redirectUrls = ['https://a/', 'https://b/'];
    const { id: clientId } = await create({ redirectUrls, validScopes: ['backend', 'auth'] });
    const { client } = await service.getClient({ clientId });
    assert.deepEqual(
      [client?.redirectUri, client?.supportsCodeGrant, client?.supportsRefreshToken],
      ['https://a/', true, true],
    );
    await service.updateClient({ clientId, redirectUri: 'https://c/', description: 'A shop' });
    const shown = (await call('GET', pathOf(clientId))).json as JsonObject;
    assert.deepEqual(
      [shown['redirectUrls'], shown['validScopes']],
      [
        ['https://c/', 'https://b/'],
        ['backend', 'auth'],
      ],
    );
    await service.deleteClient({ clientId });
    assert.equal((await call('GET', pathOf(clientId))).status, 404);
  },
  'a client of the clients API is seen, changed and deleted': async ({ server, call, send }) => {
    const token = await server.bootstrapToken('clients:manage:all');
    const wanted = {
      name: 'Shop',
      redirect_uris: ['https://a/'],
      access_token_ttl: 60,
      identity_provider: { id: 'd37983e5-df8e-5729-b4a0-92ab5d38b546' },
    };
    const created = await send('POST', '/api/clients', { token, body: { client: wanted } });
    assert.equal(created.status, 201, created.text);
    const { id } = (created.json as { readonly data: { readonly id: string } }).data;
    assert.deepEqual(((await call('GET', pathOf(id))).json as JsonObject)['redirectUrls'], ['https://a/']);
    assert.equal(
      (await call('PUT', pathOf(id), { name: 'Store', redirectUrls: ['https://b/'] })).status,
      200,
    );
    const shown = await send('GET', `/api/clients/${id}`, { token });
    const { name, redirect_uris, access_token_ttl } = (shown.json as { readonly data: JsonObject }).data;
    assert.deepEqual([name, redirect_uris, access_token_ttl], ['Store', ['https://b/'], 60]);
    assert.equal((await call('DELETE', pathOf(id))).status, 200);
    assert.equal((await send('GET', `/api/clients/${id}`, { token })).status, 404);
  },
  'a name that another face left out is shown empty, and stays': async ({ server, call }) => {
    const { id } = await register(server, { name: null });
    assert.equal(((await call('GET', pathOf(id))).json as JsonObject)['name'], '');
    assert.equal((await call('PUT', pathOf(id), { name: '', isValid: false })).status, 200);
    assert.equal((await recordOf(server, id)).name, null);
  },
  'the list has internal clients first, then the others in order of creation': async ({
    call,
    create,
    server,
  }) => {
    const made = [await create(), await create(), await create()].map(({ id }) => id);
    const { id: internal } = await register(server, { name: 'Own', internal: true });
    const list = (await call('GET', root)).json as readonly JsonObject[];
    const ids = list.map(({ id }) => id);
    assert.deepEqual(ids.slice(0, 2), [server.declared.bootstrapClientId, internal]);
    assert.deepEqual(ids.slice(-3), made);
    assert.equal(list.filter(({ isInternal }) => isInternal).length, 2);
  },
});
