import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csrfIn, openAccountWorld } from './account-world.ts';

const authorisations = '/account/authorisations';
const sessionsPath = '/account/sessions';
const paths = ['/account', authorisations, sessionsPath, '/account/security'];

test('who is not signed in is asked to sign in, and comes back to the same page', async (context) => {
  const world = await openAccountWorld(context);
  const nobody = world.newVisitor();
  for (const path of paths) {
    const section = path === '/account' ? 'overview' : path.slice('/account/'.length);
    const answer = await nobody.get(path);
    assert.deepEqual([answer.status, answer.location], [303, `/proof?reason=sign-in&section=${section}`]);
  }
  assert.equal((await nobody.post(authorisations, { revoke: 'all' })).status, 303);
});

test('who is disabled looks after nothing any more', async (context) => {
  const world = await openAccountWorld(context);
  const account = await world.enrol('ada', 'correct horse battery staple');
  const ada = await world.signIn(account);
  assert.equal((await ada.get('/account')).status, 200);
  await world.change(account, { disabled: true });
  assert.match((await ada.get('/account')).location, /^\/proof\?reason=sign-in/);
  assert.match((await ada.post(authorisations, { revoke: 'all' })).location, /^\/proof\?reason=sign-in/);
});

test('the pages tell a person what there is', async (context) => {
  const world = await openAccountWorld(context);
  const account = await world.enrol('ada', 'correct horse battery staple');
  const ada = await world.signIn(account);
  await world.signIn(account);
  await world.allow(account, { name: 'Harbour Ledger', verified: true });
  const overview = await ada.get('/account');
  assert.match(overview.html, /1 app has access/);
  assert.match(overview.html, /signed in on 2 devices/);
  const apps = await ada.get(authorisations);
  assert.match(apps.html, /Harbour Ledger/);
  assert.match(apps.html, /See your email address/);
  const devices = await ada.get(sessionsPath);
  assert.match(devices.html, /Firefox on Linux/);
  assert.equal(devices.html.match(/This device/g)?.length, 1);
  assert.equal((await ada.get('/account/other')).status, 404);
});

test('what one client may do is taken back, or what all may', async (context) => {
  const world = await openAccountWorld(context);
  const account = await world.enrol('ada', 'correct horse battery staple');
  const ada = await world.signIn(account);
  const [first, second] = [await world.allow(account), await world.allow(account)];
  const left = async () => (await world.stores.consents.listOfAccount(account.id)).map(({ id }) => id);

  const one = await ada.post(authorisations, { revoke: first.id });
  assert.equal(one.status, 303);
  assert.deepEqual(await left(), [second.id]);
  assert.match((await ada.get(one.location)).html, /The app no longer has access/);
  assert.equal((await ada.post(authorisations, { revoke: first.id })).status, 303);

  await world.allow(account);
  const all = await ada.post(authorisations, { revoke: 'all' });
  assert.deepEqual(await left(), []);
  assert.match((await ada.get(all.location)).html, /No app has access/);
});

test('nobody ends what belongs to somebody else', async (context) => {
  const world = await openAccountWorld(context);
  const [ada, eve] = [
    await world.enrol('ada', 'correct horse battery staple'),
    await world.enrol('eve', 'another long password'),
  ];
  const consent = await world.allow(ada);
  const adasBrowser = await world.signIn(ada);
  const evesBrowser = await world.signIn(eve);
  const handle = /name="end" value="(?!others)([^"]+)"/.exec(
    (await (await world.signIn(ada)).get(sessionsPath)).html,
  )?.[1];
  assert.ok(handle);
  await evesBrowser.post(authorisations, { revoke: consent.id });
  await evesBrowser.post(authorisations, { revoke: 'all' });
  await evesBrowser.post(sessionsPath, { end: handle });
  await evesBrowser.post(sessionsPath, { end: 'others' });
  assert.equal((await world.stores.consents.listOfAccount(ada.id)).length, 1);
  assert.equal((await world.sessions.listOfAccount(ada.id)).length, 2);
  assert.equal((await adasBrowser.get('/account')).status, 200);
});

test('one session is ended, or all but this one', async (context) => {
  const world = await openAccountWorld(context);
  const account = await world.enrol('ada', 'correct horse battery staple');
  const here = await world.signIn(account);
  const [there, elsewhere] = [await world.signIn(account), await world.signIn(account)];
  const page = (await here.get(sessionsPath)).html;
  const [handle] = Array.from(page.matchAll(/name="end" value="(?!others)([^"]+)"/g), ([, value]) => value);
  assert.equal((await here.post(sessionsPath, { end: handle ?? '' })).status, 303);
  const left = await world.sessions.listOfAccount(account.id);
  assert.equal(left.length, 2);
  const entries = `select target_id from audit_events where action = 'session.ended'`;
  const [entry, ...more] = await world.database.run(entries);
  assert.deepEqual(more, []);
  assert.ok([there, elsewhere].some(({ session }) => session?.id === entry?.['target_id']));
  assert.ok(left.every(({ id }) => id !== entry?.['target_id']));
  const all = await here.post(sessionsPath, { end: 'others' });
  assert.match((await here.get(all.location)).html, /signed out everywhere else/);
  assert.equal((await there.get('/account')).status, 303);
  assert.equal((await elsewhere.get('/account')).status, 303);
  assert.deepEqual(
    (await world.sessions.listOfAccount(account.id)).map(({ id }) => id),
    [here.session?.id],
  );
});

// against: interaction/csrf
test('a form counts with the token of its page, its session and its browser alone', async (context) => {
  const world = await openAccountWorld(context);
  const account = await world.enrol('ada', 'correct horse battery staple');
  const consent = await world.allow(account);
  const ada = await world.signIn(account);
  const again = await world.signIn(account);
  const tokens = [
    '',
    'x',
    csrfIn((await ada.get(sessionsPath)).html),
    csrfIn((await again.get(authorisations)).html),
  ];
  for (const csrf of tokens) {
    const answer = await ada.post(authorisations, { revoke: consent.id, csrf });
    assert.equal(answer.status, 403, csrf);
  }
  assert.equal((await world.stores.consents.listOfAccount(account.id)).length, 1);
  assert.equal((await ada.post(authorisations, { revoke: consent.id })).status, 303);
});

test('no link makes a page claim what has not happened', async (context) => {
  const world = await openAccountWorld(context);
  const account = await world.enrol('ada', 'correct horse battery staple');
  const ada = await world.signIn(account);
  await world.allow(account);
  const { location } = await ada.post(authorisations, { revoke: 'all' });
  assert.match((await ada.get(location)).html, /role="status"/);
  const forged = [
    `${authorisations}?done=authorisation-revoked`,
    location.replace('authorisations-revoked', 'authorisation-revoked'),
    location.replace('/authorisations', '/sessions'),
    `${location}x`,
  ];
  for (const path of forged) assert.doesNotMatch((await ada.get(path)).html, /role="status"/, path);
});

test('the pages are read and sent, and nothing else', async (context) => {
  const world = await openAccountWorld(context);
  const ada = await world.signIn(await world.enrol('ada', 'correct horse battery staple'));
  assert.equal((await ada.post('/account', {})).status, 405);
  assert.equal((await ada.get('/account/sessions/x')).status, 404);
  assert.equal((await ada.get(`${sessionsPath}?done=a&done=b`)).status, 400);
});
