import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import sharp from 'sharp';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { bootstrap, startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService, type Service } from './face.ts';
import { asOperator, call, declaring, inOneWorld, outcomeOf, recordOf, register, tokenOf } from './world.ts';

const [read, manage] = ['oauth:clients:read', 'oauth:clients:manage'] as const;
const orders = 'https://orders.example/';

function declared(number: number) {
  return { id: `0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f0${number}`, secret: `secret-of-the-tests-${number}` };
}

/** Clients of the file: `manager` owns what the table is about, `stranger` may as much and owns nothing. */
const clients = {
  manager: declared(1),
  stranger: declared(2),
  scoped: declared(3),
  forRoot: declared(4),
  forAppAdmin: declared(5),
  bound: declared(6),
  powerful: declared(7),
  doomed: declared(8),
} as const;

const grantTypes = ['client_credentials'];
const mayManage = { grantTypes, allowedScopes: [read, manage] };

const declarations = {
  applications: [{ id: 'orders', name: 'Orders', audience: orders, administrators: ['app-admin'] }],
  accounts: [{ username: 'root', administrator: true }, { username: 'app-admin' }],
  clients: [
    { ...clients.manager, ...mayManage, allowedScopes: [read, manage, 'backend'] },
    { ...clients.stranger, ...mayManage },
    { ...clients.scoped, grantTypes, allowedScopes: [read, manage, 'admin'] },
    { ...clients.forRoot, ...mayManage, clientCredentialsSubject: 'root' },
    { ...clients.forAppAdmin, ...mayManage, clientCredentialsSubject: 'app-admin' },
    {
      ...clients.bound,
      ...mayManage,
      allowedScopes: [read, manage, 'backend'],
      applicationBindings: [{ applicationId: 'orders' }],
    },
    {
      ...clients.powerful,
      grantTypes,
      allowedScopes: [read, manage, 'admin'],
      ownerId: clients.manager.id,
    },
    { ...clients.doomed, ...mayManage },
  ],
};

interface World {
  readonly server: TestServer;
  readonly clock: ManualClock;
  readonly logo: Uint8Array;
}

async function open(context: TestContext): Promise<World> {
  const clock = createManualClock();
  const server = await startTestServer(context, { env: declaring(context, declarations), clock });
  const image = sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } });
  return { server, clock, logo: await image.png().toBuffer() };
}

/** A client with a secret that belongs to `manager` and to the application `orders`. */
async function target({ server }: World): Promise<string> {
  const owned = { name: 'Target', ownerId: clients.manager.id, applicationId: 'orders' };
  return (await register(server, owned, 'generate')).id;
}

/** Every method, on a fresh client. */
const methods: Readonly<
  Record<string, (service: Service, clientId: string, world: World) => Promise<unknown>>
> = {
  create: (service) => service.createClient({ name: 'Mine' }),
  get: (service, clientId) => service.getClient({ clientId }),
  getSecret: (service, clientId) => service.getClient({ clientId, includeSecret: true }),
  list: (service) => service.listClients({}),
  update: (service, clientId) => service.updateClient({ clientId, name: 'Changed' }),
  upload: (service, clientId, { logo }) =>
    service.uploadClientLogo({ clientId, logoData: logo, contentType: 'image/png' }),
  regenerate: (service, clientId) => service.regenerateSecret({ clientId, includeSecret: true }),
  remove: (service, clientId) => service.deleteClient({ clientId }),
  getPublic: (service, clientId) => service.getPublicClients({ clientId: [clientId] }),
};

type Outcomes = Readonly<Record<keyof typeof methods, string>>;

function everywhere(outcome: string, exceptions: Partial<Outcomes> = {}): Outcomes {
  const outcomes = Object.keys(methods).map((method) => [method, outcome]);
  return { ...Object.fromEntries(outcomes), getPublic: 'ok', ...exceptions };
}

const unauthenticated = everywhere('unauthenticated');
const allowed = everywhere('ok');
const denied = everywhere('permission_denied');
const strange = everywhere('not_found', { create: 'ok', list: 'ok' });

/** The token of a client that says nothing of the scope: what it gets is not for administration. */
async function defaultToken({ server }: World, client: ReturnType<typeof declared>): Promise<string> {
  const response = await server.requestToken(client);
  return ((await response.json()) as { readonly access_token: string }).access_token;
}

/** Registers a client as the operator would, with its secret. */
async function withSecret({ server }: World, patch: ClientPatch): Promise<ReturnType<typeof declared>> {
  const { client, secret } = await server.registry.create({
    ...asOperator,
    patch: () => patch,
    secret: 'generate',
  });
  assert.ok(secret);
  return { id: client.id, secret };
}

/** Takes the token of a client that is gone or disabled when it is used. */
async function orphanToken(world: World, end: (id: string) => Promise<unknown>): Promise<string> {
  const patch: ClientPatch = { grantTypes: ['client_credentials'], allowedScopes: [read, manage] };
  const { id, secret } = await withSecret(world, patch);
  const token = await tokenOf(world.server, { id, secret }, clientScopes);
  await end(id);
  return token;
}

interface Role {
  readonly token: (world: World) => Promise<string | null>;
  readonly outcomes: Outcomes;
}

function bearerOf(client: { readonly id: string; readonly secret: string }, scope: string): Role['token'] {
  return ({ server }) => tokenOf(server, client, scope);
}

const roles: Readonly<Record<string, Role>> = {
  'nobody, without a token': { token: async () => null, outcomes: unauthenticated },
  'a bad token': { token: async () => 'eyJhbGciOiJub25lIn0.e30.', outcomes: unauthenticated },
  'an altered token': {
    token: async (world) => `${(await bearerOf(clients.scoped, clientScopes)(world))?.slice(0, -4)}AAAA`,
    outcomes: unauthenticated,
  },
  'an expired token': {
    token: async (world) => {
      const token = await world.server.bootstrapToken(clientScopes);
      world.clock.advance(3600);
      return token;
    },
    outcomes: unauthenticated,
  },
  'a token for another audience': {
    token: (world) => defaultToken(world, clients.bound),
    outcomes: unauthenticated,
  },
  'the token of a deleted client': {
    token: (world) => orphanToken(world, (id) => world.server.registry.remove({ ...asOperator, id })),
    outcomes: unauthenticated,
  },
  'the token of a disabled client': {
    token: (world) =>
      orphanToken(world, (id) =>
        world.server.registry.update({ ...asOperator, id, patch: () => ({ enabled: false }) }),
      ),
    outcomes: unauthenticated,
  },
  'the owner without a scope for clients': { token: bearerOf(clients.manager, 'backend'), outcomes: denied },
  'the owner with the scope to read': {
    token: bearerOf(clients.manager, 'oauth:clients:read'),
    outcomes: { ...denied, get: 'ok', getSecret: 'ok', list: 'ok' },
  },
  'the owner with the scope to manage': {
    token: bearerOf(clients.manager, 'oauth:clients:manage'),
    outcomes: {
      ...allowed,
      get: 'permission_denied',
      getSecret: 'permission_denied',
      list: 'permission_denied',
    },
  },
  'the scope admin alone': { token: bearerOf(clients.scoped, 'admin'), outcomes: denied },
  'the owner': { token: bearerOf(clients.manager, clientScopes), outcomes: allowed },
  "an administrator of the client's application": {
    token: bearerOf(clients.forAppAdmin, clientScopes),
    outcomes: allowed,
  },
  'a stranger': { token: bearerOf(clients.stranger, clientScopes), outcomes: strange },
  'a client with the scope admin that does not ask for it': {
    token: bearerOf(clients.scoped, clientScopes),
    outcomes: strange,
  },
  'an administrator by the scope admin': {
    token: bearerOf(clients.scoped, `${clientScopes} admin`),
    outcomes: allowed,
  },
  'an administrator by the role of the account': {
    token: bearerOf(clients.forRoot, clientScopes),
    outcomes: allowed,
  },
  'the bootstrap client': { token: bearerOf(bootstrap, clientScopes), outcomes: allowed },
};

const table = Object.fromEntries(
  Object.entries(roles).map(([role, { token, outcomes }]) => [
    // against: administration/roles, administration/forms
    `what ${role} may do, over JSON and binary`,
    async (world: World) => {
      const bearer = await token(world);
      for (const useBinaryFormat of [false, true]) {
        const service = connectService(world.server, bearer, useBinaryFormat);
        const seen: Record<string, string> = {};
        for (const [method, run] of Object.entries(methods)) {
          seen[method] = await outcomeOf(run(service, await target(world), world));
        }
        assert.deepEqual(seen, outcomes);
      }
    },
  ]),
);

inOneWorld<World>('every method for every role', open, table);

const unknown = '00000000-0000-4000-8000-000000000000';

inOneWorld<World>('what authority does not reach', open, {
  // against: administration/roles
  'a stranger learns nothing: what exists is answered like what does not': async (world) => {
    const { server, logo } = world;
    const id = await target(world);
    const token = await tokenOf(server, clients.stranger, clientScopes);
    const bodies: Readonly<Record<string, object>> = {
      GetClient: { includeSecret: true },
      UpdateClient: { name: '' },
      DeleteClient: {},
      RegenerateSecret: { includeSecret: true },
      UploadClientLogo: { contentType: 'image/svg+xml', logoData: Buffer.from(logo).toString('base64') },
    };
    for (const [method, body] of Object.entries(bodies)) {
      const ofAnother = await call(server, method, { clientId: id, ...body }, { token });
      const ofNobody = await call(server, method, { clientId: unknown, ...body }, { token });
      assert.deepEqual([ofAnother.status, ofAnother.text], [404, ofNobody.text]);
    }
    const { clients: listed } = await connectService(server, token).listClients({});
    assert.ok(listed.every(({ clientId }) => clientId !== id));
    const ofApplication = await connectService(server, token).listClients({ applicationId: 'orders' });
    assert.deepEqual(ofApplication.clients, []);
  },
  'a list holds what its reader may see: owned, of an administered application, or all': async (world) => {
    const { server } = world;
    const ids = { owned: await target(world), of: await register(server, { applicationId: 'orders' }) };
    const listOf = async (client: { readonly id: string; readonly secret: string }, scope = clientScopes) => {
      const service = connectService(server, await tokenOf(server, client, scope));
      return new Set((await service.listClients({})).clients.map(({ clientId }) => clientId));
    };
    const rows = [
      [await listOf(clients.manager), true, false, false],
      [await listOf(clients.forAppAdmin), true, true, false],
      [await listOf(clients.forRoot), true, true, true],
      [await listOf(clients.scoped, `${clientScopes} admin`), true, true, true],
    ] as const;
    for (const [listed, owned, ofApplication, everything] of rows) {
      const seen = [listed.has(ids.owned), listed.has(ids.of.id), listed.has(bootstrap.id)];
      assert.deepEqual(seen, [owned, ofApplication, everything]);
    }
  },
  // against: administration/escalation
  'who owns a client with more scopes than its own token neither reads nor replaces its secret': async (
    world,
  ) => {
    const { server } = world;
    const clientId = clients.powerful.id;
    const owner = connectService(server, await tokenOf(server, clients.manager, clientScopes));
    assert.equal(await outcomeOf(owner.getClient({ clientId })), 'ok');
    for (const method of ['getSecret', 'update', 'upload', 'regenerate']) {
      const outcome = await outcomeOf((methods[method] ?? assert.fail())(owner, clientId, world));
      assert.deepEqual([method, outcome], [method, 'permission_denied']);
    }
    assert.equal((await server.requestToken(clients.powerful, { scope: 'admin' })).status, 200);
    const administrator = await tokenOf(server, clients.scoped, `${clientScopes} admin`);
    const secret = await connectService(server, administrator).getClient({ clientId, includeSecret: true });
    assert.equal(secret.client?.clientSecret, clients.powerful.secret);
  },
  'only who administers an application gives it clients': async ({ server }) => {
    const create = async (client: { readonly id: string; readonly secret: string }) => {
      const service = connectService(server, await tokenOf(server, client, clientScopes));
      return outcomeOf(service.createClient({ name: 'Mine', applicationId: 'orders' }));
    };
    assert.equal(await create(clients.manager), 'permission_denied');
    assert.equal(await create(clients.forAppAdmin), 'ok');
    assert.equal(await create(clients.forRoot), 'ok');
  },
  // against: administration/self
  'a client does not verify itself, administrator or not': async ({ server }) => {
    const { id: clientId } = clients.scoped;
    const token = await tokenOf(server, clients.scoped, `${clientScopes} admin`);
    const attempt = connectService(server, token).updateClient({ clientId, isVerified: true });
    assert.equal(await outcomeOf(attempt), 'permission_denied');
    assert.equal((await recordOf(server, clientId)).verified, false);
  },
  // against: administration/internal
  'an internal client is read, and nothing else': async (world) => {
    const admin = connectService(world.server, await world.server.bootstrapToken(`${clientScopes} admin`));
    for (const [method, expected] of Object.entries({
      ...everywhere('failed_precondition'),
      create: 'ok',
      get: 'ok',
      list: 'ok',
    })) {
      const outcome = await outcomeOf((methods[method] ?? assert.fail())(admin, bootstrap.id, world));
      assert.deepEqual([method, outcome], [method, expected]);
    }
  },
  'DeleteClient ends the tokens of the client: the API that they are for learns it at once': async (
    world,
  ) => {
    const { server } = world;
    const api = await withSecret(world, { grantTypes: ['introspect'], applicationId: 'orders' });
    const bound = { applicationBindings: [{ applicationId: 'orders', config: null }] };
    const caller = await withSecret(world, { grantTypes: ['client_credentials'], ...bound });
    const token = await defaultToken(world, caller);
    const isActive = async () => {
      const response = await fetch(`${server.issuer}/oauth/introspect`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${api.id}:${api.secret}`)}` },
        body: new URLSearchParams({ token }),
      });
      return ((await response.json()) as { readonly active: boolean }).active;
    };
    assert.equal(await isActive(), true);
    const admin = connectService(server, await server.bootstrapToken(clientScopes));
    await admin.deleteClient({ clientId: caller.id });
    assert.equal(await isActive(), false);
  },
  'a caller whose client is deleted is refused at once': async ({ server }) => {
    const token = await tokenOf(server, clients.doomed, clientScopes);
    const administrator = connectService(server, await server.bootstrapToken(clientScopes));
    const own = connectService(server, token);
    assert.equal(await outcomeOf(own.listClients({})), 'ok');
    await administrator.deleteClient({ clientId: clients.doomed.id });
    assert.equal(await outcomeOf(own.listClients({})), 'unauthenticated');
    assert.equal(await outcomeOf(own.createClient({ name: 'Mine' })), 'unauthenticated');
  },
});
