import assert from 'node:assert/strict';
import { asOperator, countAuditEntries, inOneWorld, recordOf, register } from '../connect/world.ts';
import {
  builtIn,
  dataOf,
  ec,
  listOf,
  open,
  outcomeOf,
  pathOf,
  type ShownClient,
  type World,
} from './world.ts';

const lengthFault = '422 {"secret":["must be 64 to 255 printable ASCII characters"]}';
const another = (letter: string): string => letter.repeat(64);

/** Which of `secrets` get a token. */
async function working(
  { server }: World,
  id: string,
  secrets: readonly string[],
): Promise<readonly boolean[]> {
  const answers = await Promise.all(secrets.map((secret) => server.requestToken({ id, secret })));
  return answers.map(({ status }) => status === 200);
}

/** Adds a secret as another face does. */
async function addSecret({ server }: World, id: string): Promise<string> {
  return (await server.registry.addSecret({ ...asOperator, id })).text;
}

inOneWorld<World>('secrets', open, {
  'one is generated unless it is chosen': async (world) => {
    const generated = await world.create();
    assert.match(generated.secret, /^cls_[0-9A-Za-z]{92}$/);
    const chosen = await world.create({ secret: another('a') });
    assert.equal(chosen.secret, another('a'));
    const cleared = await world.create({ secret: null });
    for (const { id, secret } of [generated, chosen, cleared]) {
      assert.deepEqual(await working(world, id, [secret]), [true]);
    }
  },
  'a chosen one is 64 to 255 printable ASCII characters': async (world) => {
    const { id } = await world.create();
    for (const secret of ['s'.repeat(64), 's'.repeat(255), '~ !"'.repeat(16)]) {
      assert.equal((await world.create({ secret })).secret, secret);
      assert.equal((dataOf(await world.change(id, { secret })) as ShownClient).secret, secret);
    }
    const [type, length] = ['422 {"secret":["is invalid"]}', lengthFault];
    const rows = [
      [5, type],
      [[], type],
      ['', length],
      ['s'.repeat(63), length],
      ['s'.repeat(256), length],
    ] as const;
    for (const [secret, expected] of rows) {
      const client = { secret, identity_provider: builtIn, key_pair_type: ec };
      assert.equal(outcomeOf(await world.call('POST', '/api/clients', { client })), expected);
      assert.equal(outcomeOf(await world.change(id, { secret })), expected);
    }
    const unprintable = await world.change(id, { secret: `${'s'.repeat(64)}\n` });
    assert.equal(unprintable.status, 422);
    assert.equal((await world.read(id)).secret, '~ !"'.repeat(16));
  },
  'null and the current value keep it, another value leaves that one alone': async (world) => {
    const { id, secret } = await world.create();
    const second = await addSecret(world, id);
    assert.equal((await world.read(id)).secret, second);
    for (const kept of [null, second]) {
      assert.equal((dataOf(await world.change(id, { secret: kept })) as ShownClient).secret, second);
      assert.deepEqual(await working(world, id, [secret, second]), [true, true]);
    }
    const changed = dataOf(await world.change(id, { secret: another('b') })) as ShownClient;
    assert.equal(changed.secret, another('b'));
    assert.deepEqual(await working(world, id, [secret, second, another('b')]), [false, false, true]);
    assert.equal((await recordOf(world.server, id)).revision, 1);
  },
  'a live secret that is not the newest is another value': async (world) => {
    const { id, secret } = await world.create();
    const second = await addSecret(world, id);
    assert.equal((dataOf(await world.change(id, { secret })) as ShownClient).secret, secret);
    assert.deepEqual(await working(world, id, [secret, second]), [true, false]);
  },
  'a secret that another face chose is accepted back, however short': async (world) => {
    const { id } = await register(world.server, { name: 'Legacy' }, 'generate');
    await world.server.registry.replaceSecrets({ ...asOperator, id, secret: { chosen: 'short-secret' } });
    const shown = await world.read(id);
    assert.equal(shown.secret, 'short-secret');
    assert.deepEqual(dataOf(await world.change(id, shown)), shown);
    const renamed = dataOf(await world.change(id, { ...shown, name: 'Renamed' })) as ShownClient;
    assert.deepEqual([renamed['name'], renamed.secret], ['Renamed', 'short-secret']);
    assert.equal(outcomeOf(await world.change(id, { secret: 'shorter' })), lengthFault);
  },
  'it changes with the record or not at all': async (world) => {
    const created = await world.create({ name: 'Shop' });
    const { id, secret } = created;
    const refused = await world.change(id, { secret: another('c'), name: 'n'.repeat(256) });
    assert.equal(outcomeOf(refused), '422 {"name":["must be at most 255 characters"]}');
    assert.deepEqual(await world.read(id), created);
    assert.deepEqual(await working(world, id, [secret, another('c')]), [true, false]);
    const changed = dataOf(await world.change(id, { secret: another('c'), name: 'Store' }));
    assert.deepEqual(changed, { ...created, secret: another('c'), name: 'Store' });
    assert.deepEqual(await working(world, id, [secret, another('c')]), [false, true]);
  },
  // against: administration/secrets
  'a list shows none, and every reading is audited': async (world) => {
    const { id, secret } = await world.create();
    const before = await countAuditEntries(world.server, id);
    const answer = await world.call('GET', '/api/clients');
    assert.ok(listOf(answer).some((client) => client.id === id && client['secret'] === null));
    assert.equal(answer.text.includes(secret), false);
    assert.equal(await countAuditEntries(world.server, id), before);
    await world.read(id);
    assert.equal(await countAuditEntries(world.server, id), before + 1);
    const entries = await world.server.database.run(`select * from audit_events where target_id = '${id}'`);
    assert.equal(JSON.stringify(entries).includes(secret), false);
  },
  'of fifty parallel changes one secret is left, the one that is shown': async (world) => {
    const { id } = await world.create();
    const secrets = Array.from({ length: 50 }, (_, index) => String(index).padStart(64, 's'));
    const answers = await Promise.all(secrets.map((secret) => world.change(id, { secret })));
    for (const answer of answers) assert.equal(answer.status, 200);
    const { secret } = await world.read(id);
    const accepted = await working(world, id, secrets);
    assert.deepEqual(
      secrets.filter((_, index) => accepted[index]),
      [secret],
    );
  },
});

const hashed = { server: { secretStorage: 'hashed' } };

inOneWorld<World>('secrets of a server that keeps verifiers alone', (context) => open(context, hashed), {
  'one is shown when it is made, and never again': async (world) => {
    const { id, secret } = await world.create();
    assert.deepEqual(await working(world, id, [secret]), [true]);
    assert.equal((await world.read(id)).secret, null);
    const kept = dataOf(await world.change(id, { secret, name: 'Shop' }));
    assert.deepEqual([kept['secret'], kept['name']], [null, 'Shop']);
    assert.deepEqual(await working(world, id, [secret]), [true]);
    assert.equal(
      (dataOf(await world.change(id, { secret: another('d') })) as ShownClient).secret,
      another('d'),
    );
    assert.deepEqual(await working(world, id, [secret, another('d')]), [false, true]);
  },
  'what was read is accepted back': async (world) => {
    const { id, secret } = await world.create();
    assert.deepEqual(
      dataOf(await world.call('PUT', pathOf(id), { client: await world.read(id) })),
      await world.read(id),
    );
    assert.deepEqual(await working(world, id, [secret]), [true]);
  },
  'algorithms that need the secret itself are refused': async (world) => {
    const { id } = await world.create();
    for (const field of ['id_token_signature_alg', 'userinfo_signed_response_alg']) {
      assert.equal((await world.change(id, { [field]: 'HS256' })).status, 422);
    }
    const methods = await world.change(id, { token_endpoint_auth_methods: ['client_secret_jwt'] });
    assert.deepEqual(
      outcomeOf(methods),
      '422 {"token_endpoint_jwt_auth_alg":["needs the client secret itself, and this server keeps verifiers alone"]}',
    );
  },
});
