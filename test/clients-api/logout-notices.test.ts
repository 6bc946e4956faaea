import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import { openLogoutWorld, signInAtNewClient } from '../fixtures/logout-world.ts';
import { errorsOf, listOf, open, openOn, outcomeOf, pathOf, unknownId, type World } from './world.ts';

const noticesOf = (id: string): string => pathOf(id, 'logout-notices');

/** The year 3000: no server tries what is due then. */
const never = 32_503_680_000;

/** Stores notices as if sign-ins at a client had ended, each of another session. */
function store({ server }: World, clientId: string, notices: readonly (readonly string[])[]) {
  const rows = notices.map((values, index) => `('session-${index}', '${clientId}', ${values.join(', ')})`);
  return server.database.run(
    `insert into logout_notices (session_id, client_id, account_id, state, created_at, due_at, attempts, fault,
      settled_at, expires_at) values ${rows.join(', ')}`,
  );
}

test('what a client was told of a sign-in that ended is shown to who manages clients', async (context) => {
  const world = await openLogoutWorld(context);
  const receiver = await startLogoutReceiver(context);
  receiver.behave(400);
  const { person, relyingParty, idToken, claims } = await signInAtNewClient(world, {
    backchannelLogoutUri: receiver.logoutUri,
    backchannelLogoutSessionRequired: true,
  });
  await person.open(relyingParty.endSession({ id_token_hint: idToken }));
  await receiver.hasReceived(1);
  // A server that stops writes down first what came of the requests that are under way.
  const { call } = await openOn(await world.server.restart());

  const answer = await call('GET', noticesOf(relyingParty.client.id));
  const [notice = assert.fail('there is no notice'), ...more] = listOf(answer);
  assert.equal(more.length, 0);
  const { ended_at: ended, settled_at: settled, ...rest } = notice;
  assert.deepEqual(rest, {
    state: 'failed',
    account_id: claims.sub,
    attempts: 1,
    last_fault: 'refused',
    next_attempt_at: null,
  });
  assert.ok(Date.parse(String(ended)) <= Date.parse(String(settled)));
  const session = await world.server.database.run('select session_id from logout_notices');
  const logoutToken =
    receiver.received[0]?.form.get('logout_token') ?? assert.fail('there is no logout token');
  for (const hidden of [String(claims['sid']), String(session[0]?.['session_id']), logoutToken]) {
    assert.ok(!answer.text.includes(hidden), hidden);
  }
});

test('the newest notices of one client come first, so many of them, and of a deleted client too', async (context) => {
  const world = await open(context);
  const { call, create } = world;
  const [client, other, deleted] = [await create(), await create(), await create()];
  await store(world, client.id, [
    [`'a'`, `'delivered'`, '1800000000', '1800000000', '1', 'null', '1800000001', `${never}`],
    [`'b'`, `'pending'`, '1800000060', `${never}`, '3', `'timeout'`, 'null', `${never}`],
    [`'c'`, `'failed'`, '1799999940', '1800000000', '11', `'status 500'`, '1800000002', `${never}`],
  ]);
  const shown = listOf(await call('GET', noticesOf(client.id)));
  assert.deepEqual(shown, [
    {
      state: 'pending',
      account_id: 'b',
      ended_at: '2027-01-15T08:01:00Z',
      attempts: 3,
      last_fault: 'timeout',
      next_attempt_at: '3000-01-01T00:00:00Z',
      settled_at: null,
    },
    {
      state: 'delivered',
      account_id: 'a',
      ended_at: '2027-01-15T08:00:00Z',
      attempts: 1,
      last_fault: null,
      next_attempt_at: null,
      settled_at: '2027-01-15T08:00:01Z',
    },
    {
      state: 'failed',
      account_id: 'c',
      ended_at: '2027-01-15T07:59:00Z',
      attempts: 11,
      last_fault: 'status 500',
      next_attempt_at: null,
      settled_at: '2027-01-15T08:00:02Z',
    },
  ]);
  assert.deepEqual(listOf(await call('GET', noticesOf(other.id))), []);

  const ofSecond = (second: number) => [
    `'a'`,
    `'delivered'`,
    `${1_800_000_000 + second}`,
    '1800000000',
    '1',
    'null',
    '1800000001',
    `${never}`,
  ];
  await store(
    world,
    deleted.id,
    Array.from({ length: 1001 }, (_, second) => ofSecond(second)),
  );
  assert.equal((await call('DELETE', pathOf(deleted.id))).status, 204);
  const many = listOf(await call('GET', noticesOf(deleted.id)));
  assert.deepEqual(
    [many.length, many[0]?.['ended_at'], many.at(-1)?.['ended_at']],
    [1000, '2027-01-15T08:16:40Z', '2027-01-15T08:00:01Z'],
  );
});

test('what is no client has no notices', async (context) => {
  const { call } = await open(context);
  assert.equal(
    outcomeOf(await call('GET', noticesOf(unknownId))),
    '404 NOT_FOUND There is no such resource.',
  );
  const malformed = await call('GET', noticesOf('abc'));
  assert.equal(malformed.status, 400);
  assert.deepEqual(errorsOf(malformed), { id: ['is invalid'] });
});
