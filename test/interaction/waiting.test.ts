import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, headingOf, hiddenFields } from './browser.ts';
import {
  addUpstreamProvider,
  clientUri,
  openWorld,
  password,
  type RegisteredClient,
  type World,
} from './world.ts';

async function open(world: World, changes: Parameters<World['newClient']>[0] = {}) {
  const client = await world.newClient(changes);
  const account = await world.newAccount();
  const browser = world.newBrowser();
  return { client, account, browser, credentials: { username: account.username, password } };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** Sends the sign-in page of a request, once. */
async function signIn({ browser, credentials }: Opened, { ask }: Pick<RegisteredClient, 'ask'>) {
  const page = await browser.visit(ask());
  return browser.post('/login', { ...hiddenFields(page.text), ...credentials });
}

const isSentToClient = ({ location }: Answer): boolean => location.startsWith(`${clientUri}?`);

test('of a consent that is sent twenty times at once exactly one goes through, and the others say so', async (context) => {
  const world = await openWorld(context);
  const opened = await open(world);
  const { location } = await signIn(opened, opened.client);
  const { text } = await opened.browser.get(location);
  const fields = { ...hiddenFields(text), decision: 'deny' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => opened.browser.post('/consent', fields)),
  );
  assert.equal(answers.filter(isSentToClient).length, 1);
  for (const answer of answers.filter((one) => !isSentToClient(one))) {
    assert.ok([400, 409].includes(answer.status));
    assert.match(headingOf(answer.text), /^This page (was sent already|has expired)$/);
    assert.equal(answer.location, '');
  }
  assert.deepEqual(await world.database.run('select id from interactions'), []);
});

test('of a password that is sent twice at once one signs in', async (context) => {
  const world = await openWorld(context);
  const { client, browser, credentials, account } = await open(world, { internal: true });
  const page = await browser.visit(client.ask());
  const send = () => browser.post('/login', { ...hiddenFields(page.text), ...credentials });
  const answers = await Promise.all([send(), send(), send()]);
  assert.equal(answers.filter(isSentToClient).length, 1);
  assert.equal((await world.sessions.listOfAccount(account.id)).length, 1);
});

test('the back button finds a page that says that it has expired', async (context) => {
  const world = await openWorld(context);
  const opened = await open(world, { internal: true });
  const { browser, client, credentials } = opened;
  const page = await browser.visit(client.ask());
  const fields = { ...hiddenFields(page.text), ...credentials };
  assert.ok(isSentToClient(await browser.post('/login', fields)));
  for (const answer of [await browser.get(page.path), await browser.post('/login', fields)]) {
    assert.equal(answer.status, 400);
    assert.equal(headingOf(answer.text), 'This page has expired');
  }
});

test('back from consent to the password somebody else can sign in', async (context) => {
  const world = await openWorld(context);
  const opened = await open(world);
  const { location } = await signIn(opened, opened.client);
  const { browser } = opened;
  const other = await world.newAccount();
  const back = await browser.get(location.replace('/consent', '/login'));
  assert.equal(back.status, 200);
  const sent = await browser.post('/login', {
    ...hiddenFields(back.text),
    username: other.username,
    password,
  });
  assert.equal(sent.location, location);
  assert.ok((await browser.get(location)).text.includes(other.username));
});

test('two tabs go on side by side; the second needs no password once the first has it', async (context) => {
  const world = await openWorld(context);
  const opened = await open(world, { internal: true });
  const { browser, client } = opened;
  const second = await browser.visit(client.ask({ state: 'second' }));
  const third = await browser.visit(client.ask({ state: 'third' }));
  assert.ok(isSentToClient(await signIn(opened, client)));
  const reloaded = await browser.get(second.path);
  assert.ok(isSentToClient(reloaded));
  assert.match(reloaded.location, /state=second/);
  const sent = await browser.post('/login', { ...hiddenFields(third.text), ...opened.credentials });
  assert.ok(isSentToClient(sent));
  assert.match(sent.location, /state=third/);
  assert.deepEqual(await world.database.run('select id from interactions'), []);
});

test('a page that is opened twice can be sent from either', async (context) => {
  const world = await openWorld(context);
  const { browser, client, credentials } = await open(world, { internal: true });
  const page = await browser.visit(client.ask());
  const again = await browser.get(page.path);
  assert.deepEqual(hiddenFields(again.text), hiddenFields(page.text));
  assert.ok(isSentToClient(await browser.post('/login', { ...hiddenFields(page.text), ...credentials })));
});

test('an hour later the page has expired, and signs nobody in', async (context) => {
  const world = await openWorld(context);
  const { browser, client, credentials } = await open(world);
  const page = await browser.visit(client.ask());
  world.clock.advance(3599);
  assert.equal((await browser.get(page.path)).status, 200);
  world.clock.advance(1);
  for (const answer of [
    await browser.get(page.path),
    await browser.post('/login', { ...hiddenFields(page.text), ...credentials }),
  ]) {
    assert.deepEqual([answer.status, headingOf(answer.text)], [400, 'This page has expired']);
  }
  assert.ok(!browser.cookies.has('clientele-session'));
});

test('pages without a request, or with one that is none, have expired', async (context) => {
  const { newBrowser } = await openWorld(context);
  for (const path of ['/consent', '/login/account', '/login/second-factor', '/login/provider']) {
    for (const query of ['', '?interaction=', '?interaction=x', `?interaction=${'a'.repeat(3000)}`]) {
      const answer = await newBrowser().get(path + query);
      assert.deepEqual([answer.status, answer.location], [400, ''], path + query);
    }
  }
});

const withdrawals: Readonly<Record<string, readonly [string, (client: RegisteredClient) => Promise<void>]>> =
  {
    deleted: ['Invalid client_id', ({ remove }) => remove()],
    disabled: ['Invalid client_id', ({ change }) => change({ enabled: false })],
    'given another redirect URI': [
      'Invalid redirect_uri',
      ({ change }) => change({ redirectUris: ['https://other.example/'] }),
    ],
  };

for (const [name, [title, withdraw]] of Object.entries(withdrawals)) {
  // against: redirects/unproven
  test(`a client that is ${name} while its page is open gets nobody sent to it`, async (context) => {
    const world = await openWorld(context);
    const opened = await open(world);
    const { browser, client, credentials } = opened;
    const login = await browser.visit(client.ask());
    const { location } = await signIn(opened, client);
    const consent = await browser.get(location);
    await withdraw(client);
    for (const answer of [
      await browser.get(login.path),
      await browser.get(location),
      await browser.post('/consent', { ...hiddenFields(consent.text), decision: 'allow' }),
      await browser.post('/consent', { ...hiddenFields(consent.text), decision: 'deny' }),
      await browser.post('/login', { ...hiddenFields(login.text), ...credentials }),
      await browser.get(client.ask()),
    ]) {
      assert.deepEqual([answer.status, answer.location], [400, '']);
      assert.equal(headingOf(answer.text), title);
    }
    assert.deepEqual(await world.database.run('select id from consents'), []);
  });
}

test('a client that wants its people to sign in elsewhere meanwhile gets nobody who signed in here', async (context) => {
  const world = await openWorld(context);
  const { browser, client, credentials } = await open(world, { internal: true });
  const page = await browser.visit(client.ask());
  await client.change({ identityProviderId: await addUpstreamProvider(world.stores) });
  const sent = await browser.post('/login', { ...hiddenFields(page.text), ...credentials });
  assert.equal(sent.location, page.path);
  assert.match((await browser.get(page.path)).text, /\/login\/provider\?interaction=/);
});
