import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '../../src/accounts/account.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { hiddenFields, type TestBrowser } from './browser.ts';
import { clientUri, createOpenSignUp, openWorld, password, type World } from './world.ts';

const waiting = (world: World) => world.database.run('select id from interactions');

/** What was heard of attempts to sign in. */
function heard({ attempts }: World): readonly (readonly unknown[])[] {
  for (const { requestId } of attempts) assert.match(requestId, /\S/);
  return attempts.map(({ method, outcome, accountId }) => [method, outcome, accountId]);
}

/** The code that the browser is sent to the client with. */
function codeIn(location: string): string | null {
  assert.ok(location.startsWith(`${clientUri}?`), location);
  return new URL(location).searchParams.get('code');
}

async function signIn(browser: TestBrowser, path: string, account: Pick<Account, 'username'>) {
  const page = await browser.visit(path);
  return browser.post('/login', { ...hiddenFields(page.text), username: account.username, password });
}

test('who signs in is sent to the client by the answer to the password, and nothing waits any more', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const { ask } = await world.newClient({ internal: true });

  const begun = await browser.get(ask({ state: 'a b' }));
  assert.equal(begun.status, 303);
  assert.match(begun.location, /^\/login\?interaction=[0-9a-f-]{36}$/);
  const page = await browser.get(begun.location);
  assert.equal(page.status, 200);
  const fields = { ...hiddenFields(page.text), username: account.username, password };
  const done = await browser.post('/login', fields);
  assert.equal(done.status, 303);
  assert.equal(codeIn(done.location), `for ${account.id}`);
  assert.equal(new URL(done.location).searchParams.get('state'), 'a b');
  assert.deepEqual(await waiting(world), []);
  const [session] = await world.sessions.listOfAccount(account.id);
  assert.deepEqual([session?.acr, session?.amr], ['urn:clientele:acr:1', ['pwd']]);
});

test('a request of somebody who is signed in and has allowed everything stores nothing and sets no cookie', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const { ask } = await world.newClient({ internal: true });
  await signIn(browser, ask(), account);
  const before = await world.database.content();
  const again = await browser.get(ask());
  assert.equal(codeIn(again.location), `for ${account.id}`);
  assert.deepEqual(again.headers.getSetCookie(), []);
  assert.equal(await world.database.content(), before);
});

// against: interaction/csrf
test('no session is fixed: a cookie that was planted before a sign-in is worth nothing after it', async (context) => {
  const world = await openWorld(context);
  const { ask } = await world.newClient({ internal: true });
  const account = await world.newAccount();
  const browser = world.newBrowser();
  await signIn(browser, ask(), account);
  const planted = browser.cookies.get('clientele-session') ?? '';
  await signIn(browser, ask({ prompt: 'login' }), account);
  const after = browser.cookies.get('clientele-session');
  assert.ok(after !== undefined && after !== planted);
  const attacker = world.newBrowser();
  attacker.cookies.set('clientele-session', planted);
  assert.match((await attacker.get(ask())).location, /^\/login/);
});

test('a wrong password is said so on the page, and signs nobody in', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { username } = await world.newAccount();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask());
  for (const given of [
    { username, password: 'wrong' },
    { username: `${username}x`, password },
    { username, password: '' },
    { username: '', password },
    { username },
    {},
    { username, password: 'x'.repeat(50_000) },
  ]) {
    const answer = await browser.post('/login', { ...hiddenFields(page.text), ...given });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /password is wrong/);
    assert.ok(!browser.cookies.has('clientele-session'));
  }
  const answer = await browser.post('/login', { ...hiddenFields(page.text), username, password: 'wrong' });
  assert.ok(answer.text.includes(`value="${username}"`));
  assert.deepEqual(await world.database.run('select id from sessions'), []);
  assert.equal((await waiting(world)).length, 1);
});

test('too many tries are told with the time to wait', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask());
  const fields = { ...hiddenFields(page.text), username: 'too often', password };
  const answer = await browser.post('/login', fields);
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('retry-after'), '7');
  assert.match(answer.text, /There were too many tries\. Try again in 7 seconds\./);
  assert.deepEqual(heard(world), [['password', 'limited', undefined]]);
});

test('an account with a second factor is signed in by its code alone', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  world.secondFactors.add(account.id);
  const { ask } = await world.newClient({ internal: true });

  const proven = await signIn(browser, ask(), account);
  assert.match(proven.location, /^\/login\/second-factor\?interaction=/);
  assert.ok(!browser.cookies.has('clientele-session'));
  const page = await browser.get(proven.location);
  const wrong = await browser.post('/login/second-factor', { ...hiddenFields(page.text), code: '1' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /id="code"[^>]*aria-invalid="true"[^>]*autofocus/);
  const recovery = { factor: 'recovery-code', code: '4HJKM-92PQR' };
  const none = await browser.post('/login/second-factor', { ...hiddenFields(page.text), ...recovery });
  assert.equal(none.status, 400);
  assert.match(none.text, /<details open>.*id="recovery-code"[^>]*aria-invalid="true"[^>]*autofocus/s);
  assert.ok(!browser.cookies.has('clientele-session'));
  const done = await browser.post('/login/second-factor', { ...hiddenFields(wrong.text), code: '000000' });
  assert.equal(codeIn(done.location), `for ${account.id}`);
  const [session] = await world.sessions.listOfAccount(account.id);
  assert.deepEqual([session?.acr, session?.amr], ['urn:clientele:acr:2', ['pwd', 'otp', 'mfa']]);
});

test('a code without a password before it leads to the password', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask());
  const { interaction = '' } = hiddenFields(page.text);
  const sent = await browser.post('/login/second-factor', { ...hiddenFields(page.text), code: '000000' });
  assert.equal(sent.location, `/login?interaction=${interaction}`);
  const asked = await browser.get(`/login/second-factor?interaction=${interaction}`);
  assert.equal(asked.location, `/login?interaction=${interaction}`);
  assert.ok(!browser.cookies.has('clientele-session'));
});

test('a passkey is two factors, and signs what this sign-in asked it to sign, once', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const { ask } = await world.newClient({ internal: true });
  const challengeIn = (html: string) =>
    /&quot;challenge&quot;:&quot;([^&]+)|"challenge":"([^"]+)/.exec(html)?.[1] ?? '';

  const page = await browser.visit(ask());
  const send = (html: string, challenge: string) =>
    browser.post('/login', { ...hiddenFields(html), passkey: `${challenge} ${account.username}` });
  const first = challengeIn(page.text);
  assert.notEqual(first, '');
  const refused = await send(page.text, 'another');
  assert.equal(refused.status, 400);
  const second = challengeIn(refused.text);
  assert.notEqual(second, first);
  assert.equal((await send(page.text, first)).status, 400);
  assert.ok(!browser.cookies.has('clientele-session'));
  const third = challengeIn((await browser.visit(page.path)).text);
  const done = await send(page.text, third);
  assert.equal(codeIn(done.location), `for ${account.id}`);
  const [session] = await world.sessions.listOfAccount(account.id);
  assert.equal(session?.acr, 'urn:clientele:acr:2');
  assert.deepEqual(heard(world), [
    ['passkey', 'refused', undefined],
    ['passkey', 'refused', undefined],
    ['passkey', 'ok', account.id],
  ]);
});

test('a browser that has signed in before says so with the next password', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const { ask } = await world.newClient({ internal: true });
  await signIn(browser, ask(), account);
  assert.equal(world.seenDevice(), null);
  await signIn(browser, ask({ prompt: 'login' }), account);
  assert.equal(world.seenDevice(), `mark-of-${account.id}`);
});

test('/login that nobody asked for leads to the account pages', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const done = await signIn(browser, '/login', await world.newAccount());
  assert.equal(done.location, '/account');
  assert.equal((await browser.get('/login')).location, '/account');
  assert.deepEqual(await waiting(world), []);
});

test('who is to prove once more who they are does so, and comes back to where that was asked', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  await signIn(browser, '/login', account);
  const [before] = await world.sessions.listOfAccount(account.id);
  world.clock.advance(1000);
  const page = await browser.visit('/prove');
  assert.match(page.path, /^\/login\?interaction=/);
  assert.ok(page.text.includes(`value="${account.username}"`));
  assert.equal((await browser.get(page.path)).status, 200);
  const done = await browser.post('/login', {
    ...hiddenFields(page.text),
    username: account.username,
    password,
  });
  assert.equal(done.location, '/account/security');
  const after = await world.sessions.listOfAccount(account.id);
  assert.deepEqual(
    after.map(({ id, authTime }) => [id, authTime]),
    [[before?.id, world.clock.now()]],
  );
});

test('where the operator lets them, people make an account and are signed in to it', async (context) => {
  const opened: { stores?: Stores } = {};
  const signUp = createOpenSignUp(() => opened.stores as Stores);
  const world = Object.assign(opened, await openWorld(context, { signUp }));
  const browser = world.newBrowser();
  const { ask } = await world.newClient({ internal: true });
  const page = await browser.visit(ask({ prompt: 'create' }));
  assert.match(page.path, /^\/sign-up\?/);
  const { username } = await world.newAccount();
  const fields = { ...hiddenFields(page.text), email: '', password };
  const taken = await browser.post('/sign-up', { ...fields, username });
  assert.equal(taken.status, 400);
  assert.match(taken.text, /is taken/);
  const done = await browser.post('/sign-up', { ...fields, username: 'new-person' });
  const account = await world.stores.accounts.findByUsername('new-person');
  assert.equal(codeIn(done.location), `for ${account?.id}`);
  assert.equal(account?.email, null);
  assert.deepEqual(heard(world), [['sign-up', 'ok', account?.id]]);
});

test('where the operator does not let them, people who want an account are asked to sign in', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask({ prompt: 'create' }));
  assert.match(page.path, /^\/login\?/);
  assert.ok(!page.text.includes('/sign-up'));
  assert.equal((await browser.post('/sign-up', { username: 'a', password })).status, 404);
});

test('who signs in for a client that was disabled meanwhile is told so, and signed in for everybody else', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const client = await world.newClient({ internal: true });
  const page = await browser.visit(client.ask());
  await client.change({ enabled: false });
  const fields = { ...hiddenFields(page.text), username: account.username, password };
  const refused = await browser.post('/login', fields);
  assert.deepEqual([refused.status, refused.location], [400, '']);
  assert.match(refused.text, /Invalid client_id/);
  assert.deepEqual(await waiting(world), []);
  assert.equal((await world.sessions.listOfAccount(account.id)).length, 1);
  const other = await world.newClient({ internal: true });
  assert.equal(codeIn((await browser.get(other.ask())).location), `for ${account.id}`);
});

/** What happens to an account between its password and its code. */
const changes: Readonly<Record<string, Partial<Account>>> = {
  'is disabled': { disabled: true },
  'gets another password': { passwordHash: 'another' },
};

for (const [name, change] of Object.entries(changes)) {
  test(`an account that ${name} while its person signs in is signed in nowhere`, async (context) => {
    const world = await openWorld(context);
    const browser = world.newBrowser();
    const account = await world.newAccount();
    world.secondFactors.add(account.id);
    const { ask } = await world.newClient({ internal: true });
    const { location } = await signIn(browser, ask(), account);
    const fields = hiddenFields((await browser.get(location)).text);
    await world.stores.accounts.replace({ ...account, ...change });
    const answer = await browser.post('/login/second-factor', { ...fields, code: '000000' });
    assert.equal(answer.location, `/login?interaction=${fields['interaction']}`);
    const again = await browser.post('/login/second-factor', { ...fields, code: '000000' });
    assert.equal(again.location, answer.location, 'the password has proven nothing');
    assert.deepEqual(heard(world), [
      ['password', 'code-asked', account.id],
      ['totp', 'refused', account.id],
    ]);
    assert.deepEqual(await world.database.run('select id from sessions'), []);
  });
}

// against: interaction/freshness
test('prompt=none is answered to the client, and shows nobody a page', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  const { status, location } = await browser.get(ask({ prompt: 'none' }));
  assert.equal(status, 303);
  assert.equal(new URL(location).searchParams.get('error'), 'login_required');
  assert.deepEqual(await waiting(world), []);
});
