import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Client } from '../../src/clients/client.ts';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { sidOf } from '../../src/sessions/session.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import { anAuditEvent, someAudit, someTime } from '../fixtures/storage-entries.ts';
import { type BackchannelWorld, issuer, openBackchannelWorld } from './backchannel-world.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';

interface SignedIn {
  readonly client: Client;
  readonly accountId: string;
  readonly sessionId: string;
}

async function signIn(
  { rows }: BackchannelWorld,
  party: LogoutReceiver,
  changes: Partial<Client> = {},
): Promise<SignedIn> {
  const client = await rows.client({ backchannelLogoutUri: party.logoutUri, ...changes });
  const account = await rows.account();
  const sessionId = await rows.session(account);
  await rows.signIn(sessionId, account, client);
  return { client, accountId: account.id, sessionId };
}

/** Verifies the last token as a client does (OpenID Connect Back-Channel Logout §2.6). */
async function readLast({ node }: BackchannelWorld, party: LogoutReceiver, audience: string) {
  const { publicJwks } = node.keyring.keySet();
  const keys = createLocalJWKSet({ keys: publicJwks } as unknown as JSONWebKeySet);
  const token = party.received.at(-1)?.form.get('logout_token') ?? '';
  return jwtVerify(token, keys, {
    issuer,
    audience,
    typ: 'logout+jwt',
    currentDate: new Date(someTime * 1000),
  });
}

async function statusOf({ node }: BackchannelWorld, { client }: SignedIn) {
  const notices = await node.storage.stores.logoutNotices.listOfClient(client.id);
  return notices.map(({ state, attempts, fault }) => ({ state, attempts, fault }));
}

/** Longer than any answer takes, however busy the machine is. */
const patienceMs = 600_000;

async function open(context: TestContext, timeLimitMs?: number) {
  return {
    world: await openBackchannelWorld(context, timeLimitMs),
    party: await startLogoutReceiver(context),
  };
}

test('the end of a session brings a signed logout token that names the person, and no session unless it is wanted', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();

  const [received, ...more] = party.received;
  assert.equal(more.length, 0);
  assert.deepEqual(
    [received?.method, received?.contentType, [...(received?.form.keys() ?? [])]],
    ['POST', 'application/x-www-form-urlencoded', ['logout_token']],
  );
  const { payload, protectedHeader } = await readLast(world, party, signedIn.client.id);
  const { jti, ...claims } = payload;
  assert.equal(protectedHeader.alg, signedIn.client.idTokenSignatureAlg);
  assert.match(String(jti), /^[0-9a-f-]{36}$/);
  assert.deepEqual(claims, {
    iss: issuer,
    aud: signedIn.client.id,
    sub: signedIn.accountId,
    iat: someTime,
    exp: someTime + 120,
    events: { [event]: {} },
  });
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'delivered', attempts: 1, fault: null }]);
  assert.deepEqual(world.node.outcomes, ['delivered']);
});

test('a client that wants the session gets the sid of its ID tokens', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party, {
    backchannelLogoutSessionRequired: true,
    idTokenSignatureAlg: 'ES256',
  });
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();
  const { payload, protectedHeader } = await readLast(world, party, signedIn.client.id);
  assert.equal(protectedHeader.alg, 'ES256');
  assert.equal(payload['sid'], sidOf(signedIn.sessionId, signedIn.client.id));
  assert.equal(payload.sub, signedIn.accountId);
});

test('each attempt has a token of its own, and 500 is tried again later, with growing delays, until it is taken', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  party.behave(500);
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();
  await world.node.delivery.deliverDue();
  assert.equal(party.received.length, 1);
  for (const [index, pause] of [15, 60, 240].entries()) {
    world.clock.advance(pause - 1);
    await world.node.delivery.deliverDue();
    assert.equal(party.received.length, index + 1);
    world.clock.advance(1);
    await world.node.delivery.deliverDue();
    assert.equal(party.received.length, index + 2);
  }
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'pending', attempts: 4, fault: 'status 500' }]);
  party.behave(204);
  world.clock.advance(900);
  await world.node.delivery.deliverDue();
  assert.deepEqual(
    (await statusOf(world, signedIn)).map(({ state }) => state),
    ['delivered'],
  );
  assert.equal(new Set(party.received.map(({ form }) => form.get('logout_token'))).size, 5);
  assert.deepEqual(world.node.outcomes, ['again', 'again', 'again', 'again', 'delivered']);
});

test('400 is the end of it', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  party.behave(400);
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();
  world.clock.advance(86_400);
  await world.node.delivery.deliverDue();
  assert.equal(party.received.length, 1);
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'failed', attempts: 1, fault: 'refused' }]);
  assert.deepEqual(world.node.outcomes, ['refused']);
});

test('what is never taken is given up within a day', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  party.behave(503);
  await world.node.endings.endSession(signedIn.sessionId);
  for (let minute = 0; minute < 1440; minute += 10) {
    await world.node.delivery.deliverDue();
    world.clock.advance(600);
  }
  const attempts = party.received.length;
  assert.ok(attempts > 5 && attempts < 15);
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'failed', attempts, fault: 'status 503' }]);
  assert.equal(world.node.outcomes.at(-1), 'given-up');
  world.clock.advance(86_400);
  await world.node.delivery.deliverDue();
  assert.equal(party.received.length, attempts);
});

// against: egress/logout
test('a redirect is not followed, and counts as a failure', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  party.behave('redirects');
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();
  assert.deepEqual([party.received.length, party.strayPaths], [1, []]);
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'pending', attempts: 1, fault: 'status 302' }]);
});

test('a client that hangs holds up nobody else, and gets one request at a time', async (context) => {
  const { world, party } = await open(context, patienceMs);
  const other = await startLogoutReceiver(context);
  const signedIn = await signIn(world, party);
  const account = await world.rows.account();
  const second = await world.rows.session(account);
  await world.rows.takesPart(second, signedIn.client);
  const bystander = await signIn(world, other);
  party.behave('hangs');
  for (const id of [signedIn.sessionId, second, bystander.sessionId]) {
    await world.node.endings.endSession(id);
  }
  await party.hasReceived(1);
  while ((await statusOf(world, bystander))[0]?.state !== 'delivered');
  assert.equal(party.received.length, 1);
  party.behave(500);
  await world.node.delivery.deliverDue();
  assert.deepEqual([party.received.length, other.received.length], [1, 1]);
  assert.deepEqual(
    (await statusOf(world, signedIn)).toSorted((a, b) => a.attempts - b.attempts),
    [
      { state: 'pending', attempts: 0, fault: null },
      { state: 'pending', attempts: 1, fault: 'status 500' },
    ],
  );
});

test('a client that never answers is given up, and told again later', async (context) => {
  const { world, party } = await open(context, 100);
  const signedIn = await signIn(world, party);
  party.behave('hangs');
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'pending', attempts: 1, fault: 'timeout' }]);
});

test('stopping waits for the request that is under way, and begins no other', async (context) => {
  const { world, party } = await open(context, patienceMs);
  const signedIn = await signIn(world, party);
  const second = await world.rows.session(await world.rows.account());
  await world.rows.takesPart(second, signedIn.client);
  party.behave('hangs');
  await world.node.endings.endSession(signedIn.sessionId);
  await party.hasReceived(1);
  await world.node.endings.endSession(second);
  const stopped = world.node.delivery.stop();
  party.behave(500);
  await stopped;
  world.node.delivery.wake();
  await world.node.delivery.deliverDue();
  assert.equal(party.received.length, 1);
  assert.deepEqual(world.node.outcomes, ['again']);
});

test('what was not delivered before a restart is delivered after it', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  await world.node.delivery.stop();
  await world.node.endings.endSession(signedIn.sessionId);
  const node = await world.restart();
  await node.delivery.deliverDue();
  assert.equal(party.received.length, 1);
  const [notice] = await node.storage.stores.logoutNotices.listOfClient(signedIn.client.id);
  assert.equal(notice?.state, 'delivered');
});

test('what a node had in hand when it was killed is delivered when its time is over', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  await world.node.delivery.stop();
  await world.node.endings.endSession(signedIn.sessionId);
  const { logoutNotices } = world.node.storage.stores;
  const [notice] = await logoutNotices.listDue(world.clock.now(), [], 1);
  assert.ok(notice);
  await logoutNotices.claim(notice, secondsAfter(world.clock.now(), 60));
  const node = await world.restart();
  await node.delivery.deliverDue();
  assert.equal(party.received.length, 0);
  world.clock.advance(60);
  await node.delivery.deliverDue();
  assert.equal(party.received.length, 1);
});

test('several deliveries over one outbox deliver each notice once', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  const account = await world.rows.account();
  for (let count = 1; count < 40; count += 1) {
    await world.rows.takesPart(await world.rows.session(account), signedIn.client);
  }
  await world.node.delivery.stop();
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.endings.endSessionsOf(account.id);
  const nodes = await Promise.all(isPostgres ? [1, 2, 3].map(world.openNode) : [world.restart()]);
  await Promise.all(nodes.map((node) => node.delivery.deliverDue()));
  assert.equal(party.received.length, 40);
  const states = await nodes[0]?.storage.stores.logoutNotices.listOfClient(signedIn.client.id);
  assert.deepEqual(
    new Set(states?.map(({ state, attempts }) => `${state} ${attempts}`)),
    new Set(['delivered 1']),
  );
});

const isPostgres = process.env['TEST_DRIVER'] === 'postgres';

test('a client that was deleted is told by the keys of the server, where its last record said', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party, {
    idTokenSignatureAlg: 'ES384',
    keyPairType: { type: 'ec', curve: 'P-384' },
    backchannelLogoutSessionRequired: true,
  });
  const { client, sessionId } = signedIn;
  const audit = anAuditEvent(client.id, 'client.deleted');
  await world.node.storage.stores.clients.remove({ id: client.id, revision: 1, audit });
  await world.node.delivery.deliverDue();
  const { payload, protectedHeader } = await readLast(world, party, client.id);
  assert.equal(protectedHeader.alg, 'RS256');
  assert.equal(payload['sid'], sidOf(sessionId, client.id));
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'delivered', attempts: 1, fault: null }]);
});

test('a client that does not want it any more is not told, and none of it is kept', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party);
  await world.node.delivery.stop();
  await world.node.endings.endSession(signedIn.sessionId);
  const client = { ...signedIn.client, revision: 2, backchannelLogoutUri: null };
  await world.node.storage.stores.clients.update({ client, audit: anAuditEvent(client.id) });
  const node = await world.restart();
  await node.delivery.deliverDue();
  assert.equal(party.received.length, 0);
  assert.deepEqual(await node.storage.stores.logoutNotices.listOfClient(client.id), []);
});

test('all authorisations of a person end with one call, and a client that no session leads to is told of the person', async (context) => {
  const { world, party } = await open(context);
  const idle = await startLogoutReceiver(context);
  const signedIn = await signIn(world, party);
  const account = await world.node.storage.stores.accounts.load(signedIn.accountId);
  assert.ok(account);
  const client = await world.rows.client({
    backchannelLogoutUri: idle.logoutUri,
    backchannelLogoutSessionRequired: true,
  });
  await world.rows.consent(account, client);
  assert.equal(await world.node.endings.endConsents(signedIn.accountId, someAudit), 2);
  await world.node.delivery.deliverDue();
  assert.deepEqual([party.received.length, idle.received.length], [1, 1]);
  const { payload } = await readLast(world, idle, client.id);
  assert.deepEqual([payload.sub, payload['sid']], [signedIn.accountId, undefined]);
});

test('what cannot be signed is tried again', async (context) => {
  const { world, party } = await open(context);
  const signedIn = await signIn(world, party, { idTokenSignatureAlg: 'HS256' });
  await world.node.endings.endSession(signedIn.sessionId);
  await world.node.delivery.deliverDue();
  assert.equal(party.received.length, 0);
  assert.deepEqual(await statusOf(world, signedIn), [{ state: 'pending', attempts: 1, fault: 'not signed' }]);
});

// against: egress/logout
test('an address where nobody is, or that may not be reached, is told with its fault', async (context) => {
  const { world, party } = await open(context);
  const faults = {
    'http://127.0.0.1:1/logout': 'connection',
    'https://10.0.0.1/logout': 'address',
  };
  for (const [backchannelLogoutUri, fault] of Object.entries(faults)) {
    const signedIn = await signIn(world, party, { backchannelLogoutUri });
    await world.node.endings.endSession(signedIn.sessionId);
    await world.node.delivery.deliverDue();
    assert.deepEqual(await statusOf(world, signedIn), [{ state: 'pending', attempts: 1, fault }]);
  }
});
