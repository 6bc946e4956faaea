import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthMethod } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { billing, type Credentials, type Endpoint, everywhere, open, outcomes } from './world.ts';

const same = (client: Credentials): Credentials => client;

test('each setting of a client holds at every endpoint that it concerns, from the next request on', async (context) => {
  const world = await open(context);
  const methods: readonly AuthMethod[] = ['client_secret_basic', 'client_secret_post'];
  const off = (grant: string): ClientPatch => ({
    grantTypes: (['client_credentials', 'introspect', 'revoke'] as const).filter((name) => name !== grant),
  });
  const usable = everywhere('ok');
  const unauthorized = '400 unauthorized_client';
  const refused = '401 invalid_client';
  const rows: readonly {
    readonly setting: string;
    readonly patch: ClientPatch;
    readonly credentials?: (client: Credentials) => Credentials;
    readonly expected: Record<Endpoint, string>;
  }[] = [
    { setting: 'as it was created', patch: {}, expected: usable },
    { setting: 'enabled: false', patch: { enabled: false }, expected: everywhere(refused) },
    {
      setting: 'no client_credentials',
      patch: off('client_credentials'),
      expected: { ...usable, token: unauthorized },
    },
    {
      setting: 'no introspect',
      patch: off('introspect'),
      expected: { ...usable, introspection: unauthorized },
    },
    { setting: 'no revoke', patch: off('revoke'), expected: { ...usable, revocation: unauthorized } },
    {
      setting: 'publicRevoke without the secret',
      patch: { publicRevoke: true },
      credentials: ({ id = '' }) => ({ id }),
      expected: { ...everywhere(refused), revocation: 'ok' },
    },
    { setting: 'publicRevoke with the secret', patch: { publicRevoke: true }, expected: usable },
    {
      setting: 'publicRevoke with a wrong secret',
      patch: { publicRevoke: true },
      credentials: ({ id = '' }) => ({ id, secret: 'wrong' }),
      expected: everywhere(refused),
    },
    {
      setting: 'an optional secret, left out',
      patch: { tokenEndpointAuthMethods: ['client_secret_basic', 'none'] },
      credentials: ({ id = '' }) => ({ id }),
      expected: everywhere(refused),
    },
    {
      setting: 'an optional secret, presented',
      patch: { tokenEndpointAuthMethods: ['client_secret_basic', 'none'] },
      expected: usable,
    },
    {
      setting: 'dpopRequired, which has no mechanism yet',
      patch: { dpopRequired: true },
      expected: { ...usable, token: '400 invalid_dpop_proof' },
    },
    ...methods.flatMap((registered) =>
      methods.map((method) => ({
        setting: `${registered} registered, ${method} used`,
        patch: { tokenEndpointAuthMethods: [registered] },
        credentials: (client: Credentials) => ({ ...client, method }),
        expected: method === registered ? usable : everywhere(refused),
      })),
    ),
    ...(['client_secret_jwt', 'private_key_jwt'] as const).map((method) => ({
      setting: `${method} registered, client_secret_basic used`,
      patch: { tokenEndpointAuthMethods: [method] },
      expected: everywhere(refused),
    })),
  ];
  for (const { setting, patch, credentials = same, expected } of rows) {
    const client = await world.create();
    await world.change(client.id, patch);
    assert.deepEqual({ setting, ...(await outcomes(world, credentials(client))) }, { setting, ...expected });
  }
});

test('hasSecret decides whether a client gets tokens of its own, and nothing else lets it', async (context) => {
  const world = await open(context);
  const withoutSecret = await world.create({ hasSecret: false });
  assert.deepEqual(await outcomes(world, withoutSecret), {
    token: '400 unauthorized_client',
    introspection: '401 invalid_client',
    revocation: 'ok',
  });
  await world.change(withoutSecret.id, { grantTypes: ['client_credentials', 'introspect', 'revoke'] });
  assert.deepEqual(await outcomes(world, withoutSecret), {
    ...everywhere('401 invalid_client'),
    revocation: 'ok',
  });
  assert.deepEqual(
    await outcomes(world, { ...withoutSecret, secret: 'made up' }),
    everywhere('401 invalid_client'),
  );
});

// against: client-authentication/secrets
test('RegenerateSecret: the old secret is refused and the new one accepted from the next request on', async (context) => {
  const world = await open(context);
  const client = await world.create();
  const token = await world.issue(client);
  const { clientSecret = '' } = await world.service.regenerateSecret({
    clientId: client.id,
    includeSecret: true,
  });
  assert.deepEqual(await outcomes(world, client), everywhere('401 invalid_client'));
  const renewed = { ...client, secret: clientSecret };
  assert.deepEqual(await outcomes(world, renewed), everywhere('ok'));
  assert.equal((await world.introspect(renewed, token))['active'], true);
});

test('DeleteClient: tokens of both formats end, and the client is unknown at every endpoint', async (context) => {
  const world = await open(context);
  const reader = await world.create({ applicationId: billing.id });
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    const bindings = [{ applicationId: billing.id }];
    const client = await world.create({ applicationBindings: bindings });
    await world.change(client.id, { accessTokenFormat });
    const token = await world.issue(client);
    assert.equal((await world.introspect(reader, token))['active'], true);
    await world.service.deleteClient({ clientId: client.id });
    assert.deepEqual(await world.introspect(reader, token), { active: false });
    assert.deepEqual(await outcomes(world, client), everywhere('401 invalid_client'));
  }
});
