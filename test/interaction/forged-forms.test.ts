import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAuditEvent, aScope } from '../fixtures/storage-entries.ts';
import { headingOf, hiddenFields, type TestBrowser } from './browser.ts';
import { clientUri, openWorld, password, type World } from './world.ts';

/** A browser at the sign-in page of a request. */
async function atLogin(world: World, browser = world.newBrowser()) {
  const account = await world.newAccount();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask());
  return { browser, account, fields: hiddenFields(page.text), path: page.path };
}

/** A browser at the consent page of a request. */
async function atConsent(world: World, allowedScopes: readonly string[] = ['openid']) {
  const browser = world.newBrowser();
  const account = await world.newAccount();
  const client = await world.newClient({ allowedScopes });
  const page = await browser.visit(client.ask());
  await browser.post('/login', { ...hiddenFields(page.text), username: account.username, password });
  const consent = await browser.visit(client.ask());
  assert.match(consent.path, /^\/consent/);
  return { browser, account, client, fields: hiddenFields(consent.text), path: consent.path };
}

const forgeries = {
  'no token': (fields: Record<string, string>) => ({ ...fields, csrf: '' }),
  'a token cut off': (fields: Record<string, string>) => ({
    ...fields,
    csrf: fields['csrf']?.slice(1) ?? '',
  }),
  'a token of the right length': (fields: Record<string, string>) => ({ ...fields, csrf: 'A'.repeat(43) }),
};

/** Nothing that a page that was not believed could have changed. */
const stored = async (world: World) =>
  JSON.stringify([
    await world.database.run('select * from interactions order by id'),
    await world.database.run('select id, secret_hash from sessions order by id'),
    await world.database.run('select id from consents'),
  ]);

async function assertForged(
  world: World,
  browser: TestBrowser,
  path: string,
  fields: Record<string, string>,
): Promise<void> {
  const before = await stored(world);
  const answer = await browser.post(path, fields);
  assert.equal(answer.status, 403);
  assert.equal(answer.location, '');
  assert.equal(headingOf(answer.text), 'This page has expired');
  assert.equal(await stored(world), before);
}

for (const [name, forge] of Object.entries(forgeries)) {
  // against: interaction/csrf
  test(`a form with ${name} signs nobody in, and allows nothing`, async (context) => {
    const world = await openWorld(context);
    const login = await atLogin(world);
    const { username } = login.account;
    const sent = { ...forge(login.fields), username, password };
    await assertForged(world, login.browser, '/login', sent);
    await assertForged(world, login.browser, '/login/second-factor', { ...sent, code: '000000' });
    await assertForged(world, login.browser, '/login/account', { ...sent, session: 'x' });
    const consent = await atConsent(world);
    await assertForged(world, consent.browser, '/consent', { ...forge(consent.fields), decision: 'allow' });
    await assertForged(world, consent.browser, '/consent', { ...forge(consent.fields), decision: 'deny' });
  });
}

// against: interaction/csrf
test('the token of one request is worth nothing for another of the same browser', async (context) => {
  const world = await openWorld(context);
  const first = await atLogin(world);
  const second = await atLogin(world, first.browser);
  const { username } = first.account;
  const mixed = { ...first.fields, csrf: second.fields['csrf'] ?? '', username, password };
  await assertForged(world, first.browser, '/login', mixed);
});

// against: interaction/csrf
test('the token of another browser is worth nothing, and neither is its request', async (context) => {
  const world = await openWorld(context);
  const mine = await atLogin(world);
  const theirs = await atLogin(world);
  const { username } = mine.account;
  const sent = { ...mine.fields, csrf: theirs.fields['csrf'] ?? '', username, password };
  await assertForged(world, mine.browser, '/login', sent);

  const before = await stored(world);
  const answers = [
    await mine.browser.post('/login', { ...theirs.fields, username, password }),
    await mine.browser.get(theirs.path),
    await world.newBrowser().post('/login', { ...theirs.fields, username, password }),
    await world.newBrowser().get(theirs.path),
  ];
  for (const { status, text, location } of answers) {
    assert.deepEqual([status, location, headingOf(text)], [400, '', 'This page has expired']);
  }
  assert.equal(await stored(world), before);
});

// against: interaction/csrf
test('cookies that this server has not made open nothing', async (context) => {
  const world = await openWorld(context);
  const { browser, path } = await atLogin(world);
  const real = browser.cookies.get('clientele-browser') ?? '';
  for (const forged of ['', 'A'.repeat(43), real.slice(1), `${real}A`, 'x'.repeat(4000), '%00', 'null']) {
    browser.cookies.set('clientele-browser', forged);
    assert.equal((await browser.get(path)).status, 400, forged);
  }
  browser.cookies.set('clientele-browser', real);
  assert.equal((await browser.get(path)).status, 200);
});

// against: interaction/asked
test('what has changed since it was shown is not allowed by the page that showed it', async (context) => {
  const world = await openWorld(context);
  const { browser, client, fields, path } = await atConsent(world);
  await client.change({ allowedScopes: ['openid', 'email'] });
  await assertForged(world, browser, '/consent', { ...fields, decision: 'allow' });
  const shown = await browser.get(path);
  const done = await browser.post('/consent', { ...hiddenFields(shown.text), decision: 'allow' });
  assert.ok(done.location.startsWith(`${clientUri}?code=`), done.location);
});

// against: interaction/asked
test('a scope that took the name of a former one is not allowed by the page that showed the former', async (context) => {
  const world = await openWorld(context);
  const { scopes } = world.stores;
  const former = aScope('reports', { label: 'See your reports' });
  await scopes.insert(former, anAuditEvent(former.id));
  const { browser, fields, path } = await atConsent(world, ['openid', 'reports']);
  await scopes.delete(former.id, anAuditEvent(former.id));
  const scope = aScope('reports', { label: 'Delete your reports' });
  await scopes.insert(scope, anAuditEvent(scope.id));
  await assertForged(world, browser, '/consent', { ...fields, decision: 'allow' });
  const shown = await browser.get(path);
  assert.ok(shown.text.includes('Delete your reports'));
  const done = await browser.post('/consent', { ...hiddenFields(shown.text), decision: 'allow' });
  assert.ok(done.location.startsWith(`${clientUri}?code=`), done.location);
});

test('a decision that is none decides nothing', async (context) => {
  const world = await openWorld(context);
  const { browser, fields } = await atConsent(world);
  const before = await stored(world);
  for (const decision of ['', 'yes', 'ALLOW', '__proto__', 'constructor', 'toString']) {
    assert.equal((await browser.post('/consent', { ...fields, decision })).status, 400, decision);
  }
  assert.equal(await stored(world), before);
});
