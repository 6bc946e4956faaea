import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { hash as argon2 } from '@node-rs/argon2';
import { exchange, parseAnswer } from '../fixtures/raw-http.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { basic, form } from './attack.ts';
import { type Door, open, outcomeOf, type World, wrongSecret } from './rate-limits-world.ts';

const unlimitedEndpoint = { perAddress: null, perClient: null };
const endpoints = ['token', 'introspection', 'revocation', 'administration'] as const;
const noFailureLimits = { perAddress: null, perClientAndAddress: null };

/** Settings in which every kind of endpoint has `rates`. */
const everywhere = (rates: object): object =>
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, { ...unlimitedEndpoint, ...rates }]));

/** Runs `attempt` at every door of one world, each from an address of its own and when what was counted before is forgotten. */
async function atEveryDoor(
  context: TestContext,
  world: World,
  attempt: (door: Door, address: string) => Promise<void>,
): Promise<void> {
  for (const [index, [name, door]] of Object.entries(world.doors).entries()) {
    world.pass(3600);
    await context.test(name, () => attempt(door, `192.0.2.${index + 1}`));
  }
}

const other = '198.51.100.1';

async function assertOk(use: ReturnType<Door['use']>): Promise<void> {
  const { result, text } = await use;
  assert.equal(result, 'ok', text);
}

async function assertTooMany(door: Door, use: ReturnType<Door['use']>, retryAfter: string): Promise<void> {
  const outcome = await use;
  assert.equal(outcome.result, door.tooMany, outcome.text);
  assert.equal(outcome.retryAfter, retryAfter);
  assert.doesNotMatch(outcome.text, new RegExp(`${bootstrap.secret}|${wrongSecret}|192\\.0\\.2|rateLimits`));
}

// against: operations/limits
test('an address that asks too often is refused at every door, alone and until it has waited', async (context) => {
  const rates = { perAddress: { perSecond: 1, burst: 3 } };
  const world = await open(context, { ...everywhere(rates), failedAuthentications: noFailureLimits });
  await atEveryDoor(context, world, async (door, address) => {
    for (let times = 0; times < 3; times += 1) await assertOk(door.use(address, 'right'));
    await assertTooMany(door, door.use(address, 'right'), '1');
    await assertTooMany(door, door.use(address, 'wrong'), '1');
    await assertOk(door.use(`${other}${address.at(-1)}`, 'right'));
    world.pass(1);
    await assertOk(door.use(address, 'right'));
    await assertTooMany(door, door.use(address, 'right'), '1');
  });
});

// against: operations/limits
test('an address that fails too often is refused at every door, and the client goes on from another', async (context) => {
  const failedAuthentications = { perAddress: { perMinute: 6, burst: 3 }, perClientAndAddress: null };
  const world = await open(context, { failedAuthentications });
  await atEveryDoor(context, world, async (door, address) => {
    for (let times = 0; times < 3; times += 1) {
      assert.match((await door.use(address, 'wrong')).result, /^401|^Unauthenticated$/);
    }
    await assertTooMany(door, door.use(address, 'wrong'), '10');
    await assertTooMany(door, door.use(address, 'right'), '10');
    await assertOk(door.use(other, 'right'));
    world.pass(10);
    await assertOk(door.use(address, 'right'));
  });
});

// against: operations/limits
test('a client that asks too often is refused at every door wherever it is, and no stranger uses up what it may ask', async (context) => {
  const rates = { perClient: { perSecond: 1, burst: 3 } };
  const world = await open(context, { ...everywhere(rates), failedAuthentications: noFailureLimits });
  await atEveryDoor(context, world, async (door, address) => {
    for (let times = 0; times < 10; times += 1) await door.use(other, 'wrong');
    for (let times = 0; times < 3; times += 1) await assertOk(door.use(`${address}${times}`, 'right'));
    await assertTooMany(door, door.use(address, 'right'), '1');
    await assertTooMany(door, door.use('127.0.0.1', 'right'), '1');
    world.pass(1);
    await assertOk(door.use(address, 'right'));
  });
});

/** A client whose tokens may be revoked without its secret. */
const lenient = { id: '018f3a5c-0000-7000-8000-000000000008', secret: 'secret-of-a-lenient-client' };

// against: operations/limits
test('who knows no more than the id of a client uses up nothing that it may ask', async (context) => {
  const client = { ...lenient, name: 'Lenient', grantTypes: ['revoke'], publicRevoke: true };
  const { server } = await open(
    context,
    { revocation: { ...unlimitedEndpoint, perClient: { perSecond: 1, burst: 3 } } },
    { declarations: { clients: [client] } },
  );
  const revoke = async (proof: object): Promise<number> => {
    const body = new URLSearchParams({ token: 'none', client_id: lenient.id, ...proof });
    return (await fetch(`${server.issuer}/oauth/revoke`, { method: 'POST', body })).status;
  };
  for (let times = 0; times < 10; times += 1) assert.equal(await revoke({}), 200);
  const { secret: client_secret } = lenient;
  for (let times = 0; times < 3; times += 1) assert.equal(await revoke({ client_secret }), 200);
  assert.equal(await revoke({ client_secret }), 429);
});

// against: operations/limits
test('failures at one door count at every other that takes the same proof, and successes never do', async (context) => {
  const failedAuthentications = { perAddress: { perMinute: 1, burst: 3 }, perClientAndAddress: null };
  const { doors } = await open(context, { failedAuthentications });
  assert.equal(Object.keys(doors).length, 8);
  for (const door of Object.values(doors)) {
    for (let times = 0; times < 10; times += 1) await assertOk(door.use('192.0.2.1', 'right'));
  }
  for (const proof of ['secret', 'token'] as const) {
    const [those, others] = [proof, proof === 'secret' ? 'token' : 'secret'].map((kind) =>
      Object.values(doors).filter((door) => door.proof === kind),
    );
    const address = `192.0.2.${proof.length}`;
    for (const door of those?.slice(0, 3) ?? []) await door.use(address, 'wrong');
    for (const door of those ?? []) await assertTooMany(door, door.use(address, 'right'), '60');
    for (const door of others ?? []) await assertOk(door.use(address, 'right'));
  }
});

/** Asks for a token from an address. */
async function requestToken({ server }: World, from: string, id: string, secret: string) {
  const response = await fetch(`${server.issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}`, 'x-forwarded-for': from },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return outcomeOf(response.status, response.headers, await response.text());
}

// against: operations/limits
test('by default an address may fail 60 times, and 20 times for one client, known or not', async (context) => {
  const world = await open(context, {});
  const tries = async (count: number, from: string, idOf: () => string): Promise<number> => {
    let failed = 0;
    for (let times = 0; times < count; times += 1) {
      if ((await requestToken(world, from, idOf(), wrongSecret)).result.startsWith('401')) failed += 1;
    }
    return failed;
  };
  assert.equal(await tries(30, '192.0.2.1', () => bootstrap.id), 20);
  const nobody = randomUUID();
  assert.equal(await tries(30, '192.0.2.2', () => nobody), 20);
  assert.equal(await tries(80, '192.0.2.3', randomUUID), 60);
  assert.equal(await tries(80, '192.0.2.4', () => 'no-uuid'), 60);
  assert.equal((await requestToken(world, '192.0.2.1', bootstrap.id, bootstrap.secret)).result, tooMany);
  assert.equal((await requestToken(world, '192.0.2.5', bootstrap.id, bootstrap.secret)).result, 'ok');
});

const tooMany = '429 temporarily_unavailable';

// against: operations/limits
test('the addresses of one IPv6 network share one budget', async (context) => {
  const failedAuthentications = { perAddress: { perMinute: 1, burst: 5 }, perClientAndAddress: null };
  const world = await open(context, { failedAuthentications });
  const ask = (address: string, secret: string) => requestToken(world, address, bootstrap.id, secret);
  for (let host = 1; host <= 5; host += 1) await ask(`2001:db8:1:2::${host}`, wrongSecret);
  assert.equal((await ask('2001:db8:1:2:ffff:ffff:ffff:ffff', bootstrap.secret)).result, tooMany);
  assert.equal((await ask('2001:db8:1:3::1', bootstrap.secret)).result, 'ok');
});

// against: operations/limits
test('who is no trusted proxy cannot speak for another address', async (context) => {
  const world = await open(
    context,
    {
      limitLoopback: true,
      failedAuthentications: { perAddress: { perMinute: 1, burst: 5 }, perClientAndAddress: null },
    },
    { env: { CLIENTELE_TRUSTED_PROXIES: '10.0.0.0/8' } },
  );
  const results: string[] = [];
  for (let host = 1; host <= 6; host += 1) {
    results.push((await requestToken(world, `192.0.2.${host}`, bootstrap.id, wrongSecret)).result);
  }
  assert.deepEqual(results, [...Array(5).fill('401 invalid_client'), tooMany]);
});

// against: operations/limits
test('by default this machine is not limited, also where no proxy is trusted', async (context) => {
  for (const proxies of ['127.0.0.1', '10.0.0.0/8']) {
    const { doors } = await open(context, {}, { env: { CLIENTELE_TRUSTED_PROXIES: proxies } });
    for (const door of Object.values(doors)) {
      for (let times = 0; times < 100; times += 1) {
        assert.match((await door.use('127.0.0.1', 'wrong')).result, /^401|^Unauthenticated$/);
      }
      await assertOk(door.use('127.0.0.1', 'right'));
    }
  }
});

/** A client whose secret this server knows by the hash of another. */
const moved = { id: '018f3a5c-0000-7000-8000-000000000009', secret: 'secret-from-another-server' };

for (const [whose, failedAuthentications] of [
  ['the address', { perAddress: { perMinute: 60, burst: 2 }, perClientAndAddress: null }],
  ['the client at it', { perAddress: null, perClientAndAddress: { perMinute: 60, burst: 2 } }],
] as const) {
  // against: operations/limits
  test(`a request that is refused for ${whose} verifies nothing: an imported hash stays as it was`, async (context) => {
    const secretHash = await argon2(moved.secret, { memoryCost: 64, timeCost: 2, parallelism: 1 });
    const client = { id: moved.id, name: 'Moved', secretHash, grantTypes: ['client_credentials'] };
    const world = await open(context, { failedAuthentications }, { declarations: { clients: [client] } });
    const stored = () =>
      world.server.database.run(`select * from client_secrets where client_id = '${moved.id}'`);
    const before = await stored();
    assert.equal(before.length, 1);
    const ask = async (secret: string) => (await requestToken(world, '192.0.2.1', moved.id, secret)).result;
    for (let times = 0; times < 2; times += 1) assert.equal(await ask(wrongSecret), '401 invalid_client');
    assert.equal(await ask(moved.secret), tooMany);
    assert.deepEqual(await stored(), before);
    world.pass(1);
    assert.equal(await ask(moved.secret), 'ok');
    assert.notDeepEqual(await stored(), before);
  });
}

// against: operations/limits
test('a refused request is answered before its body has come', async (context) => {
  const rates = { perAddress: { perSecond: 1, burst: 1 } };
  const { server, pass } = await open(context, everywhere(rates));
  const head = (path: string, type: string): string =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-forwarded-for: 192.0.2.1\r\n` +
    `authorization: ${basic}\r\ncontent-type: ${type}\r\ncontent-length: 1000\r\n\r\n`;
  for (const [path, type] of [
    ['/oauth/token', form],
    ['/oauth/introspect', form],
    ['/oauth/revoke', form],
    ['/api/clients', 'application/json'],
    ['/auth/api/login/client', 'application/json'],
  ] as const) {
    pass(10);
    const whole = `${head(path, type)}${' '.repeat(1000)}`;
    assert.notEqual(parseAnswer(await exchange(server.port, whole)).status, 429, path);
    assert.equal(parseAnswer(await exchange(server.port, head(path, type))).status, 429, path);
  }
});
