import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { AuthMethod, Client } from '../src/clients/client.ts';
import type { ClientPatch } from '../src/clients/patch.ts';
import { createManualClock } from '../src/kernel/clock.ts';
import { clientScopes, connectService, type Service } from './connect/face.ts';
import { asOperator, declaring, recordOf } from './connect/world.ts';
import { startTestServer, type TestServer } from './fixtures/running-server.ts';

const billing = {
  id: 'billing',
  name: 'Billing',
  audience: 'https://billing.example',
  scopes: [{ name: 'invoices:read', label: 'Read invoices', public: true }],
};
const archive = { id: 'archive', name: 'Archive', audience: 'https://archive.example' };
const robot = {
  id: '11111111-1111-4111-8111-111111111111',
  username: 'robot',
  password: 'password-of-the-robot',
};
const scopes = [
  { name: 'reports', label: 'Reports', public: true },
  { name: 'exports', label: 'Exports', public: true },
  { name: 'payroll', label: 'Payroll' },
];

/** What the three endpoints that clients authenticate at are asked with. */
type Credentials = Readonly<Record<string, string>>;
const endpoints = {
  token: { path: '/oauth/token', parameters: { grant_type: 'client_credentials' } },
  introspection: { path: '/oauth/introspect', parameters: { token: 'unknown' } },
  revocation: { path: '/oauth/revoke', parameters: { token: 'unknown' } },
} as const;
type Endpoint = keyof typeof endpoints;
const everyEndpoint = Object.keys(endpoints) as Endpoint[];

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server with two applications and an account, administered through the Connect dialect. */
async function open(context: TestContext) {
  const clock = createManualClock();
  const declarations = { applications: [billing, archive], accounts: [robot], scopes };
  const server = await startTestServer(context, { clock, env: declaring(context, declarations) });
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  return { server, service, clock, ...actions(server, service) };
}

type World = Awaited<ReturnType<typeof open>>;

function actions(server: TestServer, service: Service) {
  const post = async (
    endpoint: Endpoint,
    credentials: Credentials,
    extra: Credentials = {},
  ): Promise<Answer> => {
    const { path, parameters } = endpoints[endpoint];
    const { id, secret, method = 'client_secret_basic' } = credentials;
    const inBasic = method === 'client_secret_basic' && secret !== undefined;
    const response = await fetch(server.issuer + path, {
      method: 'POST',
      ...(inBasic && { headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` } }),
      body: new URLSearchParams({
        ...parameters,
        ...(!inBasic && { client_id: id ?? '' }),
        ...(!inBasic && secret !== undefined && { client_secret: secret }),
        ...extra,
      }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    post,
    create: async (fields: Parameters<Service['createClient']>[0] = {}) => {
      const { client } = await service.createClient({ name: 'Robot', hasSecret: true, ...fields });
      assert.ok(client);
      return { id: client.clientId, ...(client.clientSecret && { secret: client.clientSecret }) };
    },
    /** Changes what another face will have. */
    change: (id: string, patch: ClientPatch): Promise<Client> =>
      server.registry.update({ ...asOperator, id, patch: () => patch }),
    issue: async (credentials: Credentials, extra: Credentials = {}): Promise<string> => {
      const { status, body } = await post('token', credentials, extra);
      assert.equal(status, 200, JSON.stringify(body));
      return body['access_token'] as string;
    },
    introspect: async (credentials: Credentials, token: string) =>
      (await post('introspection', credentials, { token })).body,
  };
}

/** What an answer came to: `ok`, or its status and error. */
function outcomeOf({ status, body }: Answer): string {
  return status === 200 ? 'ok' : `${status} ${body['error']}`;
}

async function outcomes(world: World, credentials: Credentials): Promise<Record<Endpoint, string>> {
  const found: Partial<Record<Endpoint, string>> = {};
  for (const endpoint of everyEndpoint) {
    found[endpoint] = outcomeOf(await world.post(endpoint, credentials));
  }
  return found as Record<Endpoint, string>;
}

const same = (client: Credentials): Credentials => client;

const everywhere = (outcome: string): Record<Endpoint, string> => ({
  token: outcome,
  introspection: outcome,
  revocation: outcome,
});

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
      setting: `${method}, which has no mechanism yet`,
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

test('a grant type without a mechanism is refused, though the client has it', async (context) => {
  const { create, change, post } = await open(context);
  const client = await create();
  for (const grant of ['password', 'implicit', 'refresh_token', 'agent_credentials'] as const) {
    await change(client.id, {
      grantTypes: ['client_credentials', 'authorization_code', grant],
      redirectUris: ['https://robot.example/callback'],
    });
    assert.equal(outcomeOf(await post('token', client, { grant_type: grant })), '400 unsupported_grant_type');
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

test('applicationBindings: audience, claims and scopes of tokens follow, and tokens that are out shrink', async (context) => {
  const { service, create, issue, introspect, post } = await open(context);
  const client = await create();
  const bind = (
    ...applicationBindings: { applicationId: string; config?: { jsonConfig: { plan: string } } }[]
  ) =>
    service.updateClient({
      clientId: client.id,
      applicationBindings,
      updateMask: { paths: ['application_bindings'] },
    });
  assert.equal(outcomeOf(await post('token', client, { scope: 'invoices:read' })), '400 invalid_scope');
  assert.equal(outcomeOf(await post('token', client, { resource: billing.audience })), '400 invalid_target');

  await bind(
    { applicationId: billing.id, config: { jsonConfig: { plan: 'gold' } } },
    { applicationId: archive.id },
  );
  const token = await issue(client, { scope: 'invoices:read reports' });
  const claims = decodeJwt(token);
  assert.deepEqual(claims.aud, [billing.audience, archive.audience]);
  assert.deepEqual(claims['application_bindings'], [
    { application_id: billing.id, config: { json_config: { plan: 'gold' } } },
    { application_id: archive.id },
  ]);
  assert.equal(claims['scope'], 'invoices:read reports');
  assert.equal((await introspect(client, token))['scope'], 'invoices:read reports');

  await bind({ applicationId: archive.id });
  const narrowed = await introspect(client, token);
  assert.equal(narrowed['aud'], archive.audience);
  assert.equal(narrowed['scope'], 'reports');
  assert.equal(outcomeOf(await post('token', client, { scope: 'invoices:read' })), '400 invalid_scope');

  await bind();
  assert.deepEqual(await introspect(client, token), { active: false });
  assert.equal(decodeJwt(await issue(client)).aud, decodeJwt(token).iss);
});

test('applicationId: the claim is in tokens, and its client introspects the tokens for that application', async (context) => {
  const { create, issue, introspect } = await open(context);
  const owner = await create({ applicationId: billing.id });
  const stranger = await create();
  const caller = await create({ applicationBindings: [{ applicationId: billing.id }] });
  assert.equal(decodeJwt(await issue(owner))['application_id'], billing.id);
  assert.equal(decodeJwt(await issue(caller))['application_id'], undefined);
  const token = await issue(caller);
  assert.equal((await introspect(owner, token))['active'], true);
  assert.deepEqual(await introspect(stranger, token), { active: false });
});

test('usesManagedBuckets: the claim is in tokens and in what introspection says', async (context) => {
  const { create, issue, introspect, service } = await open(context);
  for (const usesManagedBuckets of [true, false]) {
    const client = await create({ usesManagedBuckets });
    const token = await issue(client);
    const expected = usesManagedBuckets ? true : undefined;
    assert.equal(decodeJwt(token)['managed_buckets'], expected);
    assert.equal((await introspect(client, token))['managed_buckets'], expected);
  }
  await assert.rejects(service.createClient({ name: 'x', hasSecret: false, usesManagedBuckets: true }));
});

test('allowedDelegators: token exchange is granted while there are any, and refused as long as it has no mechanism', async (context) => {
  const { server, service, create, post } = await open(context);
  const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange' as const;
  const [client, delegator] = [await create(), await create()];
  for (const allowedDelegators of [[delegator.id], []]) {
    await service.updateClient({
      clientId: client.id,
      allowedDelegators,
      updateMask: { paths: ['allowed_delegators'] },
    });
    const { grantTypes } = await recordOf(server, client.id);
    assert.equal(grantTypes.includes(tokenExchange), allowedDelegators.length > 0);
    assert.equal(
      outcomeOf(await post('token', client, { grant_type: tokenExchange })),
      '400 unsupported_grant_type',
    );
  }
});

test('allowedScopes, authorizeScope and authorizedScopes: what may be asked for, and what tokens keep', async (context) => {
  const { create, change, issue, introspect, post } = await open(context);
  const client = await create();
  const may = async (scope: string) => outcomeOf(await post('token', client, { scope }));
  const token = await issue(client, { scope: 'reports exports' });

  await change(client.id, { allowedScopes: ['reports', 'payroll'] });
  assert.deepEqual(
    [await may('reports'), await may('exports'), await may('payroll')],
    ['ok', '400 invalid_scope', 'ok'],
  );
  assert.equal((await introspect(client, token))['scope'], 'reports');

  await change(client.id, { allowedScopes: [], authorizedScopes: ['exports'], authorizeScope: false });
  assert.deepEqual([await may('reports'), await may('exports')], ['400 invalid_scope', '400 invalid_scope']);
  assert.deepEqual(
    [(await introspect(client, token))['scope'], (await introspect(client, token))['active']],
    [undefined, true],
  );

  await change(client.id, { authorizeScope: true });
  assert.deepEqual([await may('reports'), await may('exports')], ['400 invalid_scope', 'ok']);
  assert.equal((await introspect(client, token))['scope'], 'exports');
});

test('accessTokenFormat: tokens of both formats are in force after the change', async (context) => {
  const { create, change, issue, introspect, post } = await open(context);
  const client = await create();
  const jwt = await issue(client);
  await change(client.id, { accessTokenFormat: 'opaque' });
  const opaque = await issue(client);
  assert.match(opaque, /^cla_/);
  for (const token of [jwt, opaque]) {
    assert.equal((await introspect(client, token))['active'], true);
    assert.equal((await post('revocation', client, { token })).status, 200);
    assert.deepEqual(await introspect(client, token), { active: false });
  }
});

test('accessTokenTtl: expires_in, exp and the end of a token of either format', async (context) => {
  const { create, change, post, introspect, clock } = await open(context);
  const client = await create();
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    for (const accessTokenTtl of [1, 90, 86_400]) {
      await change(client.id, { accessTokenTtl, accessTokenFormat });
      const { body } = await post('token', client);
      const token = body['access_token'] as string;
      assert.equal(body['expires_in'], accessTokenTtl);
      assert.equal((await introspect(client, token))['exp'], clock.now() + accessTokenTtl);
      clock.advance(accessTokenTtl - 1);
      assert.equal((await introspect(client, token))['active'], true);
      clock.advance(1);
      assert.deepEqual(await introspect(client, token), { active: false });
    }
  }
  await change(client.id, { accessTokenTtl: null });
  assert.equal((await post('token', client)).body['expires_in'], 3600);
});

test('clientCredentialsSubject: tokens are the account’s, and end with it', async (context) => {
  const { server, create, change, issue, introspect } = await open(context);
  const client = await create();
  assert.equal(decodeJwt(await issue(client)).sub, client.id);
  await change(client.id, { clientCredentialsSubject: robot.id });
  const token = await issue(client);
  assert.equal(decodeJwt(token).sub, robot.id);
  assert.equal((await introspect(client, token))['sub'], robot.id);

  await server.stop('the account is declared anew');
  const declarations = { applications: [billing, archive], accounts: [{ ...robot, disabled: true }], scopes };
  const again = await startTestServer(context, {
    dataDirectory: server.dataDirectory,
    env: { ...declaring(context, declarations), CLIENTELE_ISSUER: server.issuer },
  });
  const reached = actions(
    { ...again, issuer: `http://127.0.0.1:${again.port}` },
    connectService(again, null),
  );
  assert.deepEqual(await reached.introspect(client, token), { active: false });
  assert.equal(outcomeOf(await reached.post('token', client)), '400 invalid_grant');
});

test('enabled: a disabled client’s tokens end, and are not revived with it', async (context) => {
  const { create, change, issue, introspect, clock, post } = await open(context);
  const reader = await create({ applicationId: billing.id });
  const client = await create({ applicationBindings: [{ applicationId: billing.id }] });
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    await change(client.id, { accessTokenFormat });
    const token = await issue(client);
    assert.equal((await introspect(reader, token))['active'], true);
    await change(client.id, { enabled: false });
    assert.deepEqual(await introspect(reader, token), { active: false });
    await change(client.id, { enabled: true });
    clock.advance(1);
    assert.deepEqual(await introspect(reader, token), { active: false });
    assert.equal((await introspect(reader, await issue(client)))['active'], true);
    assert.equal((await post('revocation', client, { token })).status, 200);
  }
});

test('dpopRequired: tokens that were issued before are out of force too', async (context) => {
  const { create, change, issue, introspect } = await open(context);
  const client = await create();
  const token = await issue(client);
  await change(client.id, { dpopRequired: true });
  assert.deepEqual(await introspect(client, token), { active: false });
});

test('an administrator’s token ends with its client at the administration too', async (context) => {
  const { server, create, change, issue } = await open(context);
  const client = await create();
  await change(client.id, { allowedScopes: ['oauth:clients:read'] });
  const service = connectService(server, await issue(client, { scope: 'oauth:clients:read' }));
  assert.equal((await service.listClients({})).clients.length, 0);
  await change(client.id, { allowedScopes: [] });
  await assert.rejects(service.listClients({}), { rawMessage: /lacks the scope/ });
  await change(client.id, { allowedScopes: ['oauth:clients:read'], enabled: false });
  await assert.rejects(service.listClients({}), { rawMessage: /a valid access token is needed/ });
});
