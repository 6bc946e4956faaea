import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import type { SignInLimits } from '../../src/accounts/sign-in-limits.ts';
import { makeAuthenticator } from '../fixtures/authenticator.ts';
import { makeSignInLimits } from '../fixtures/people.ts';
import { createPeopleRows } from '../fixtures/people-rows.ts';
import type { Ending } from '../fixtures/teardown.ts';
import { issuer, openAccountWorld, type Visitor } from './account-world.ts';

const security = '/account/security';
const password = 'correct horse battery staple';
const other = 'quite another long password';

async function openAda(context: Ending, limits?: SignInLimits) {
  const world = await openAccountWorld(context, limits);
  const account = await world.enrol('ada', password);
  return { world, account, ada: await world.signIn(account) };
}

const passwordForm = (changes: Readonly<Record<string, string>> = {}) => ({
  change: 'password',
  'current-password': password,
  'new-password': other,
  'new-password-again': other,
  ...changes,
});

/** Makes a passkey by the form of the page. */
async function addPasskey(ada: Visitor, name: string, changes: Readonly<Record<string, string>> = {}) {
  const { html } = await ada.get(security);
  const options = /data-options="([^"]*)"/.exec(html)?.[1]?.replaceAll('&quot;', '"') ?? '';
  const challenge = /name="challenge" value="([^"]*)"/.exec(html)?.[1] ?? '';
  const passkey = makeAuthenticator('localhost', name).create({ options, origin: issuer });
  return ada.post(security, { change: 'passkey-add', name, challenge, passkey, ...changes });
}

test('nothing is changed by who has not proven who they are for ten minutes', async (context) => {
  const { world, account, ada } = await openAda(context);
  assert.match((await ada.get(security)).html, /id="password-submit"/);
  world.clock.advance(600);
  const { html } = await ada.get(security);
  assert.doesNotMatch(html, /<form/);
  assert.match(html, /href="\/account\/security\/confirm"/);
  const asked = [303, '/proof?reason=confirm&section=security'];
  const confirm = await ada.get('/account/security/confirm');
  assert.deepEqual([confirm.status, confirm.location], asked);
  const sessionsPage = await ada.get('/account/sessions');
  assert.equal(sessionsPage.status, 200);
  // The page was opened in time, and sent later.
  const late = await world.signIn(account);
  const { html: open } = await late.get(security);
  world.clock.advance(600);
  const csrf = /name="csrf" value="([^"]+)"/.exec(open)?.[1] ?? '';
  const answer = await late.post(security, { ...passwordForm(), csrf });
  assert.deepEqual([answer.status, answer.location], asked);
  assert.equal((await world.stores.accounts.load(account.id))?.passwordHash, account.passwordHash);
});

test('who has guessed a password too often is told when to try again', async (context) => {
  const { limits } = makeSignInLimits({ perMinute: 0.4, burst: 1 });
  const { ada } = await openAda(context, limits);
  const wrong = passwordForm({ 'current-password': 'not the password' });
  assert.equal((await ada.post(security, wrong)).status, 400);
  const answer = await ada.post(security, passwordForm());
  assert.deepEqual([answer.status, answer.retryAfter], [429, '150']);
  assert.match(answer.html, /There were too many tries\. Try again in about 3 minutes\./);
});

test('a password is changed by who knows it, and what is wrong stands by the field', async (context) => {
  const { world, account, ada } = await openAda(context);
  const refusals: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ 'new-password-again': 'x' }, /id="new-password-again"[^>]*aria-invalid="true"/],
    [
      { 'current-password': 'wrong' },
      /id="current-password"[^>]*aria-invalid="true".*not your current password/s,
    ],
    [{ 'new-password': 'short', 'new-password-again': 'short' }, /id="new-password"[^>]*aria-invalid="true"/],
  ];
  for (const [changes, expected] of refusals) {
    const answer = await ada.post(security, passwordForm(changes));
    assert.equal(answer.status, 400);
    assert.match(answer.html, expected);
  }
  assert.equal((await world.stores.accounts.load(account.id))?.passwordHash, account.passwordHash);
  const changed = await ada.post(security, passwordForm());
  assert.match((await ada.get(changed.location)).html, /Your password has been changed/);
  assert.notEqual((await world.stores.accounts.load(account.id))?.passwordHash, account.passwordHash);
});

test('with a changed password the other sessions end, where that is wanted', async (context) => {
  const { world, account, ada } = await openAda(context);
  const there = await world.signIn(account);
  await ada.post(security, passwordForm());
  assert.equal((await there.get('/account')).status, 200);
  const back = {
    'current-password': other,
    'new-password': `${password}!`,
    'new-password-again': `${password}!`,
  };
  await ada.post(security, passwordForm({ ...back, 'end-others': 'yes' }));
  assert.equal((await there.get('/account')).status, 303);
  assert.equal((await ada.get('/account')).status, 200);
});

test('with the other sessions their offline access ends, and what this one has given stays', async (context) => {
  const { world, account, ada } = await openAda(context);
  const rows = createPeopleRows(world);
  const there = await world.signIn(account);
  for (const { session } of [ada, there]) {
    await rows.signIn(session?.id ?? assert.fail(), account, await rows.client(), { offline: 1 });
  }
  await ada.post(security, passwordForm({ 'end-others': 'yes' }));
  assert.deepEqual(await rows.count(), { sessions: 1, session_clients: 1, consents: 2, grants: 1 });
});

test('a passkey is added and removed', async (context) => {
  const { world, account, ada } = await openAda(context);
  const added = await addPasskey(ada, 'Laptop');
  assert.match((await ada.get(added.location)).html, /The passkey has been added/);
  const [passkey] = await world.passkeys.list(account.id);
  assert.equal(passkey?.name, 'Laptop');
  const removed = await ada.post(security, { change: 'passkey-remove', passkey: passkey?.id ?? '' });
  assert.match((await ada.get(removed.location)).html, /The passkey has been removed/);
  assert.deepEqual(await world.passkeys.list(account.id), []);
});

test('a passkey is renamed, and no more can be added than an account can have', async (context) => {
  const { world, account, ada } = await openAda(context);
  await addPasskey(ada, 'Laptop');
  const [passkey] = await world.passkeys.list(account.id);
  const rename = { change: 'passkey-rename', passkey: passkey?.id ?? '', name: 'Old <laptop>' };
  const { html } = await ada.get(security);
  assert.match(html, /<form[^>]*>(?:(?!<\/form>).)*value="passkey-rename"(?:(?!<\/form>).)*value="Laptop"/s);
  const renamed = await ada.post(security, rename);
  const shown = await ada.get(renamed.location);
  assert.match(shown.html, /The passkey has been renamed/);
  assert.match(shown.html, /Old &lt;laptop&gt;/);
  assert.equal((await ada.post(security, { ...rename, name: 'forged', csrf: 'A'.repeat(43) })).status, 403);
  const nobodys = await ada.post(security, { ...rename, passkey: 'nobody' });
  assert.doesNotMatch((await ada.get(nobodys.location)).html, /has been renamed/);
  assert.equal((await world.passkeys.list(account.id))[0]?.name, 'Old <laptop>');

  const before = await ada.get(security);
  for (let count = 2; count <= 20; count += 1) await addPasskey(ada, `Key ${count}`);
  const full = await ada.get(security);
  assert.match(full.html, /as many passkeys as an account can have/);
  assert.doesNotMatch(full.html, /id="passkey-submit"/);
  const options = /data-options="([^"]*)"/.exec(before.html)?.[1]?.replaceAll('&quot;', '"') ?? '';
  const challenge = /name="challenge" value="([^"]*)"/.exec(before.html)?.[1] ?? '';
  const late = makeAuthenticator('localhost', 'late').create({ options, origin: issuer });
  const answer = await ada.post(security, { change: 'passkey-add', name: 'Late', challenge, passkey: late });
  assert.equal(answer.status, 400);
  assert.match(answer.html, /as many passkeys as an account can have/);
  assert.equal((await world.passkeys.list(account.id)).length, 20);
});

test('a passkey is made for the challenge of this session alone, and for ten minutes', async (context) => {
  const { world, account, ada } = await openAda(context);
  const foreign = /name="challenge" value="([^"]*)"/.exec(
    (await (await world.signIn(account)).get(security)).html,
  )?.[1];
  for (const challenge of [foreign ?? '', '', 'a.1.b']) {
    const answer = await addPasskey(ada, 'Laptop', { challenge });
    assert.equal(answer.status, 400);
    assert.match(answer.html, /This page was open for too long/);
  }
  assert.equal((await addPasskey(ada, 'Laptop', { passkey: '{}' })).status, 400);
  assert.deepEqual(await world.passkeys.list(account.id), []);
});

test('the last way in stays', async (context) => {
  const { world, account, ada } = await openAda(context);
  await addPasskey(ada, 'Laptop');
  await world.change(account, { passwordHash: null });
  const [passkey] = await world.passkeys.list(account.id);
  const answer = await ada.post(security, { change: 'passkey-remove', passkey: passkey?.id ?? '' });
  assert.equal(answer.status, 400);
  assert.equal((await world.passkeys.list(account.id)).length, 1);
});

test('an authenticator app is set up, its recovery codes are shown once, and it is given up', async (context) => {
  const { world, account, ada } = await openAda(context);
  await ada.post(security, { change: 'totp-begin' });
  const { html } = await ada.get(security);
  assert.match(html, /<svg class="qr"/);
  const state = await world.totp.stateOf(account.id);
  assert.ok(state.state === 'pending');
  assert.ok(html.includes(state.secret.replace(/(.{4})(?=.)/g, '$1 ')));

  const wrong = await ada.post(security, { change: 'totp-confirm', code: '000' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.html, /id="code"[^>]*aria-invalid="true"/);

  const code = new TOTP({ secret: state.secret }).generate({ timestamp: world.clock.now() * 1000 });
  const codesIn = (page: string) =>
    Array.from(page.matchAll(/<li><code>([^<]+)<\/code><\/li>/g), ([, text]) => text);
  const confirmed = await ada.post(security, { change: 'totp-confirm', code });
  assert.equal(confirmed.status, 200);
  const first = codesIn(confirmed.html);
  assert.ok(first.length >= 8);
  assert.deepEqual(codesIn((await ada.get(security)).html), []);

  const renewed = codesIn((await ada.post(security, { change: 'recovery-codes' })).html);
  assert.equal(renewed.length, first.length);
  assert.notDeepEqual(renewed, first);

  const ended = await ada.post(security, { change: 'totp-end' });
  assert.match((await ada.get(ended.location)).html, /no longer asked for codes/);
  assert.deepEqual(await world.totp.stateOf(account.id), { state: 'off' });
});

test('who signs in elsewhere changes nothing here', async (context) => {
  const { world, account } = await openAda(context);
  const federated = await world.signIn(account, 'elsewhere');
  const { html } = await federated.get(security);
  assert.match(html, /You sign in through <bdi>Example Corp<\/bdi>/);
  assert.doesNotMatch(html, /<form/);
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1];
  assert.equal(csrf, undefined);
});

test('a change that does not exist changes nothing', async (context) => {
  const { ada } = await openAda(context);
  for (const change of ['', 'toString', '__proto__', 'password-reset']) {
    assert.equal((await ada.post(security, { change })).status, 303, change);
  }
});
