import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import type { TestContext } from 'node:test';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService, type Service } from './face.ts';
import { asOperator, call, inOneWorld, outcomeOf, recordOf, register, startDeclaring } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
  readonly admin: Service;
}

async function worldOf(server: TestServer): Promise<World> {
  const token = await server.bootstrapToken(clientScopes);
  return { server, token, admin: connectService(server, token) };
}

async function create({ admin }: World): Promise<{ readonly id: string; readonly secret: string }> {
  const { client } = await admin.createClient({ name: 'Shop', hasSecret: true });
  assert.ok(client?.clientSecret);
  return { id: client.clientId, secret: client.clientSecret };
}

async function regenerate({ admin }: World, clientId: string): Promise<string> {
  const { clientSecret } = await admin.regenerateSecret({ clientId, includeSecret: true });
  assert.ok(clientSecret);
  return clientSecret;
}

inOneWorld<World>('secrets in the dialect', async (context) => worldOf(await startTestServer(context)), {
  'creation shows the secret once, and it works': async (world) => {
    const client = await create(world);
    assert.match(client.secret, /^cls_[0-9A-Za-z]{92}$/);
    assert.equal((await world.server.requestToken(client)).status, 200);
  },
  'GetClient shows it when asked to, and only then': async (world) => {
    const { id: clientId, secret } = await create(world);
    const shown = await world.admin.getClient({ clientId, includeSecret: true });
    assert.equal(shown.client?.clientSecret, secret);
    const hidden = await world.admin.getClient({ clientId });
    assert.equal(hidden.client?.clientSecret, undefined);
  },
  'GetClient of a public client with includeSecret shows none': async ({ admin }) => {
    const { client } = await admin.createClient({ name: 'Public' });
    assert.equal(client?.clientSecret, undefined);
    const shown = await admin.getClient({ clientId: client?.clientId ?? '', includeSecret: true });
    assert.equal(shown.client?.clientSecret, undefined);
  },
  // against: administration/secrets
  'ListClients, UpdateClient, UploadClientLogo and GetPublicClients never show one': async (world) => {
    const { id: clientId, secret } = await create(world);
    const calls: Readonly<Record<string, object>> = {
      ListClients: {},
      UpdateClient: { clientId, name: 'Store' },
      GetPublicClients: { clientId: [clientId] },
    };
    for (const [method, body] of Object.entries(calls)) {
      const { status, text } = await call(world.server, method, body, { token: world.token });
      assert.deepEqual([status, text.includes(clientId)], [200, true]);
      assert.equal(text.includes(secret) || text.includes('clientSecret'), false, method);
    }
  },
  'RegenerateSecret shows the new secret when asked to, and replaces it in either case': async (world) => {
    const { id, secret: first } = await create(world);
    const second = await regenerate(world, id);
    assert.notEqual(second, first);
    assert.equal((await world.server.requestToken({ id, secret: first })).status, 401);
    assert.equal((await world.server.requestToken({ id, secret: second })).status, 200);
    const hidden = await world.admin.regenerateSecret({ clientId: id });
    assert.deepEqual([hidden.clientId, hidden.clientSecret], [id, undefined]);
    assert.equal((await world.server.requestToken({ id, secret: second })).status, 401);
    const { client } = await world.admin.getClient({ clientId: id, includeSecret: true });
    const third = client?.clientSecret ?? '';
    assert.equal((await world.server.requestToken({ id, secret: third })).status, 200);
  },
  'RegenerateSecret leaves the record and its revision as they are': async (world) => {
    const { id } = await create(world);
    const before = await recordOf(world.server, id);
    await regenerate(world, id);
    assert.deepEqual(await recordOf(world.server, id), before);
  },
  'RegenerateSecret of a public client is failed_precondition': async ({ admin, server }) => {
    const { id: clientId } = await register(server, { tokenEndpointAuthMethods: ['none'] });
    assert.equal(await outcomeOf(admin.regenerateSecret({ clientId })), 'failed_precondition');
  },
  'of regenerations that meet, exactly one secret is left': async (world) => {
    const { id } = await create(world);
    const secrets = await Promise.all(Array.from({ length: 10 }, () => regenerate(world, id)));
    const answers = await Promise.all(secrets.map((secret) => world.server.requestToken({ id, secret })));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    const { secret } = await world.server.registry.readSecret({ ...asOperator, id });
    assert.equal((await world.server.requestToken({ id, secret: secret ?? '' })).status, 200);
  },
  'no request that starts after the answer is served by the secret before it, under load': async (world) => {
    const tally = await hammer(world, await create(world));
    assert.deepEqual([tally.oldAccepted, tally.newRefused, tally.unexpected], [0, 0, 0]);
    assert.equal(tally.regenerations, 50);
    assert.ok(tally.oldRefused >= 4900, `${tally.oldRefused} with an old secret`);
    assert.ok(tally.newAccepted >= 1000, `${tally.newAccepted} with the new secret`);
  },
});

const openHashed = async (context: TestContext) =>
  worldOf(await startDeclaring(context, { server: { secretStorage: 'hashed' } }));

inOneWorld<World>('secrets of a server that keeps verifiers alone', openHashed, {
  'creation and regeneration still show the secret': async (world) => {
    const { id, secret } = await create(world);
    assert.equal((await world.server.requestToken({ id, secret })).status, 200);
    const renewed = await regenerate(world, id);
    assert.equal((await world.server.requestToken({ id, secret })).status, 401);
    assert.equal((await world.server.requestToken({ id, secret: renewed })).status, 200);
  },
  'GetClient with includeSecret is failed_precondition, and without it answers': async (world) => {
    const { id: clientId } = await create(world);
    const attempt = world.admin.getClient({ clientId, includeSecret: true });
    assert.equal(await outcomeOf(attempt), 'failed_precondition');
    assert.equal(await outcomeOf(world.admin.getClient({ clientId })), 'ok');
  },
});

interface Tally {
  regenerations: number;
  oldAccepted: number;
  oldRefused: number;
  newAccepted: number;
  newRefused: number;
  unexpected: number;
}

const requests = 10_000;
const requestsPerSecret = 200;
const connections = 32;

/**
 * Sends token requests over 32 connections, in turn with the live secret and the one before it, while the secret is
 * regenerated again and again. The live one may be refused only when a regeneration ran at some time during the request.
 */
async function hammer(
  world: World,
  { id, secret: first }: { readonly id: string; readonly secret: string },
): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const tally = {
    regenerations: 0,
    oldAccepted: 0,
    oldRefused: 0,
    newAccepted: 0,
    newRefused: 0,
    unexpected: 0,
  };
  let [old, live] = [first, await regenerate(world, id)];
  let [sent, begun, answered] = [0, 0, 0];

  const renew = async (): Promise<void> => {
    begun += 1;
    const next = await regenerate(world, id);
    [old, live] = [live, next];
    answered += 1;
    tally.regenerations = answered;
  };

  const send = async (isOld: boolean): Promise<void> => {
    const [begunBefore, isQuiet] = [begun, begun === answered];
    const status = await tokenStatus(world.server, agent, { id, secret: isOld ? old : live });
    const isJudged = isQuiet && begun === begunBefore;
    if (isOld) tally[status === 200 ? 'oldAccepted' : 'oldRefused'] += 1;
    else if (status === 200) tally.newAccepted += 1;
    else if (isJudged) tally.newRefused += 1;
    if (status !== 200 && status !== 401) tally.unexpected += 1;
  };

  const work = async (): Promise<void> => {
    while (sent < requests) {
      sent += 1;
      const isRenewing = sent % requestsPerSecret === 0;
      await Promise.all([send(sent % 2 === 0), ...(isRenewing ? [renew()] : [])]);
    }
  };

  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    agent.destroy();
  }
  return tally;
}

function tokenStatus(
  server: TestServer,
  agent: Agent,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${btoa(`${id}:${secret}`)}`,
  };
  const sending = request(`${server.issuer}/oauth/token`, { method: 'POST', agent, headers }, (response) => {
    response.resume().on('end', () => resolve(response.statusCode ?? 0));
  });
  sending.on('error', reject).end('grant_type=client_credentials');
  return promise;
}
