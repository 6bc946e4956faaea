import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { asOperator, declaring, inOneWorld, recordOf, register, startDeclaring } from '../connect/world.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { type CreatedSecret, open, openOn, outcomeOf, pathOf, robot, root, type World } from './world.ts';

type Censored = Readonly<Record<'censored' | 'fingerprint', string>>;

const secretsOf = (id: string): string => pathOf(id, 'client-secret');

async function listed({ call }: World, id: string): Promise<readonly Censored[]> {
  return (await call('GET', secretsOf(id))).json as readonly Censored[];
}

/** A client that gets tokens with a secret. */
async function createUsable({ create }: World): Promise<string> {
  return (await create({ clientCredentialFlowUser: robot.id })).id;
}

async function tokenStatus({ server }: World, id: string, secret: string): Promise<number> {
  const response = await server.requestToken({ id, secret });
  await response.arrayBuffer();
  return response.status;
}

const full = '409 The client has as many live secrets as it may have.';

inOneWorld<World>('secrets in the login API', open, {
  'none is made with the client, and each that is added works beside the others': async (world) => {
    const id = await createUsable(world);
    assert.deepEqual(await listed(world, id), []);
    const [first, second] = [await world.addSecret(id), await world.addSecret(id)];
    for (const { secretText } of [first, second]) {
      assert.match(secretText, /^cls_[0-9A-Za-z]{92}$/);
      assert.equal(await tokenStatus(world, id, secretText), 200);
    }
  },
  'one is shown once, and then told by its first five characters and its fingerprint, oldest first': async (
    world,
  ) => {
    const id = await createUsable(world);
    const made = [await world.addSecret(id), await world.addSecret(id), await world.addSecret(id)];
    const expected = made.map(({ secretText, fingerprint }) => {
      assert.match(fingerprint, /^[0-9a-f]{64}$/);
      return { censored: `${secretText.slice(0, 5)}**********`, fingerprint };
    });
    assert.deepEqual(
      made.map(({ censored, fingerprint }) => ({ censored, fingerprint })),
      expected,
    );
    assert.equal(new Set(made.map(({ fingerprint }) => fingerprint)).size, 3);
    assert.deepEqual(await listed(world, id), expected);
    const { json, text } = await world.call('GET', pathOf(id));
    assert.deepEqual((json as JsonObject)['censoredClientSecrets'], expected);
    for (const { secretText } of made) assert.ok(!text.includes(secretText.slice(0, 9)));
  },
  'they do not touch the record': async (world) => {
    const id = await createUsable(world);
    const before = await recordOf(world.server, id);
    const { fingerprint } = await world.addSecret(id);
    await world.call('DELETE', `${secretsOf(id)}/${fingerprint}`);
    assert.deepEqual(await recordOf(world.server, id), before);
  },
  // against: client-authentication/secrets
  'a deleted one is refused at once, and the others stay': async (world) => {
    const id = await createUsable(world);
    const [first, second] = [await world.addSecret(id), await world.addSecret(id)];
    const { status, json } = await world.call('DELETE', `${secretsOf(id)}/${first.fingerprint}`);
    assert.equal(status, 200);
    const { time, ...rest } = json as JsonObject;
    assert.deepEqual(rest, { operation: 'delete-client-secret', result: 'success' });
    assert.equal(new Date(String(time)).toISOString(), time);
    assert.equal(await tokenStatus(world, id, first.secretText), 401);
    assert.equal(await tokenStatus(world, id, second.secretText), 200);
    assert.deepEqual(
      (await listed(world, id)).map(({ fingerprint }) => fingerprint),
      [second.fingerprint],
    );
  },
  'the last one may go, and then none is accepted': async (world) => {
    const id = await createUsable(world);
    const { fingerprint, secretText } = await world.addSecret(id);
    assert.equal((await world.call('DELETE', `${secretsOf(id)}/${fingerprint}`)).status, 200);
    assert.equal(await tokenStatus(world, id, secretText), 401);
    assert.equal(await tokenStatus(world, id, ''), 401);
  },
  'a fingerprint names a secret of its own client alone': async (world) => {
    const [id, other] = [await createUsable(world), await createUsable(world)];
    const { fingerprint } = await world.addSecret(other);
    const unknown = '404 The client has no such secret.';
    for (const name of [fingerprint, 'x', fingerprint.slice(1), `${fingerprint}0`, '0'.repeat(64), '%20']) {
      assert.equal(outcomeOf(await world.call('DELETE', `${secretsOf(id)}/${name}`)), unknown, name);
    }
    assert.equal((await listed(world, other)).length, 1);
    assert.equal((await world.call('DELETE', `${secretsOf(other)}/${fingerprint}`)).status, 200);
    assert.equal(outcomeOf(await world.call('DELETE', `${secretsOf(other)}/${fingerprint}`)), unknown);
  },
  'one that another face made is told and ended here': async (world) => {
    const { id } = await register(world.server, { grantTypes: ['client_credentials'] }, 'generate');
    const { secret } = await world.server.registry.readSecret({ ...asOperator, id });
    const [told] = await listed(world, id);
    assert.equal(told?.censored, `${secret?.slice(0, 5)}**********`);
    assert.equal(await tokenStatus(world, id, secret ?? ''), 200);
    await world.call('DELETE', `${secretsOf(id)}/${told?.fingerprint}`);
    assert.equal(await tokenStatus(world, id, secret ?? ''), 401);
  },
  'those of an internal client are told of, and neither made nor ended': async (world) => {
    const [told] = await listed(world, bootstrap.id);
    assert.ok(told);
    assert.equal((await world.call('POST', secretsOf(bootstrap.id))).status, 403);
    assert.equal((await world.call('DELETE', `${secretsOf(bootstrap.id)}/${told.fingerprint}`)).status, 403);
    assert.equal(await tokenStatus(world, bootstrap.id, bootstrap.secret), 200);
    assert.equal((await listed(world, bootstrap.id)).length, 1);
  },
  'of fifty that are made at once ten are live, and those work': async (world) => {
    const id = await createUsable(world);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => world.call('POST', secretsOf(id), '')),
    );
    const outcomes = answers.map(outcomeOf);
    assert.equal(outcomes.filter((outcome) => outcome === '201').length, 10);
    assert.equal(outcomes.filter((outcome) => outcome === full).length, 40);
    const made = answers.filter(({ status }) => status === 201).map(({ json }) => json as CreatedSecret);
    const live = new Set((await listed(world, id)).map(({ fingerprint }) => fingerprint));
    assert.deepEqual(live, new Set(made.map(({ fingerprint }) => fingerprint)));
    const statuses = await Promise.all(made.map(({ secretText }) => tokenStatus(world, id, secretText)));
    assert.deepEqual(new Set(statuses), new Set([200]));
  },
  'when they are made and ended at once, none is lost and none comes back': async (world) => {
    const id = await createUsable(world);
    const old = await Promise.all(Array.from({ length: 5 }, () => world.addSecret(id)));
    const [made] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => world.addSecret(id))),
      ...old.map(({ fingerprint }) => world.call('DELETE', `${secretsOf(id)}/${fingerprint}`)),
    ]);
    const live = (await listed(world, id)).map(({ fingerprint }) => fingerprint);
    assert.deepEqual(new Set(live), new Set(made.map(({ fingerprint }) => fingerprint)));
    for (const { secretText } of made) assert.equal(await tokenStatus(world, id, secretText), 200);
    for (const { secretText } of old) assert.equal(await tokenStatus(world, id, secretText), 401);
  },
  'of fifty deletions of one secret exactly one succeeds': async (world) => {
    const id = await createUsable(world);
    const { fingerprint } = await world.addSecret(id);
    const path = `${secretsOf(id)}/${fingerprint}`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => world.call('DELETE', path)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [
      200,
      ...Array.from({ length: 49 }, () => 404),
    ]);
  },
});

const openHashed = async (context: TestContext) =>
  openOn(await startDeclaring(context, { accounts: [robot], server: { secretStorage: 'hashed' } }));

inOneWorld<World>('secrets in the login API of a server that keeps verifiers alone', openHashed, {
  'are made, told of and ended as everywhere': async (world) => {
    const id = await createUsable(world);
    const { secretText, fingerprint } = await world.addSecret(id);
    assert.equal(await tokenStatus(world, id, secretText), 200);
    assert.deepEqual(await listed(world, id), [
      { censored: `${secretText.slice(0, 5)}**********`, fingerprint },
    ]);
    await world.call('DELETE', `${secretsOf(id)}/${fingerprint}`);
    assert.equal(await tokenStatus(world, id, secretText), 401);
  },
});

// against: administration/secrets
test('a secret stands in the answer to its creation, and in no other, no log line and nothing at rest', async (context) => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  const env = declaring(context, { accounts: [robot] });
  const world = await openOn(await startTestServer(context, { logger, env }));
  const id = await createUsable(world);
  const { secretText, fingerprint } = await world.addSecret(id);
  const { secretText: ended, fingerprint: other } = await world.addSecret(id);
  const requests = [
    ['GET', root],
    ['GET', pathOf(id)],
    ['GET', secretsOf(id)],
    ['PUT', pathOf(id), { name: 'Store' }],
    ['PUT', pathOf(id), { name: 5, clientCredentialFlowUser: secretText }],
    ['PUT', pathOf(id), { redirectUrls: [secretText], validScopes: [secretText], [secretText]: secretText }],
    ['PUT', pathOf(id), `{"name":"${secretText}","name":"${secretText}"}`],
    ['POST', `${secretsOf(id)}?${secretText}`, secretText],
    ['DELETE', `${secretsOf(id)}/${secretText}`],
    ['DELETE', `${secretsOf(id)}/${other}`],
    ['DELETE', pathOf(id)],
  ] as const;
  for (const [method, path, body] of requests) {
    const { text } = await world.call(method, path, body);
    assert.ok(!text.includes(secretText.slice(0, 12)) && !text.includes(ended), `${method} ${path}: ${text}`);
  }
  await world.server.stop('so that everything is written');
  const atRest = await world.server.database.atRest();
  for (const secret of [secretText, ended, world.token]) {
    assert.ok(!lines.some((line) => line.includes(secret)));
    assert.ok(!atRest.includes(secret));
  }
  assert.ok(lines.length >= requests.length);
  assert.ok(atRest.includes(id) && fingerprint !== other);
});
