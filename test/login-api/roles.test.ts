import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { asOperator, declaring, inOneWorld, register, tokenOf } from '../connect/world.ts';
import type { Send } from '../fixtures/documented-answers.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { openOn, outcomeOf, pathOf, root, type World } from './world.ts';

function declared(number: number) {
  return { id: `0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f0${number}`, secret: `secret-of-the-tests-${number}` };
}

const clients = {
  plain: declared(1),
  admin: declared(2),
  root: declared(3),
  other: declared(4),
  powerless: declared(5),
  doomed: declared(6),
} as const;

const grantTypes = ['client_credentials'];
const login = { grantTypes, allowedScopes: ['login'] };

const declarations = {
  accounts: [{ username: 'root', administrator: true }, { username: 'alice' }],
  clients: [
    { ...clients.plain, ...login },
    { ...clients.admin, grantTypes, allowedScopes: ['login', 'admin', 'backend'] },
    { ...clients.root, ...login, clientCredentialsSubject: 'root' },
    { ...clients.other, ...login, clientCredentialsSubject: 'alice' },
    { ...clients.powerless, grantTypes, allowedScopes: ['admin', 'oauth:clients:manage'] },
    { ...clients.doomed, grantTypes, allowedScopes: ['login', 'admin'] },
  ],
};

interface RoleWorld extends World {
  readonly clock: ManualClock;
}

async function open(context: TestContext): Promise<RoleWorld> {
  const clock = createManualClock();
  const server = await startTestServer(context, { env: declaring(context, declarations), clock });
  return { ...(await openOn(server)), clock };
}

interface Target {
  readonly id: string;
  readonly fingerprint: string;
}

/** Every route, on a fresh client. */
const routes: Readonly<
  Record<string, (send: Send, token: string | null, target: Target) => ReturnType<Send>>
> = {
  list: (send, token) => send('GET', root, { token }),
  get: (send, token, { id }) => send('GET', pathOf(id), { token }),
  create: (send, token) => send('POST', root, { token, body: { name: 'Mine' } }),
  update: (send, token, { id }) => send('PUT', pathOf(id), { token, body: { name: 'Mine' } }),
  remove: (send, token, { id }) => send('DELETE', pathOf(id), { token }),
  listSecrets: (send, token, { id }) => send('GET', pathOf(id, 'client-secret'), { token }),
  addSecret: (send, token, { id }) => send('POST', pathOf(id, 'client-secret'), { token }),
  removeSecret: (send, token, { id, fingerprint }) =>
    send('DELETE', pathOf(id, 'client-secret', fingerprint), { token }),
};

type Outcomes = Readonly<Record<string, number>>;

function everywhere(status: number, exceptions: Outcomes = {}): Outcomes {
  return { ...Object.fromEntries(Object.keys(routes).map((name) => [name, status])), ...exceptions };
}

const allowed = everywhere(200, { create: 201, addSecret: 201 });
const unauthenticated = everywhere(401);
const denied = everywhere(403);

/** A client that the route is called about, with a secret. */
async function targetOf({ server }: World): Promise<Target> {
  const { id } = await register(server, { name: 'Target' }, 'generate');
  const { secrets } = await server.registry.describe({ ...asOperator, id });
  return { id, fingerprint: secrets[0]?.fingerprint ?? '' };
}

interface Role {
  readonly token: (world: RoleWorld) => Promise<string | null>;
  readonly outcomes: Outcomes;
}

const bearerOf =
  (client: { readonly id: string; readonly secret: string }, scope: string): Role['token'] =>
  ({ server }) =>
    tokenOf(server, client, scope);

const roles: Readonly<Record<string, Role>> = {
  'nobody, without a token': { token: async () => null, outcomes: unauthenticated },
  'a bad token': { token: async () => 'eyJhbGciOiJub25lIn0.e30.', outcomes: unauthenticated },
  'an altered token': {
    token: async ({ token }) => `${token.slice(0, -4)}AAAA`,
    outcomes: unauthenticated,
  },
  'an expired token': {
    token: async ({ server, clock }) => {
      const token = await server.bootstrapToken('login');
      clock.advance(3600);
      return token;
    },
    outcomes: unauthenticated,
  },
  'the token of a deleted client': {
    token: async (world) => {
      const token = await tokenOf(world.server, clients.doomed, 'login admin');
      await world.server.registry.remove({ ...asOperator, id: clients.doomed.id });
      return token;
    },
    outcomes: unauthenticated,
  },
  'an administrator without the scope login': {
    token: bearerOf(bootstrap, 'oauth:clients:manage'),
    outcomes: denied,
  },
  'the scope admin without login': { token: bearerOf(clients.powerless, 'admin'), outcomes: denied },
  'the scope login of nobody’s': { token: bearerOf(clients.plain, 'login'), outcomes: denied },
  'the scope login of an account without the role': {
    token: bearerOf(clients.other, 'login'),
    outcomes: denied,
  },
  'a client with the scope admin that does not ask for it': {
    token: bearerOf(clients.admin, 'login'),
    outcomes: denied,
  },
  'the scopes login and admin': { token: bearerOf(clients.admin, 'login admin'), outcomes: allowed },
  'the scope login of an administrator’s account': {
    token: bearerOf(clients.root, 'login'),
    outcomes: allowed,
  },
  'the bootstrap client': { token: bearerOf(bootstrap, 'login'), outcomes: allowed },
};

inOneWorld<RoleWorld>(
  'every route of the login API for every role',
  open,
  Object.fromEntries(
    Object.entries(roles).map(([role, { token, outcomes }]) => [
      // against: administration/roles
      `what ${role} may do`,
      async (world: RoleWorld) => {
        const bearer = await token(world);
        const seen: Record<string, number> = {};
        for (const [name, run] of Object.entries(routes)) {
          seen[name] = (await run(world.send, bearer, await targetOf(world))).status;
        }
        assert.deepEqual(seen, outcomes);
      },
    ]),
  ),
);

inOneWorld<RoleWorld>('what the authority of the login API does not reach', open, {
  // against: administration/roles
  'who is refused learns nothing of what is there, and changes nothing': async (world) => {
    const { server, send } = world;
    const token = await tokenOf(server, clients.plain, 'login');
    const target = await targetOf(world);
    const unknown = { id: '00000000-0000-4000-8000-000000000000', fingerprint: '0' };
    for (const run of Object.values(routes)) {
      const [ofClient, ofNobody] = [await run(send, token, target), await run(send, token, unknown)];
      assert.deepEqual([ofClient.status, ofClient.text], [ofNobody.status, ofNobody.text]);
      assert.equal(outcomeOf(ofClient), '403 Only an administrator may do this.');
    }
    const { client, secrets } = await server.registry.describe({ ...asOperator, id: target.id });
    assert.deepEqual([client.name, client.revision, secrets.length], ['Target', 1, 1]);
  },
  'a challenge says what is missing': async ({ send, server }) => {
    const challengeOf = async (token: string | null) =>
      (await send('GET', root, { token })).headers.get('www-authenticate');
    assert.equal(await challengeOf(null), 'Bearer realm="oauth"');
    assert.equal(await challengeOf('bad'), 'Bearer error="invalid_token"');
    const other = await server.bootstrapToken('oauth:clients:read');
    assert.equal(await challengeOf(other), 'Bearer error="insufficient_scope", scope="login"');
  },
  // against: administration/escalation
  'an administrator gives no management scope that its token lacks, and takes none': async (world) => {
    const { server, call } = world;
    const powerful = await register(
      server,
      { name: 'Powerful', allowedScopes: ['oauth:clients:manage'] },
      'generate',
    );
    const paths = [
      ['PUT', pathOf(powerful.id), { name: 'Mine' }],
      ['PUT', pathOf(powerful.id), { validScopes: ['login'] }],
      ['POST', pathOf(powerful.id, 'client-secret')],
    ] as const;
    for (const [method, path, body] of paths) {
      assert.match(outcomeOf(await call(method, path, body)), /^403 The client holds, .*management scope/);
    }
    const { client, secrets } = await server.registry.describe({ ...asOperator, id: powerful.id });
    assert.deepEqual([client.revision, secrets.length], [1, 1]);
    assert.equal((await call('DELETE', pathOf(powerful.id))).status, 200);
  },
  // against: administration/self
  'a client does not switch itself off': async ({ server, send }) => {
    const token = await tokenOf(server, clients.admin, 'login admin');
    const answer = await send('PUT', pathOf(clients.admin.id), { token, body: { isValid: false } });
    assert.equal(outcomeOf(answer), '403 A client cannot verify, enable or disable itself.');
  },
  // against: administration/internal
  'an internal client is read, and every write is refused whatever it says': async ({ server, call }) => {
    const { id } = bootstrap;
    const before = await server.registry.get({ ...asOperator, id });
    assert.equal((await call('GET', pathOf(id))).status, 200);
    const bodies = [
      {},
      { name: 'Mine' },
      { name: 5 },
      { isInternal: false },
      { id: clients.plain.id },
      { clientCredentialFlowUser: 'nobody' },
      (await call('GET', pathOf(id))).json as object,
    ];
    const refused = '403 The client is internal: no face changes it, deletes it or shows its secret.';
    for (const body of bodies) assert.equal(outcomeOf(await call('PUT', pathOf(id), body)), refused);
    assert.equal(outcomeOf(await call('DELETE', pathOf(id))), refused);
    assert.deepEqual(await server.registry.get({ ...asOperator, id }), before);
  },
});
