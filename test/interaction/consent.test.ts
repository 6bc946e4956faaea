import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../../src/clients/client.ts';
import { hiddenFields } from './browser.ts';
import { addUpstreamProvider, clientUri, openWorld, password, type World } from './world.ts';

/** A browser at the consent page of a client. */
async function atConsent(world: World, changes: Partial<Client> = {}) {
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const client = await world.newClient(changes);
  const login = await browser.visit(client.ask());
  const { location } = await browser.post('/login', {
    ...hiddenFields(login.text),
    username: account.username,
    password,
  });
  return { browser, account, client, location, page: await browser.get(location) };
}

const decide = (decision: 'allow' | 'deny', html: string) => ({ ...hiddenFields(html), decision });

test('who allows is sent to the client, and is not asked again', async (context) => {
  const world = await openWorld(context);
  const { browser, client, page } = await atConsent(world);
  assert.equal(page.status, 200);
  const done = await browser.post('/consent', decide('allow', page.text));
  assert.ok(done.location.startsWith(`${clientUri}?code=`));
  assert.ok((await browser.get(client.ask())).location.startsWith(`${clientUri}?code=`));
});

test('who denies is sent to the client with that, and is asked again', async (context) => {
  const world = await openWorld(context);
  const { browser, client, page } = await atConsent(world);
  const done = await browser.post('/consent', decide('deny', page.text));
  assert.ok(done.location.startsWith(`${clientUri}?error=access_denied`));
  assert.match((await browser.get(client.ask())).location, /^\/consent/);
  assert.deepEqual(await world.database.run('select id from consents'), []);
});

// against: interaction/asked
test('what grows is asked for again, and what is new of it is marked', async (context) => {
  const world = await openWorld(context);
  const { browser, client, page } = await atConsent(world, { allowedScopes: ['openid', 'profile'] });
  assert.equal(page.text.includes('badge mark'), false);
  await browser.post('/consent', decide('allow', page.text));
  await client.change({ allowedScopes: ['openid', 'profile', 'email'] });
  const again = await browser.visit(client.ask());
  assert.match(again.path, /^\/consent/);
  assert.equal(again.text.match(/badge mark/g)?.length, 1);
  assert.match(again.text, /email address<\/span>|email address <span class="badge mark"/);
});

// against: interaction/shown
test('names that would be more than names are shown as text, and cut', async (context) => {
  const world = await openWorld(context);
  const names = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '\u202eknaB\u202c',
    'B\u200ba\u200dn\ufeffk',
    'x'.repeat(10_000),
    '{{constructor}}',
  ];
  for (const name of names) {
    const { page } = await atConsent(world, { name, description: name, websiteUri: 'javascript:alert(1)' });
    assert.equal(page.status, 200);
    assert.ok(!/<script>alert|<img src=x|href="javascript:/i.test(page.text), name);
    assert.ok(!/[\u202a-\u202e\u2066-\u2069\u200b\ufeff]/.test(page.text), name);
    assert.ok(!page.text.includes('x'.repeat(500)));
    assert.match(page.text, /Not verified/);
  }
  const { page } = await atConsent(world, { name: 'Bank', verified: true });
  assert.ok(!page.text.includes('Not verified'));
});

test('the page says who is asked, for what, and where the answer goes', async (context) => {
  const world = await openWorld(context);
  const { account, page } = await atConsent(world, { name: 'Reports' });
  for (const text of [account.username, 'Reports', 'client.example', 'date of birth']) {
    assert.ok(page.text.includes(text), text);
  }
});

// against: interaction/shown
test('no page says with an address that nobody has verified whose account it is', async (context) => {
  const world = await openWorld(context);
  const email = 'victim@example.com';
  for (const emailVerified of [false, true]) {
    const browser = world.newBrowser();
    const { username } = await world.newAccount({ email, emailVerified });
    const { ask } = await world.newClient();
    const login = await browser.visit(ask());
    const done = await browser.post('/login', { ...hiddenFields(login.text), username, password });
    const consent = await browser.get(done.location);
    const chooser = await browser.visit(ask({ prompt: 'select_account' }));
    for (const { text } of [consent, chooser]) {
      assert.ok(text.includes(username));
      assert.equal(text.includes(email), emailVerified);
    }
  }
});

test('who has several accounts chooses one, or another', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const accounts = [await world.newAccount(), await world.newAccount()];
  const { ask } = await world.newClient({ internal: true });
  for (const { username } of accounts) {
    const login = await browser.visit(ask({ prompt: 'login' }));
    await browser.post('/login', { ...hiddenFields(login.text), username, password });
  }
  const chooser = await browser.visit(ask({ prompt: 'select_account' }));
  const handles = Array.from(chooser.text.matchAll(/name="session" value="([^"]+)"/g), ([, value]) => value);
  assert.equal(handles.length, 2);
  const fields = hiddenFields(chooser.text);
  assert.match((await browser.post('/login/account', { ...fields, session: '' })).location, /^\/login\?/);
  assert.equal((await browser.post('/login/account', { ...fields, session: 'none' })).status, 400);
  const done = await browser.post('/login/account', { ...fields, session: handles[1] ?? '' });
  assert.equal(new URL(done.location).searchParams.get('code'), `for ${accounts[0]?.id}`);
  const next = await browser.get(ask());
  assert.equal(new URL(next.location).searchParams.get('code'), `for ${accounts[0]?.id}`);
});

test('nobody chooses an account of another browser', async (context) => {
  const world = await openWorld(context);
  const [mine, theirs] = [await atConsent(world), await atConsent(world)];
  const chooser = await theirs.browser.visit(theirs.client.ask({ prompt: 'select_account' }));
  const handle = /name="session" value="([^"]+)"/.exec(chooser.text)?.[1] ?? '';
  const own = await mine.browser.visit(mine.client.ask({ prompt: 'select_account' }));
  const answer = await mine.browser.post('/login/account', { ...hiddenFields(own.text), session: handle });
  assert.deepEqual([answer.status, answer.location], [400, '']);
});

/** A browser that another provider has been asked to sign in. */
async function atProvider(world: World) {
  const browser = world.newBrowser();
  const providerId = await addUpstreamProvider(world.stores);
  const client = await world.newClient({ internal: true, identityProviderId: providerId });
  const login = await browser.visit(client.ask());
  const start = /href="(\/login\/provider[^"]+)"/.exec(login.text)?.[1] ?? '';
  const sent = await browser.get(start);
  const state = new URL(sent.location).searchParams.get('state') ?? '';
  const callback = (parameters: Record<string, string>) =>
    `/login/callback/${providerId}?${new URLSearchParams({ state, ...parameters })}`;
  return { browser, client, providerId, login, start, sent, callback };
}

test('where a client names another provider, its page offers nothing but that', async (context) => {
  const world = await openWorld(context);
  const account = await world.newAccount();
  const { browser, login, sent, callback, providerId } = await atProvider(world);
  assert.ok(!login.text.includes('type="password"'));
  const { username } = account;
  const refused = await browser.post('/login', { ...hiddenFields(login.text), username, password });
  assert.ok(!browser.cookies.has('clientele-session') && !refused.location.startsWith(clientUri));
  assert.equal(sent.status, 303);
  assert.ok(sent.location.startsWith('https://upstream.example/authorize?'));
  const done = await browser.get(callback({ code: username }));
  assert.equal(new URL(done.location).searchParams.get('code'), `for ${account.id}`);
  const [session] = await world.sessions.listOfAccount(account.id);
  assert.deepEqual([session?.identityProviderId, session?.acr], [providerId, 'upstream-acr']);
  assert.equal(session?.providerIssuer, 'https://upstream.example');
  assert.deepEqual(
    world.attempts.map(({ method, outcome, accountId }) => [method, outcome, accountId]),
    [['provider', 'ok', account.id]],
  );
  assert.deepEqual(await world.database.run('select id from interactions'), []);
});

test('a sign-in elsewhere that fails leads back to the page, which says so', async (context) => {
  const world = await openWorld(context);
  const { browser, start, callback } = await atProvider(world);
  const failed = await browser.get(callback({ error: 'access_denied' }));
  assert.equal(failed.status, 400);
  assert.ok(failed.text.includes('did not work'));
  assert.deepEqual(
    world.attempts.map(({ method, outcome }) => [method, outcome]),
    [['provider', 'failed']],
  );
  assert.ok(failed.text.includes(start.replaceAll('&', '&amp;')));
  assert.ok(!browser.cookies.has('clientele-session'));
});

test('an account that is not to be used here is told so after signing in elsewhere', async (context) => {
  const world = await openWorld(context);
  const { browser, callback } = await atProvider(world);
  const answer = await browser.get(callback({ code: 'nobody' }));
  assert.equal(answer.status, 403);
  assert.deepEqual(
    world.attempts.map(({ method, outcome }) => [method, outcome]),
    [['provider', 'refused']],
  );
  assert.ok(!browser.cookies.has('clientele-session'));
});

// against: interaction/csrf
test('a sign-in elsewhere is finished once, in the browser that began it, at its own provider', async (context) => {
  const world = await openWorld(context);
  const { username } = await world.newAccount();
  const { browser, callback, providerId } = await atProvider(world);
  const other = await atProvider(world);
  const path = callback({ code: username });
  for (const answer of [
    await world.newBrowser().get(path),
    await other.browser.get(path),
    await browser.get(path.replace(providerId, other.providerId)),
    await browser.get(`/login/callback/${providerId}?code=${username}`),
    await browser.get(`/login/callback/${providerId}?code=${username}&state=forged`),
  ]) {
    assert.deepEqual([answer.status, answer.location], [400, '']);
  }
  assert.deepEqual(await world.database.run('select id from sessions'), []);
  assert.ok((await browser.get(path)).location.startsWith(clientUri));
  assert.equal((await browser.get(path)).status, 400);
});
