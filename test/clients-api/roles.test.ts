import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { asOperator, declaring, inOneWorld, recordOf, register, tokenOf } from '../connect/world.ts';
import type { Send } from '../fixtures/documented-answers.ts';
import { bootstrap, startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { builtIn, contentOf, dataOf, ec, listOf, openOn, outcomeOf, pathOf, type World } from './world.ts';

const clients = 'clients:manage:all';
const scopes = 'scopes:manage:all';
const providers = 'identity-providers:manage:all';

const manager = { id: '0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f01', secret: 'secret-of-the-manager' } as const;
const root = { id: '0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f02', secret: 'secret-for-root' } as const;
const grantTypes = ['client_credentials'];
const allowedScopes = [
  clients,
  scopes,
  providers,
  'login',
  'admin',
  'oauth:clients:read',
  'oauth:clients:manage',
  'backend',
];

const declarations = {
  accounts: [{ username: 'root', administrator: true }],
  scopes: [{ name: 'payroll', label: 'Payroll' }],
  clients: [
    { ...manager, grantTypes, allowedScopes },
    { ...root, grantTypes, allowedScopes, clientCredentialsSubject: 'root' },
  ],
};

interface Ids {
  readonly client: string;
  readonly scope: string;
  readonly provider: string;
}

type Route = readonly [string, (ids: Ids) => string, object | undefined, readonly string[]];

/** Every route, and the scopes of which one opens it. */
const routes: readonly Route[] = [
  ['GET', () => '/api/clients', undefined, [clients]],
  ['POST', () => '/api/clients', { client: { key_pair_type: ec, identity_provider: builtIn } }, [clients]],
  ['GET', ({ client }) => pathOf(client), undefined, [clients]],
  ['PUT', ({ client }) => pathOf(client), { client: { name: 'x' } }, [clients]],
  ['PATCH', ({ client }) => pathOf(client), { client: { name: 'x' } }, [clients]],
  ['GET', ({ client }) => pathOf(client, 'logout-notices'), undefined, [clients]],
  ['POST', ({ client }) => pathOf(client, 'regenerate_did'), undefined, [clients]],
  ['POST', ({ client }) => pathOf(client, 'regenerate_key_pair'), undefined, [clients]],
  ['DELETE', ({ client }) => pathOf(client), undefined, [clients]],
  ['GET', () => '/api/scopes', undefined, [scopes, clients]],
  ['GET', ({ scope }) => `/api/scopes/${scope}`, undefined, [scopes, clients]],
  ['POST', () => '/api/scopes', { scope: { name: 'fresh' } }, [scopes]],
  ['PUT', ({ scope }) => `/api/scopes/${scope}`, { scope: { label: 'x' } }, [scopes]],
  ['DELETE', ({ scope }) => `/api/scopes/${scope}`, undefined, [scopes]],
  ['GET', () => '/api/identity-providers', undefined, [providers]],
  ['GET', ({ provider }) => `/api/identity-providers/${provider}`, undefined, [providers]],
  ['POST', () => '/api/identity-providers', { identity_provider: { name: 'Fresh' } }, [providers]],
  [
    'PUT',
    ({ provider }) => `/api/identity-providers/${provider}`,
    { identity_provider: { name: 'x' } },
    [providers],
  ],
  ['DELETE', ({ provider }) => `/api/identity-providers/${provider}`, undefined, [providers]],
];

let count = 0;

async function freshThings({ create, createScope, createProvider }: World): Promise<Ids> {
  count += 1;
  const [client, scope, provider] = [
    await create(),
    await createScope({ name: `scope-${count}` }),
    await createProvider(`Provider ${count}`),
  ];
  return { client: client.id, scope: scope.id, provider: provider.id };
}

const open = async (context: TestContext): Promise<World> =>
  openOn(await startTestServer(context, { env: declaring(context, declarations) }));

/** What every route answers to `token`: those that `mayUse` names do their work, the others refuse and do nothing. */
async function checkRoutes(
  world: World,
  token: string | null,
  { mayUse, refusal }: { readonly mayUse: (openers: readonly string[]) => boolean; readonly refusal: number },
): Promise<void> {
  const ask = async ([method, pathOfThings, body]: Route, ids: Ids): Promise<number> => {
    const sent = { token, ...(body && { body: unique(body) }) };
    return (await world.send(method, pathOfThings(ids), sent)).status;
  };
  const things = await freshThings(world);
  const before = await contentOf(world);
  for (const route of routes.filter(([, , , openers]) => !mayUse(openers))) {
    assert.deepEqual(
      [route[0], route[1](things), await ask(route, things)],
      [route[0], route[1](things), refusal],
    );
  }
  assert.equal(await contentOf(world), before);
  for (const route of routes.filter(([, , , openers]) => mayUse(openers))) {
    const status = await ask(route, await freshThings(world));
    assert.ok(status < 300, `${route[0]} ${route[1](things)}: ${status}`);
  }
}

/** Names of scopes and providers are taken once. */
function unique(body: object): object {
  return JSON.parse(JSON.stringify(body).replace(/[Ff]resh/, (name) => `${name}-${count}`));
}

const scopesOfRoles = [
  clients,
  scopes,
  providers,
  'login',
  'admin',
  'oauth:clients:manage oauth:clients:read',
  'backend',
];

inOneWorld<World>('every route for every scope', open, {
  // against: administration/roles
  'nobody, and who has a bad token, is unauthenticated': async (world) => {
    const good = await tokenOf(world.server, manager, clients);
    for (const token of [null, 'eyJhbGciOiJub25lIn0.e30.', `${good.slice(0, -4)}AAAA`]) {
      await checkRoutes(world, token, { mayUse: () => false, refusal: 401 });
    }
  },
  ...Object.fromEntries(
    scopesOfRoles.map((scope) => [
      // against: administration/roles
      `a token with the scope ${scope}`,
      async (world: World) => {
        const token = await tokenOf(world.server, manager, scope);
        await checkRoutes(world, token, { mayUse: (openers) => openers.includes(scope), refusal: 403 });
      },
    ]),
  ),
  'an administrator without the scopes': async (world) => {
    const token = await tokenOf(world.server, root, 'admin');
    await checkRoutes(world, token, { mayUse: () => false, refusal: 403 });
  },
  'a refusal says which challenge it is, and is not told apart by what exists': async ({
    send,
    create,
    server,
  }) => {
    const { id } = await create();
    const token = await tokenOf(server, manager, scopes);
    for (const path of [pathOf(id), pathOf('00000000-0000-4000-8000-000000000000'), pathOf('abc')]) {
      const answer = await send('GET', path, { token });
      assert.equal(outcomeOf(answer), '403 FORBIDDEN You may not do this.');
      const challenge = 'Bearer error="insufficient_scope", scope="clients:manage:all"';
      assert.equal(answer.headers.get('www-authenticate'), challenge);
      const stranger = await send('GET', path);
      assert.equal(outcomeOf(stranger), '401 UNAUTHORIZED A valid access token is needed.');
      assert.equal(stranger.headers.get('www-authenticate'), 'Bearer realm="oauth"');
    }
  },
});

/** Calls with the token of a client that is no administrator and owns nothing. */
async function asManager(
  { server, send }: World,
  scope = clients,
): Promise<(...args: Parameters<Call>) => ReturnType<Call>> {
  const token = await tokenOf(server, manager, scope);
  return (method, path, body) => send(method, path, { token, ...(body && { body }) });
}

type Call = (method: string, path: string, body?: object) => ReturnType<Send>;

async function registered(server: TestServer, patch: Parameters<typeof register>[1]): Promise<string> {
  return (await register(server, patch, 'generate')).id;
}

inOneWorld<World>('who holds clients:manage:all', open, {
  'sees and manages every client, whoever owns it': async (world) => {
    const call = await asManager(world);
    const { id, secret } = await world.create();
    const listed = listOf(await call('GET', '/api/clients')).map((client) => client.id);
    assert.ok([bootstrap.id, manager.id, id].every((each) => listed.includes(each)));
    assert.equal(dataOf(await call('GET', pathOf(id)))['secret'], secret);
    const change = {
      client: { name: 'Mine', authorized_scopes: [{ name: 'payroll' }], secret: 's'.repeat(64) },
    };
    assert.equal(dataOf(await call('PUT', pathOf(id), change))['secret'], 's'.repeat(64));
    assert.equal((await call('POST', pathOf(id, 'regenerate_key_pair'))).status, 200);
    assert.equal((await call('DELETE', pathOf(id))).status, 204);
  },
  'owns what it creates': async (world) => {
    const call = await asManager(world);
    const client = { key_pair_type: ec, identity_provider: builtIn };
    const { id } = dataOf(await call('POST', '/api/clients', { client }), 201);
    assert.equal((await recordOf(world.server, id)).ownerId, manager.id);
  },
  'neither reads the secret of a client that holds more than its own token, nor changes it, but deletes it':
    async (world) => {
      const call = await asManager(world);
      const id = await registered(world.server, { allowedScopes: ['login'] });
      assert.equal(dataOf(await call('GET', pathOf(id)))['secret'], null);
      const before = await contentOf(world);
      for (const [method, path, body] of [
        ['PUT', pathOf(id), { client: { secret: 's'.repeat(64) } }],
        ['PUT', pathOf(id), { client: { name: 'Mine' } }],
        ['POST', pathOf(id, 'regenerate_key_pair'), undefined],
      ] as const) {
        assert.equal(outcomeOf(await call(method, path, body)), '403 FORBIDDEN You may not do this.');
      }
      assert.equal(await contentOf(world), before);
      const stronger = await asManager(world, `${clients} login`);
      assert.notEqual(dataOf(await stronger('GET', pathOf(id)))['secret'], null);
      const same = await call('PUT', pathOf(id), { client: {} });
      assert.equal(dataOf(same)['secret'], null);
      assert.equal((await call('DELETE', pathOf(id))).status, 204);
    },
  // against: administration/escalation
  'does not come to act for an account by taking over the client that does': async (world) => {
    const { server } = world;
    const call = await asManager(world, `${clients} login`);
    const record = await recordOf(server, root.id);
    const id = await registered(server, {
      grantTypes: ['client_credentials'],
      clientCredentialsSubject: record.clientCredentialsSubject,
    });
    assert.equal(dataOf(await call('GET', pathOf(id)))['secret'], null);
    for (const client of [{ secret: 's'.repeat(64) }, { authorized_scopes: [{ name: 'login' }] }]) {
      assert.equal(
        outcomeOf(await call('PUT', pathOf(id), { client })),
        '403 FORBIDDEN You may not do this.',
      );
    }
    assert.equal(dataOf(await world.call('PUT', pathOf(id), { client: { name: 'x' } }))['name'], 'x');
  },
  'has no more through the other faces than before': async (world) => {
    const { server } = world;
    const { id } = await world.create();
    const token = await tokenOf(server, manager, `${clients} oauth:clients:read oauth:clients:manage`);
    const response = await fetch(`${server.issuer}/xeonr.auth.api.v1.ClientsService/GetClient`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ clientId: id }),
    });
    assert.equal(response.status, 404);
  },
  // against: administration/internal
  'changes nothing about an internal client, and does not see its secret': async (world) => {
    const call = await asManager(world, allowedScopes.join(' '));
    const shown = dataOf(await call('GET', pathOf(bootstrap.id)));
    assert.deepEqual([shown['name'], shown['secret']], ['Bootstrap', null]);
    for (const [method, path, body] of [
      ['PUT', pathOf(bootstrap.id), { client: shown }],
      ['PATCH', pathOf(bootstrap.id), { client: { name: 'Mine' } }],
      ['POST', pathOf(bootstrap.id, 'regenerate_did'), undefined],
      ['POST', pathOf(bootstrap.id, 'regenerate_key_pair'), undefined],
      ['DELETE', pathOf(bootstrap.id), undefined],
    ] as const) {
      const answer = await call(method, path, body);
      assert.equal(outcomeOf(answer), '403 FORBIDDEN The resource is write protected.');
    }
  },
  'is refused at once when its client is deleted, disabled or loses the scope': async (world) => {
    const { server } = world;
    for (const end of ['removed', 'disabled', 'narrowed'] as const) {
      const patch = { grantTypes: ['client_credentials'], allowedScopes: [clients] } as const;
      const { client, secret } = await server.registry.create({
        ...asOperator,
        patch: () => patch,
        secret: 'generate',
      });
      const token = await tokenOf(server, { id: client.id, secret: secret ?? '' }, clients);
      assert.equal((await world.send('GET', '/api/clients', { token })).status, 200);
      if (end === 'removed') await server.registry.remove({ ...asOperator, id: client.id });
      else {
        const change = end === 'disabled' ? { enabled: false } : { allowedScopes: [] };
        await server.registry.update({ ...asOperator, id: client.id, patch: () => change });
      }
      const { status } = await world.send('GET', '/api/clients', { token });
      assert.equal(status, end === 'narrowed' ? 403 : 401, end);
    }
  },
});
