import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../src/kernel/clock.ts';
import { enrolSecondFactor } from '../fixtures/second-factor.ts';
import { alice, bob, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { openLog } from './log-entries.ts';
import { scrape } from './scrape.ts';

const signIns = 'clientele_sign_ins_total';
const typedName = 'my-password-in-the-wrong-field';

/** What the log says of each attempt. */
function attemptsIn(log: ReturnType<typeof openLog>): readonly (readonly unknown[])[] {
  return log
    .entriesOf('a person tried to sign in')
    .map(({ level, method, outcome, accountId }) => [level, method, outcome, accountId]);
}

test('the log and the metrics say who tried to sign in, with what, and what came of it, and nothing that was typed', async (context) => {
  const log = openLog();
  const clock = createManualClock();
  const { server, newPerson } = await openSignInWorld(context, { logger: log.logger, clock });
  const [first, second] = [newPerson(), newPerson()];
  await first.open('/login');
  await first.signIn({ username: typedName, password: alice.password });
  await first.signIn({ username: alice.username, password: 'wrong-password-of-alice' });
  const code = await enrolSecondFactor(first, alice, clock);
  await second.open('/login');
  await second.signIn(alice);
  await second.secondFactor('000000');
  await second.secondFactor('aaaa-bbbb-cccc');
  const right = code();
  await second.secondFactor(right);

  assert.deepEqual(attemptsIn(log), [
    ['info', 'password', 'refused', undefined],
    ['info', 'password', 'refused', alice.id],
    ['info', 'password', 'ok', alice.id],
    ['info', 'password', 'code-asked', alice.id],
    ['info', 'totp', 'refused', alice.id],
    ['info', 'recovery-code', 'refused', alice.id],
    ['info', 'totp', 'ok', alice.id],
  ]);
  const { measured, text } = await scrape(server);
  assert.equal(measured(signIns), 7);
  assert.equal(measured(signIns, { method: 'password', outcome: 'refused' }), 2);
  assert.equal(measured(signIns, { method: 'password', outcome: 'ok' }), 1);
  assert.equal(measured(signIns, { method: 'password', outcome: 'code-asked' }), 1);
  assert.equal(measured(signIns, { method: 'totp', outcome: 'refused' }), 1);
  assert.equal(measured(signIns, { method: 'recovery-code', outcome: 'refused' }), 1);
  assert.equal(measured(signIns, { method: 'totp', outcome: 'ok' }), 1);
  for (const typed of [typedName, alice.password, alice.username, 'wrong-password-of-alice', right]) {
    assert.ok(!log.text().includes(typed), typed);
  }
  assert.ok(!text.includes(alice.id));
});

test('tries that are too many are told from wrong ones, with the account that they were for', async (context) => {
  const log = openLog();
  const perAccount = { perMinute: 1, burst: 1 };
  const { newPerson } = await openSignInWorld(context, {
    logger: log.logger,
    milliseconds: () => 0,
    declarations: { server: { rateLimits: { failedSignIns: { perAccount } } } },
  });
  const person = newPerson();
  await person.open('/login');
  for (const _ of [1, 2]) await person.signIn({ username: bob.username, password: 'not his' });
  assert.deepEqual(attemptsIn(log), [
    ['info', 'password', 'refused', bob.id],
    ['info', 'password', 'limited', bob.id],
  ]);
});

test('every attempt is in the log where no metrics are kept', async (context) => {
  const log = openLog();
  const { newPerson } = await openSignInWorld(context, {
    logger: log.logger,
    declarations: { server: { metrics: { enabled: false }, signUp: { enabled: true } } },
  });
  const person = newPerson();
  await person.open('/login');
  await person.signIn(bob);
  assert.deepEqual(attemptsIn(log), [['info', 'password', 'ok', bob.id]]);
});

test('what a person allows, and sessions that they end elsewhere, are in the audit; sign-ins and sign-outs are not', async (context) => {
  const { server, register, newPerson } = await openSignInWorld(context);
  const shop = await register();
  const [here, there] = [newPerson(), newPerson()];
  for (const person of [here, there]) await signInAndAllow(person, shop.authorize());
  await signInAndAllow(here, shop.authorize({ scope: 'openid email' }));
  await here.open('/account/sessions');
  const page = here.page();
  const [left] = await server.database.run('select id from sessions order by id desc limit 1');
  for (const _ of [1, 2]) await here.press('end-others', {}, page);
  await here.open('/logout');
  await here.confirmLogout();

  const rows = await server.database.run(
    `select action, actor, face, request_id, target_id, changes from audit_events where face = 'pages' order by id`,
  );
  const given = { action: 'authorisation.given', actor: alice.id };
  const consents = await server.database.run('select id from consents');
  assert.deepEqual(
    rows.map(({ action, actor }) => ({ action, actor })),
    [given, given, { action: 'session.ended', actor: alice.id }],
  );
  assert.deepEqual(
    rows.map(({ target_id }) => target_id),
    [consents[0]?.['id'], consents[0]?.['id'], left?.['id']],
  );
  const changes = rows.map((row) => JSON.parse(String(row['changes'])));
  assert.deepEqual(changes[0].slice(0, 2), [
    { field: 'clientId', before: null, after: shop.client.id },
    { field: 'scopes', before: [], after: ['openid'] },
  ]);
  assert.deepEqual(changes[1], [
    { field: 'clientId', before: shop.client.id, after: shop.client.id },
    { field: 'scopes', before: ['openid'], after: ['openid', 'email'] },
  ]);
  for (const row of rows) assert.match(String(row['request_id']), /\S/);
});
