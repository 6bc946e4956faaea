import assert from 'node:assert/strict';
import type { Client } from '../../src/clients/client.ts';
import { clientDefaults } from '../../src/clients/defaults.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { inOneWorld, recordOf, register } from '../connect/world.ts';
import { openLoginApi } from '../login-api/face.ts';
import { builtIn, dataOf, ec, open, pathOf, type World } from './world.ts';

/** The fields that the dialect does not show. */
const hidden = [
  ...['ownerId', 'applicationId', 'description', 'websiteUri', 'logo', 'verified', 'enabled'],
  ...['tokensValidFrom', 'internal', 'postLogoutRedirectUris', 'refreshTokenIssuance', 'jwks'],
  ...['allowedScopes', 'accessTokenFormat', 'parRequired', 'allowedDelegators', 'clientCredentialsSubject'],
  ...['backchannelLogoutUri', 'backchannelLogoutSessionRequired', 'frontchannelLogoutUri'],
  ...['frontchannelLogoutSessionRequired', 'applicationBindings', 'usesManagedBuckets'],
] as const as readonly (keyof typeof clientDefaults)[];

const hiddenOf = (record: Client) => Object.fromEntries(hidden.map((field) => [field, record[field]]));

const account = { id: '11111111-1111-4111-8111-111111111111', username: 'robot' } as const;

const declarations = {
  applications: [{ id: 'orders', name: 'Orders', audience: 'https://orders.example/' }],
  accounts: [account],
};

/** Every hidden field with another value than its default. */
const elaborate = {
  applicationId: 'orders',
  description: 'A shop',
  websiteUri: 'https://shop.example/',
  logo: { kind: 'external', uri: 'https://shop.example/logo.png' },
  verified: true,
  enabled: false,
  postLogoutRedirectUris: ['https://shop.example/bye'],
  refreshTokenIssuance: 'always',
  jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik' }] },
  allowedScopes: ['openid', 'backend'],
  accessTokenFormat: 'opaque',
  parRequired: true,
  clientCredentialsSubject: account.id,
  backchannelLogoutUri: 'https://shop.example/back',
  backchannelLogoutSessionRequired: true,
  frontchannelLogoutUri: 'https://shop.example/front',
  frontchannelLogoutSessionRequired: true,
  applicationBindings: [{ applicationId: 'orders', config: null }],
  usesManagedBuckets: true,
  grantTypes: [
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ],
} as const;

inOneWorld<World>('what the dialect does not show', (context) => open(context, declarations), {
  'is at its default after creation, but for what the contracts say': async ({ server, create }) => {
    const created = await create({ supported_grant_types: ['authorization_code', 'refresh_token'] });
    const record = await recordOf(server, created.id);
    assert.deepEqual(hiddenOf(record), {
      ...Object.fromEntries(hidden.map((field) => [field, clientDefaults[field]])),
      ownerId: server.declared.bootstrapClientId,
      refreshTokenIssuance: 'always',
    });
    assert.deepEqual(record.grantTypes, ['authorization_code', 'refresh_token']);
    assert.deepEqual(record.tokenEndpointAuthMethods, ['client_secret_basic', 'client_secret_post', 'none']);
    assert.deepEqual(
      [record.pkceRequired, record.accessTokenTtl, record.idTokenTtl],
      [false, 86_400, 86_400],
    );
  },
  'is preserved when everything that is shown changes': async (world) => {
    const other = await register(world.server, {});
    const patch = { ...elaborate, allowedDelegators: [other.id] };
    const { id } = await register(world.server, patch, 'generate');
    const provider = await world.createProvider('Staff');
    const before = await recordOf(world.server, id);
    const shown = dataOf(
      await world.change(id, {
        public_client_id: 'shop',
        check_public_client_id: true,
        name: 'Store',
        secret: 's'.repeat(64),
        redirect_uris: ['https://store.example/'],
        public_refresh_token: true,
        public_revoke: true,
        authorize_scope: true,
        enforce_dpop: true,
        enforce_tx_code: true,
        access_token_ttl: 1,
        authorization_code_ttl: 2,
        authorization_request_ttl: 3,
        refresh_token_ttl: 4,
        id_token_ttl: 5,
        pkce: false,
        key_pair_type: ec,
        identity_provider: provider,
        authorized_scopes: [{ name: 'backend' }],
        supported_grant_types: ['revoke'],
        id_token_signature_alg: 'HS256',
        userinfo_signed_response_alg: 'ES256',
        token_endpoint_jwt_auth_alg: 'ES256',
        token_endpoint_auth_methods: ['private_key_jwt'],
        response_mode: 'post',
      }),
    );
    const after = await recordOf(world.server, id);
    assert.deepEqual(hiddenOf(after), hiddenOf(before));
    assert.deepEqual(after.grantTypes, ['revoke', ...elaborate.grantTypes.slice(1)]);
    assert.deepEqual(shown['supported_grant_types'], ['revoke']);
  },
  'of authentication: confidential and the methods do not disturb each other': async (world) => {
    const { id } = await world.create();
    const methodsOf = async () => (await recordOf(world.server, id)).tokenEndpointAuthMethods;
    const both = ['client_secret_basic', 'client_secret_post'];
    const steps = [
      [{ confidential: true }, both, true, both],
      [{ token_endpoint_auth_methods: ['private_key_jwt'] }, ['private_key_jwt'], true, ['private_key_jwt']],
      [{ confidential: false }, ['private_key_jwt', 'none'], false, ['private_key_jwt']],
      [{ token_endpoint_auth_methods: both }, [...both, 'none'], false, both],
      [
        { confidential: true, token_endpoint_auth_methods: ['client_secret_jwt'] },
        ['client_secret_jwt'],
        true,
        ['client_secret_jwt'],
      ],
    ] as const;
    for (const [change, stored, confidential, methods] of steps) {
      const shown = dataOf(await world.change(id, change));
      assert.deepEqual(await methodsOf(), stored);
      assert.deepEqual(
        [shown['confidential'], shown['token_endpoint_auth_methods']],
        [confidential, methods],
      );
    }
  },
  'of a public client of another face: it has no method, and gets the default ones with its secret': async (
    world,
  ) => {
    const { id } = await register(world.server, { tokenEndpointAuthMethods: ['none'] });
    const shown = await world.read(id);
    assert.deepEqual([shown['confidential'], shown['token_endpoint_auth_methods']], [false, []]);
    assert.deepEqual(dataOf(await world.change(id, { token_endpoint_auth_methods: [] })), shown);
    const change = { confidential: true, secret: 's'.repeat(64) };
    const changed = dataOf(await world.change(id, change));
    assert.deepEqual(changed['token_endpoint_auth_methods'], ['client_secret_basic', 'client_secret_post']);
    assert.equal((await world.change(id, { token_endpoint_auth_methods: [] })).status, 422);
  },
});

inOneWorld<World>('a client made by one dialect is seen, changed and deleted by the others', open, {
  'made by this one': async (world) => {
    const { server } = world;
    const created = await world.create({ name: 'Shop', redirect_uris: ['https://shop.example/'] });
    const service = connectService(server, await server.bootstrapToken(clientScopes));
    const { client } = await service.getClient({ clientId: created.id });
    assert.deepEqual([client?.name, client?.redirectUri], ['Shop', 'https://shop.example/']);
    await service.updateClient({ clientId: created.id, name: 'Store' });
    const login = await openLoginApi(server);
    await login.update(created.id, { redirectUri: 'https://store.example/' });
    const expected = { ...created, name: 'Store', redirect_uris: ['https://store.example/'] };
    assert.deepEqual(await world.read(created.id), expected);
    await login.remove(created.id);
    assert.equal((await world.call('GET', pathOf(created.id))).status, 404);
  },
  'made by the Connect dialect': async (world) => {
    const { server } = world;
    const service = connectService(server, await server.bootstrapToken(clientScopes));
    const fields = { name: 'Shop', redirectUri: 'https://shop.example/', supportsCodeGrant: true };
    const { client } = await service.createClient({
      ...fields,
      hasSecret: true,
      supportsDeviceCodeGrant: true,
    });
    assert.ok(client);
    const id = client.clientId;
    const shown = await world.read(id);
    assert.deepEqual(
      [
        shown.secret,
        shown['confidential'],
        shown['pkce'],
        shown['key_pair_type'],
        shown['identity_provider'],
      ],
      [client.clientSecret, true, false, null, builtIn],
    );
    assert.deepEqual(
      [shown['access_token_ttl'], shown['supported_grant_types']],
      [3600, ['client_credentials', 'revoke', 'introspect', 'authorization_code']],
    );
    await world.change(id, { name: 'Store', supported_grant_types: ['authorization_code'] });
    const { client: changed } = await service.getClient({ clientId: id });
    assert.deepEqual([changed?.name, changed?.supportsDeviceCodeGrant], ['Store', true]);
    await world.call('DELETE', pathOf(id));
    await assert.rejects(service.getClient({ clientId: id }));
  },
  'made by the login API': async (world) => {
    const login = await openLoginApi(world.server);
    const { id, secret } = await login.create({ name: 'Shop', redirectUri: 'https://shop.example/' });
    const shown = await world.read(id);
    assert.deepEqual(
      [shown['name'], shown.secret, shown['confidential'], shown['pkce']],
      ['Shop', secret, true, true],
    );
    await world.change(id, { name: 'Store' });
    assert.equal((await login.read(id)).name, 'Store');
    assert.equal((await world.call('DELETE', pathOf(id))).status, 204);
    await assert.rejects(login.read(id));
  },
});
