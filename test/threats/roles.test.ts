import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createClient, type Transport } from '@connectrpc/connect';
import sharp from 'sharp';
import { describedServices } from '../../src/admin/connect/services.ts';
import { administratorScopes } from '../../src/applications/scope.ts';
import { ApplicationService } from '../../src/gen/xeonr/auth/api/v1/application_service_pb.ts';
import { AuthorisationsService } from '../../src/gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { MeService } from '../../src/gen/xeonr/auth/api/v1/me_service_pb.ts';
import { contentOf, ec } from '../clients-api/world.ts';
import { clientScopes, type Service } from '../connect/face.ts';
import { asOperator, declaring, outcomeOf, register, tokenOf } from '../connect/world.ts';
import { openDocumented, readDocument, type Send } from '../fixtures/documented-answers.ts';
import { bootstrap, startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { administrationScopes } from './attack.ts';
import { transports } from './faces.ts';
import { aboutThemselves, anybody, type Credentials, chief, signIn } from './people.ts';

const orders = 'https://orders.example/';
const declared = (number: number) => ({
  id: `0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f0${number}`,
  secret: `secret-of-the-tests-${number}`,
});
const owner = declared(1);
const elsewhere = declared(2);
const forApi = declared(3);
const scoped = declared(4);
const ended = declared(5);
const grantTypes = ['client_credentials'];
const allowedScopes = clientScopes.split(' ');

const declarations = {
  applications: [
    { id: 'orders', name: 'Orders', audience: orders },
    { id: 'billing', name: 'Billing', audience: 'https://billing.example/', administrators: ['clerk'] },
  ],
  accounts: [{ username: 'clerk' }, anybody, chief],
  clients: [
    { ...owner, grantTypes, allowedScopes: [...allowedScopes, 'backend'] },
    { ...elsewhere, grantTypes, allowedScopes, clientCredentialsSubject: 'clerk' },
    {
      ...forApi,
      grantTypes,
      allowedScopes,
      applicationBindings: [{ applicationId: 'orders' }],
    },
    { ...scoped, grantTypes, allowedScopes: administrationScopes.split(' ') },
    { ...ended, grantTypes, allowedScopes: [...administrationScopes.split(' '), 'admin'] },
  ],
};

/** What an operation is about; made anew for each that may do something. */
interface Target {
  readonly client: string;
  readonly fingerprint: string;
  readonly scope: string;
  readonly provider: string;
  /** What the caller has allowed a client, where the caller is a person. */
  readonly authorisation: string;
}

interface World {
  readonly server: TestServer;
  readonly send: Send;
  readonly administrator: string;
  readonly logo: Uint8Array;
}

async function open(context: TestContext): Promise<World> {
  const server = await startTestServer(context, { env: declaring(context, declarations) });
  const image = sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } });
  return {
    server,
    send: await openDocumented(server),
    administrator: await server.bootstrapToken(`${administrationScopes} admin`),
    logo: await image.png().toBuffer(),
  };
}

let made = 0;

async function targetOf({ server, send, administrator: token }: World): Promise<Target> {
  made += 1;
  const owned = {
    name: 'Target',
    ownerId: owner.id,
    applicationId: 'orders',
    keyPairType: ec,
    idTokenSignatureAlg: 'ES256',
  } as const;
  const { id } = await register(server, owned, 'generate');
  const { secrets } = await server.registry.describe({ ...asOperator, id });
  const idOf = async (path: string, body: object) => {
    const { json } = await send('POST', path, { token, body });
    return (json as { readonly data: { readonly id: string } }).data.id;
  };
  return {
    client: id,
    fingerprint: secrets[0]?.fingerprint ?? '',
    scope: await idOf('/api/scopes', { scope: { name: `target-${made}` } }),
    provider: await idOf('/api/identity-providers', { identity_provider: { name: `Target ${made}` } }),
    authorisation: id,
  };
}

/** What opens an operation; `anyone`: nothing is needed. */
type Access = 'anyone' | 'read' | 'manage' | 'create' | 'list' | 'every-client' | 'administrator' | 'person';

const connectMethods: Readonly<
  Record<string, readonly [Access, (service: Service, target: Target, world: World) => Promise<unknown>]>
> = {
  CreateClient: ['create', (service) => service.createClient({ name: 'Mine' })],
  GetClient: ['read', (service, { client }) => service.getClient({ clientId: client, includeSecret: true })],
  ListClients: ['list', (service) => service.listClients({})],
  UpdateClient: ['manage', (service, { client }) => service.updateClient({ clientId: client, name: 'Mine' })],
  DeleteClient: ['manage', (service, { client }) => service.deleteClient({ clientId: client })],
  RegenerateSecret: ['manage', (service, { client }) => service.regenerateSecret({ clientId: client })],
  UploadClientLogo: [
    'manage',
    (service, { client }, { logo }) =>
      service.uploadClientLogo({ clientId: client, logoData: logo, contentType: 'image/png' }),
  ],
  GetPublicClients: ['anyone', (service, { client }) => service.getPublicClients({ clientId: [client] })],
};

/** The services beside that of clients. Whom they are about is the person who calls: a client that calls for itself is none. */
const personMethods: Readonly<
  Record<string, readonly [Access, (transport: Transport, target: Target) => Promise<unknown>]>
> = {
  ListAuthorisations: [
    'person',
    (transport) => createClient(AuthorisationsService, transport).listAuthorisations({}),
  ],
  RevokeAuthorisation: [
    'person',
    (transport, { authorisation: authorisationId }) =>
      createClient(AuthorisationsService, transport).revokeAuthorisation({ authorisationId }),
  ],
  RevokeAllAuthorisations: [
    'person',
    (transport) => createClient(AuthorisationsService, transport).revokeAllAuthorisations({}),
  ],
  GetMe: ['person', (transport) => createClient(MeService, transport).getMe({})],
  GetApplication: [
    'anyone',
    (transport) => createClient(ApplicationService, transport).getApplication({ slug: 'orders' }),
  ],
};

/** The body of each operation of the REST dialects; undefined: it has none. */
const restBodies: Readonly<Record<string, ((builtIn: object) => object) | undefined>> = {
  'GET /auth/api/login/client': undefined,
  'POST /auth/api/login/client': () => ({ name: 'Mine' }),
  'GET /auth/api/login/client/{id}': undefined,
  'PUT /auth/api/login/client/{id}': () => ({ name: 'Mine' }),
  'DELETE /auth/api/login/client/{id}': undefined,
  'GET /auth/api/login/client/{id}/client-secret': undefined,
  'POST /auth/api/login/client/{id}/client-secret': undefined,
  'DELETE /auth/api/login/client/{id}/client-secret/{fingerprint}': undefined,
  'GET /api/clients': undefined,
  'POST /api/clients': (provider) => ({ client: { key_pair_type: ec, identity_provider: provider } }),
  'GET /api/clients/{client_id}': undefined,
  'PUT /api/clients/{client_id}': () => ({ client: { name: 'Mine' } }),
  'PATCH /api/clients/{client_id}': () => ({ client: { name: 'Mine' } }),
  'DELETE /api/clients/{client_id}': undefined,
  'GET /api/clients/{client_id}/logout-notices': undefined,
  'POST /api/clients/{client_id}/regenerate_did': undefined,
  'POST /api/clients/{client_id}/regenerate_key_pair': undefined,
  'GET /api/scopes': undefined,
  'POST /api/scopes': () => ({ scope: { name: `mine-${made}` } }),
  'GET /api/scopes/{id}': undefined,
  'PUT /api/scopes/{id}': () => ({ scope: { label: 'Mine' } }),
  'DELETE /api/scopes/{id}': undefined,
  'GET /api/identity-providers': undefined,
  'POST /api/identity-providers': () => ({ identity_provider: { name: `Mine ${made}` } }),
  'GET /api/identity-providers/{id}': undefined,
  'PUT /api/identity-providers/{id}': () => ({ identity_provider: { name: `Mine ${made}` } }),
  'DELETE /api/identity-providers/{id}': undefined,
};

/** One operation over one transport: what opens it, and how it is called; `ok`, or what the refusal begins with. */
interface Operation {
  readonly name: string;
  readonly access: Access;
  readonly run: (world: World, token: string | null, target: Target) => Promise<string>;
}

function connectOperations(): readonly Operation[] {
  return Object.entries(transports).flatMap(([transport, connect]) => [
    ...Object.entries(connectMethods).map(([method, [access, call]]) => ({
      name: `${method} over ${transport}`,
      access,
      run: (world: World, token: string | null, target: Target) =>
        outcomeOf(call(createClient(ClientsService, connect(world.server, token)), target, world)),
    })),
    ...Object.entries(personMethods).map(([method, [access, call]]) => ({
      name: `${method} over ${transport}`,
      access,
      run: ({ server }: World, token: string | null, target: Target) =>
        outcomeOf(call(connect(server, token), target)),
    })),
  ]);
}

function restOperations(): readonly Operation[] {
  return Object.entries(restBodies).map(([name, bodyOf]) => ({
    name,
    access: name.includes(' /api/') ? 'every-client' : 'administrator',
    run: async ({ send }: World, token: string | null, target: Target) => {
      const [method = '', template = ''] = name.split(' ');
      const id = { scopes: target.scope, 'identity-providers': target.provider }[
        template.split('/')[2] ?? ''
      ];
      const path = template
        .replace(/\{[^}]+\}/, id ?? target.client)
        .replace(/\{[^}]+\}/, target.fingerprint);
      const body = bodyOf?.({ id: target.provider });
      const { status } = await send(method, path, { token, ...(body && { body }) });
      return status < 300 ? 'ok' : String(status);
    },
  }));
}

const unauthenticated = ['unauthenticated', '401'];
const refused = ['permission_denied', 'not_found', '403'];

interface Caller {
  readonly token: (world: World) => Promise<string | null>;
  /** Of a person, whose calls may end what they are made with: signs in once more, and answers a target with what was allowed. */
  readonly again?: (world: World) => Promise<{ readonly token: string; readonly target: Target }>;
  readonly may: readonly Access[];
  readonly refusals: readonly string[];
}

const bearer =
  (who: { readonly id: string; readonly secret: string }, scope: string): Caller['token'] =>
  ({ server }) =>
    tokenOf(server, who, scope);

/** A person, with a token for `scope`. */
function person(who: Credentials, scope: string, may: readonly Access[]): Caller {
  const token = (world: World) => signIn(world.server, who, `openid ${scope}`);
  return {
    token,
    may: ['anyone', ...may],
    refusals: refused,
    again: async (world) => {
      const bearerToken = await token(world);
      const { username } = who;
      const [consent] = await world.server.database.run(
        `select consents.id from consents join accounts on accounts.id = account_id
          where username = '${username}' order by consents.id desc limit 1`,
      );
      const authorisation = String(consent?.['id']);
      return { token: bearerToken, target: { ...(await targetOf(world)), authorisation } };
    },
  };
}

/** The token of a client that may do everything, after `end`. */
const afterwards =
  (end: (server: TestServer) => Promise<unknown>): Caller['token'] =>
  async ({ server }) => {
    const token = await tokenOf(server, ended, `${administrationScopes} admin`);
    await end(server);
    return token;
  };

const enable = (server: TestServer, enabled: boolean) =>
  server.registry.update({ ...asOperator, id: ended.id, patch: () => ({ enabled }) });

const callers: Readonly<Record<string, Caller>> = {
  'nobody, without a token': { token: async () => null, may: ['anyone'], refusals: unauthenticated },
  'a token for an API': {
    token: async ({ server }) => {
      const answer = await server.requestToken(forApi, { resource: orders });
      return ((await answer.json()) as { readonly access_token: string }).access_token;
    },
    may: ['anyone'],
    refusals: unauthenticated,
  },
  'a scope of no administration': { token: bearer(owner, 'backend'), may: ['anyone'], refusals: refused },
  'a reader of clients': {
    token: bearer(bootstrap, 'oauth:clients:read'),
    may: ['anyone', 'read', 'list'],
    refusals: refused,
  },
  'who manages clients of another application': {
    token: bearer(elsewhere, clientScopes),
    may: ['anyone', 'create', 'list'],
    refusals: refused,
  },
  'the owner': {
    token: bearer(owner, clientScopes),
    may: ['anyone', 'create', 'list', 'read', 'manage'],
    refusals: refused,
  },
  'who has every management scope but that of administrators': {
    token: bearer(scoped, administrationScopes),
    may: ['anyone', 'create', 'list', 'every-client'],
    refusals: refused,
  },
  'an administrator': {
    token: async ({ administrator }) => administrator,
    may: ['anyone', 'create', 'list', 'read', 'manage', 'every-client', 'administrator'],
    refusals: refused,
  },
  'a person, about themselves': person(anybody, aboutThemselves, ['person']),
  'a person who may manage clients': person(anybody, clientScopes, ['create', 'list']),
  'a person who may administer sign-in, and is no administrator': person(anybody, 'login', []),
  'an administrator in person': person(chief, `${administrationScopes} admin`, [
    'create',
    'list',
    'read',
    'manage',
    'every-client',
    'administrator',
  ]),
  'an administrator in person without a scope for it': person(chief, aboutThemselves, ['person']),
  'a client that is disabled': {
    token: afterwards((server) => enable(server, false)),
    may: ['anyone'],
    refusals: unauthenticated,
  },
  'a client that was disabled, and is enabled again': {
    token: afterwards(async (server) => {
      await enable(server, false);
      await enable(server, true);
    }),
    may: ['anyone'],
    refusals: unauthenticated,
  },
  'a client that is deleted': {
    token: afterwards((server) => server.registry.remove({ ...asOperator, id: ended.id })),
    may: ['anyone'],
    refusals: unauthenticated,
  },
};

test('the table of operations has every method of every dialect', async (context) => {
  const { server } = await open(context);
  const { paths } = await readDocument(server);
  const documented = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(new Set(documented), new Set(Object.keys(restBodies)));
  assert.deepEqual(
    describedServices.flatMap(({ methods }) => methods.map(({ name }) => name)).toSorted(),
    Object.keys({ ...connectMethods, ...personMethods }).toSorted(),
  );
});

for (const [caller, { token, may, refusals, again }] of Object.entries(callers)) {
  // against: administration/roles, administration/forms
  test(`every method over every transport, called by ${caller}: what is not allowed is refused and does nothing`, async (context) => {
    const world = await open(context);
    const bearerToken = await token(world);
    const operations = [...connectOperations(), ...restOperations()];
    const untouched = await targetOf(world);
    const before = await contentOf(world);
    for (const { name, run } of operations.filter(({ access }) => !may.includes(access))) {
      const outcome = await run(world, bearerToken, untouched);
      assert.ok(refusals.includes(outcome), `${name}: ${outcome}`);
    }
    assert.equal(await contentOf(world), before);
    for (const { name, run } of operations.filter(({ access }) => may.includes(access))) {
      const call = (await again?.(world)) ?? { token: bearerToken, target: await targetOf(world) };
      assert.equal(await run(world, call.token, call.target), 'ok', name);
    }
  });
}

// against: administration/escalation
test('nobody gives a client, by signing in, an authority that they have not', async (context) => {
  const world = await open(context);
  for (const scope of administratorScopes) {
    assert.equal(await signIn(world.server, anybody, `openid ${scope}`), 'access_denied', scope);
  }
  const token = await signIn(world.server, chief, 'openid clients:manage:all');
  const list = async () => (await world.send('GET', '/api/clients', { token })).status;
  assert.equal(await list(), 200);
  await world.server.database.run(`update accounts set administrator = 0 where username = 'chief'`);
  assert.equal(await list(), 401);
});
