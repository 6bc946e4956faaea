import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Client } from '../../src/clients/client.ts';
import { sidOf } from '../../src/sessions/session.ts';
import { anAuditEvent } from '../fixtures/storage-entries.ts';
import { issuer, openEndSessionWorld, type Shown } from './end-session-world.ts';

const endSession = '/oauth/end-session';
const back = 'https://rp.example/signed-out';

/** A person who is signed in at a browser and at one client. */
async function open(context: TestContext, changes: Partial<Client> = {}) {
  const world = await openEndSessionWorld(context);
  const client = await world.rows.client({ postLogoutRedirectUris: [back], name: 'Shop', ...changes });
  const account = await world.rows.account({ email: 'alice@example.com', emailVerified: true });
  const browser = world.openBrowser();
  const session = await browser.signIn(account);
  await world.signInAt(session, account, client);
  const hint = await world.idToken(client, session);
  return { world, client, account, browser, session, hint };
}

function assertAsks(page: Shown): void {
  assert.equal(page.status, 200);
  assert.match(page.html, /id="logout-confirm"/);
}

function assertSignedOut(page: Shown): void {
  assert.equal(page.status, 200);
  assert.match(page.html, /signed out/i);
  assert.equal(page.location, undefined);
}

function assertError(page: Shown, title: string): void {
  assert.equal(page.status, 400);
  assert.equal(/<title>(.*) · Clientele<\/title>/.exec(page.html)?.[1], title);
  assert.equal(page.location, undefined);
}

test('a client that proves whom it means signs the person out and gets its state back', async (context) => {
  const { world, browser, session, hint, client } = await open(context);
  const answer = await browser.get(endSession, {
    id_token_hint: hint,
    post_logout_redirect_uri: back,
    state: 'a b&c=é',
  });
  assert.equal(answer.status, 303);
  const location = new URL(answer.location ?? '');
  assert.deepEqual(
    [location.origin + location.pathname, [...location.searchParams]],
    [back, [['state', 'a b&c=é']]],
  );
  assert.equal(await world.isLive(session), false);
  const [notice] = await world.stores.logoutNotices.listOfClient(client.id);
  assert.equal(notice?.sessionId, session.id);
  assert.match(String([answer.headers['set-cookie']].flat()), /clientele-session=;.*Max-Age=0/);
});

test('without a state there is none, and without an address the way ends on a page', async (context) => {
  const { world, browser, hint, account, client } = await open(context);
  const bare = await browser.get(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assert.equal(bare.location, back);
  const again = await browser.signIn(account);
  const page = await browser.get(endSession, {
    id_token_hint: await world.idToken(client, again),
    state: 'x',
  });
  assertSignedOut(page);
  assert.equal(await world.isLive(again), false);
});

test('parameters that an address has stay before the state', async (context) => {
  const uri = 'https://rp.example/out?tenant=7';
  const { browser, hint } = await open(context, { postLogoutRedirectUris: [uri] });
  const answer = await browser.get(endSession, {
    id_token_hint: hint,
    post_logout_redirect_uri: uri,
    state: 's',
  });
  assert.equal(answer.location, `${uri}&state=s`);
});

test('a session whose idle time is over ends with the hint that names it, and its clients are told', async (context) => {
  const { world, browser, hint, client, account } = await open(context);
  world.clock.advance(90_000);
  const answer = await browser.get(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assert.deepEqual([answer.status, answer.location], [303, back]);
  assert.deepEqual(await world.rows.count(), { sessions: 0, session_clients: 0, consents: 1, grants: 0 });
  assert.equal((await world.stores.logoutNotices.listOfClient(client.id))[0]?.accountId, account.id);
});

test('where nobody has said so, whoever is there is asked to end a session that nobody has used, and not told whose it is', async (context) => {
  const { world, browser, session, account, client } = await open(context);
  world.clock.advance(90_000);
  const asked = await browser.get(endSession, { client_id: client.id, post_logout_redirect_uri: back });
  assertAsks(asked);
  assert.doesNotMatch(asked.html, new RegExp(`${account.username}|alice@example`));
  assert.equal((await browser.confirm(asked, { csrf: 'x' })).status, 403);
  assert.equal(await world.isLive(session), true);
  assert.equal((await browser.confirm(asked)).location, back);
  assert.equal(await world.isLive(session), false);
  assertSignedOut(await browser.get(endSession));
});

test('an expired session of another browser, or of a cookie that proves nothing, is not ended', async (context) => {
  const { world, browser, session, hint } = await open(context);
  world.clock.advance(90_000);
  const elsewhere = world.openBrowser();
  await elsewhere.get(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assert.equal(await world.isLive(session), true);
  await browser.get(endSession, { id_token_hint: `${hint.slice(0, -4)}AAAA` });
  assert.equal(await world.isLive(session), true);
});

test('a hint counts after the keys were rotated, and one that does not leads back once the person has said so', async (context) => {
  const { world, browser, session, hint, client, account } = await open(context);
  await world.removeKeys();
  const answer = await browser.get(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assert.deepEqual([answer.status, answer.location], [303, back]);
  assert.equal(await world.isLive(session), false);

  const again = await browser.signIn(account);
  const unknown = { id_token_hint: `${hint.slice(0, -4)}AAAA`, client_id: client.id };
  const asked = await browser.get(endSession, { ...unknown, post_logout_redirect_uri: back, state: 's' });
  assertAsks(asked);
  assert.equal((await browser.confirm(asked)).location, `${back}?state=s`);
  assert.equal(await world.isLive(again), false);
});

test('an expired ID token still counts', async (context) => {
  const { world, browser, hint, session } = await open(context, { idTokenTtl: 60 });
  world.clock.advance(3600);
  const answer = await browser.get(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assert.equal(answer.location, back);
  assert.equal(await world.isLive(session), false);
});

test('without a hint the person is asked, and goes to the registered address of the client that is named', async (context) => {
  const { world, browser, session, client } = await open(context);
  const asked = await browser.get(endSession, {
    client_id: client.id,
    post_logout_redirect_uri: back,
    state: 's',
  });
  assertAsks(asked);
  assert.match(asked.html, /Shop/);
  assert.match(asked.html, /alice@example\.com/);
  assert.equal(await world.isLive(session), true);
  const answer = await browser.confirm(asked);
  assert.deepEqual([answer.status, answer.location], [303, `${back}?state=s`]);
  assert.equal(await world.isLive(session), false);
});

test('nobody is asked and nobody is sent anywhere unproven: an address without a client is ignored', async (context) => {
  const { world, browser, session } = await open(context);
  const asked = await browser.get(endSession, { post_logout_redirect_uri: back, state: 's' });
  assertAsks(asked);
  assertSignedOut(await browser.confirm(asked));
  assert.equal(await world.isLive(session), false);
  assertSignedOut(await browser.get(endSession, { post_logout_redirect_uri: back }));
});

test('an ID token that is altered, of another server or no token at all counts as none', async (context) => {
  const { world, browser, session, hint, client } = await open(context);
  const [header, , signature] = hint.split('.');
  const forged = Buffer.from(JSON.stringify({ iss: issuer, sub: 'x', aud: client.id, exp: 1, iat: 1 }));
  for (const id_token_hint of [
    `${hint.slice(0, -4)}AAAA`,
    `${header}.${forged.toString('base64url')}.${signature}`,
    'nonsense',
  ]) {
    const asked = await browser.get(endSession, { id_token_hint, post_logout_redirect_uri: back });
    assertAsks(asked);
    assert.doesNotMatch(asked.html, /Shop/);
  }
  assert.equal(await world.isLive(session), true);
});

test('the hint of another session, or of another person, makes the server ask', async (context) => {
  const { world, browser, session, account, client } = await open(context);
  const elsewhere = world.openBrowser();
  const ofElsewhere = await world.idToken(client, await elsewhere.signIn(account));
  const stranger = await world.rows.account();
  const ofStranger = await world.idToken(client, await elsewhere.signIn(stranger));
  for (const id_token_hint of [ofElsewhere, ofStranger]) {
    const asked = await browser.get(endSession, { id_token_hint, post_logout_redirect_uri: back });
    assertAsks(asked);
    assert.match(asked.html, new RegExp(account.username));
  }
  assert.equal(await world.isLive(session), true);
  const asked = await browser.get(endSession, { id_token_hint: ofStranger, post_logout_redirect_uri: back });
  assert.equal((await browser.confirm(asked)).location, back);
  assert.equal(await world.isLive(session), false);
});

test('of several people in one browser the one that is meant is signed out', async (context) => {
  const { world, browser, session, client, hint, account } = await open(context);
  const second = await world.rows.account({ username: 'bob', email: 'bob@example.com', emailVerified: true });
  const other = await browser.signIn(second);
  await browser.get(endSession, { id_token_hint: hint });
  assert.deepEqual([await world.isLive(session), await world.isLive(other)], [false, true]);

  const third = await browser.signIn(account);
  for (const logout_hint of ['bob', 'bob@example.com', second.id, sidOf(other.id, client.id)]) {
    const asked = await browser.get(endSession, { logout_hint, client_id: client.id });
    assertAsks(asked);
    assert.match(asked.html, /bob@example\.com/);
  }
  const asked = await browser.get(endSession, { logout_hint: 'bob' });
  await browser.confirm(asked);
  assert.deepEqual([await world.isLive(third), await world.isLive(other)], [true, false]);
});

test('without any hint everybody in the browser is signed out', async (context) => {
  const { world, browser, session, account } = await open(context);
  const other = await browser.signIn(await world.rows.account({ username: 'bob' }));
  const asked = await browser.get('/logout');
  assertAsks(asked);
  assert.doesNotMatch(asked.html, new RegExp(account.username));
  assertSignedOut(await browser.confirm(asked));
  assert.deepEqual([await world.isLive(session), await world.isLive(other)], [false, false]);
  assertSignedOut(await browser.get('/logout'));
});

test('whoever is not signed in is sent on at once', async (context) => {
  const { world, client } = await open(context);
  const stranger = world.openBrowser();
  const answer = await stranger.get(endSession, { client_id: client.id, post_logout_redirect_uri: back });
  assert.equal(answer.location, back);
  assertSignedOut(await stranger.get(endSession));
});

test('a form that another site sends comes again as a request that the cookies come with', async (context) => {
  const { world, browser, session, hint } = await open(context);
  const parameters = { id_token_hint: hint, post_logout_redirect_uri: back, state: 'ö' };
  await world.openBrowser().post(endSession, parameters);
  assert.equal(await world.isLive(session), true, 'without the cookies it is nobody’s');
  const visit = { method: 'POST', form: parameters, initiator: 'cross-site' } as const;
  const place = await browser.person.open(endSession, visit);
  assert.deepEqual([place.requests, place.url.pathname], [2, endSession]);
  assert.equal(place.location?.href, `${back}?state=%C3%B6`);
  assert.equal(await world.isLive(session), false);
});

test('a form of another site comes again at the path of the issuer, also where a proxy has stripped it', async (context) => {
  const world = await openEndSessionWorld(context, { path: '/op' });
  const client = await world.rows.client({ postLogoutRedirectUris: [back] });
  const parameters = { client_id: client.id, post_logout_redirect_uri: back };
  for (const prefix of ['/op', '']) {
    const visit = { method: 'POST', form: parameters, initiator: 'cross-site' } as const;
    const place = await world.openBrowser().person.open(prefix + endSession, visit);
    assert.deepEqual([place.requests, place.url.pathname], [2, `/op${endSession}`]);
    assert.equal(place.location?.href, back);
  }
});

test('a form of another site that does not fit into an address is refused, and sent nowhere', async (context) => {
  const { world, browser, session, client } = await open(context);
  const elsewhere = world.openBrowser();
  const form = { client_id: client.id, post_logout_redirect_uri: back };
  const fitting = await elsewhere.post(endSession, { ...form, state: 'x'.repeat(7_000) });
  assert.equal(fitting.requests, 2);
  for (const state of ['x'.repeat(8_192), 'é'.repeat(1_400)]) {
    const refused = await elsewhere.post(endSession, { ...form, state });
    assert.deepEqual([refused.status, refused.location, refused.requests], [413, undefined, 1]);
  }
  assert.equal(await world.isLive(session), true);
  const own = await browser.post(endSession, { ...form, state: 'x'.repeat(8_192) });
  assertAsks(own);
});

test('a form of this site is answered at once', async (context) => {
  const { browser, hint } = await open(context);
  const answer = await browser.post(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assert.equal(answer.location, back);
});

// against: redirects/logout-compare
test('an address that is not exactly a registered one is a page, and nobody is signed out', async (context) => {
  const { world, browser, session, hint, client } = await open(context);
  const others = [
    'https://evil.example/',
    `${back}/`,
    `${back}?x=1`,
    `${back}#x`,
    'https://rp.example/Signed-out',
    'https://RP.example/signed-out',
    'https://rp.example:444/signed-out',
    'https://user@rp.example/signed-out',
    'https://rp.example/x/../signed-out',
    'https://rp.example/%73igned-out',
    `${back}\t`,
    'javascript:alert(1)',
    '//evil.example',
  ];
  for (const uri of others) {
    for (const proof of [{ id_token_hint: hint }, { client_id: client.id }]) {
      for (const send of [browser.get, browser.post]) {
        const page = await send(endSession, { ...proof, post_logout_redirect_uri: uri, state: 's' });
        assertError(page, 'Invalid post_logout_redirect_uri');
      }
    }
  }
  assert.equal(await world.isLive(session), true);
});

// against: redirects/logout-compare
test('the address of one client is none of another, and a client must be the one of its hint', async (context) => {
  const { world, browser, session, hint } = await open(context);
  const other = await world.rows.client({ postLogoutRedirectUris: ['https://other.example/'] });
  const foreign = { post_logout_redirect_uri: 'https://other.example/' };
  assertError(
    await browser.get(endSession, { id_token_hint: hint, ...foreign }),
    'Invalid post_logout_redirect_uri',
  );
  assertError(
    await browser.get(endSession, { id_token_hint: hint, client_id: other.id, ...foreign }),
    'Invalid client_id',
  );
  for (const client_id of ['nobody', '00000000-0000-4000-8000-000000000000', '%00']) {
    assertError(await browser.get(endSession, { client_id }), 'Invalid client_id');
  }
  assert.equal(await world.isLive(session), true);
});

test('parameters that are doubled or malformed are a page', async (context) => {
  const { world, browser, session } = await open(context);
  for (const query of ['state=a&state=b', 'client_id=%', 'id_token_hint=%ff', 'a&'.repeat(101)]) {
    const page = await browser.get(`${endSession}?${query}`);
    assertError(page, 'Invalid request');
  }
  assert.equal((await browser.get(`${endSession}?id_token_hint=${'x'.repeat(12_000)}`)).status, 200);
  assert.equal(await world.isLive(session), true);
});

// against: interaction/csrf
test('a confirmation is good for what was asked, in the browser that was asked, and for nothing else', async (context) => {
  const { world, browser, session, client, account } = await open(context);
  const asked = await browser.get(endSession, { client_id: client.id });
  const elsewhere = world.openBrowser();
  const theirs = await elsewhere.signIn(account);
  const other = Buffer.from(`client_id=${client.id}&state=x`).toString('base64url');
  for (const [who, changes] of [
    [browser, { csrf: '' }],
    [browser, { csrf: 'x'.repeat(43) }],
    [browser, { interaction: other }],
    [browser, { interaction: '' }],
    [elsewhere, {}],
  ] as const) {
    const page = await who.confirm(asked, changes);
    assert.equal(page.status, 403);
    assert.match(page.html, /This page has expired/);
  }
  await browser.signIn(await world.rows.account());
  assert.equal((await browser.confirm(asked)).status, 403);
  assert.deepEqual([await world.isLive(session), await world.isLive(theirs)], [true, true]);
});

test('a page that is sent twice, or whose client has changed meanwhile, sends nobody anywhere unproven', async (context) => {
  const { world, browser, session, client } = await open(context);
  const asked = await browser.get(endSession, { client_id: client.id, post_logout_redirect_uri: back });
  const moved = { ...client, revision: 2, postLogoutRedirectUris: ['https://rp.example/elsewhere'] };
  await world.stores.clients.update({ client: moved, audit: anAuditEvent(client.id) });
  assertError(await browser.confirm(asked), 'Invalid post_logout_redirect_uri');
  const disabled = { ...client, revision: 3, enabled: false };
  await world.stores.clients.update({ client: disabled, audit: anAuditEvent(client.id) });
  assertError(await browser.confirm(asked), 'Invalid client_id');
  assert.equal(await world.isLive(session), true);

  const plain = await browser.get('/logout');
  assertSignedOut(await browser.confirm(plain));
  assertSignedOut(await browser.confirm(plain));
});

test('a client that is disabled or deleted since its hint is no way out, and the person can sign out all the same', async (context) => {
  const { world, browser, session, client, hint, account } = await open(context);
  const disabled = { ...client, revision: 2, enabled: false };
  await world.stores.clients.update({ client: disabled, audit: anAuditEvent(client.id) });
  const ofDisabled = { id_token_hint: hint, post_logout_redirect_uri: back };
  const first = await browser.get(endSession, ofDisabled);
  assertAsks(first);
  assert.doesNotMatch(first.html, /Shop/);
  assertError(await browser.get(endSession, { ...ofDisabled, client_id: client.id }), 'Invalid client_id');
  assert.equal(await world.isLive(session), true);
  assertSignedOut(await browser.confirm(first));
  assert.equal(await world.isLive(session), false);

  const again = await browser.signIn(account);
  const audit = anAuditEvent(client.id, 'client.deleted');
  await world.stores.clients.remove({ id: client.id, revision: 2, audit });
  const asked = await browser.get(endSession, { id_token_hint: hint, post_logout_redirect_uri: back });
  assertAsks(asked);
  assertSignedOut(await browser.confirm(asked));
  assert.equal(await world.isLive(again), false);
});

test('the signed-out page loads the addresses of the clients of the session, with iss and sid where they want them', async (context) => {
  const { world, browser, session, hint, account } = await open(context);
  const plain = await world.rows.client({ frontchannelLogoutUri: 'https://plain.example/out?x=1' });
  const exact = await world.rows.client({
    frontchannelLogoutUri: 'https://exact.example/out?x=1',
    frontchannelLogoutSessionRequired: true,
  });
  const bystander = await world.rows.client({ frontchannelLogoutUri: 'https://bystander.example/out' });
  await world.signInAt(session, account, plain, exact);
  await world.rows.consent(account, bystander);
  const page = await browser.get(endSession, {
    id_token_hint: hint,
    post_logout_redirect_uri: back,
    state: 's',
  });
  assert.equal(page.status, 200);
  const frames = [...page.html.matchAll(/<iframe [^>]*src="([^"]+)"/g)].map(([, uri = '']) =>
    uri.replaceAll('&amp;', '&'),
  );
  const query = new URLSearchParams({ iss: issuer, sid: sidOf(session.id, exact.id) });
  assert.deepEqual(
    frames.toSorted(),
    ['https://plain.example/out?x=1', `https://exact.example/out?x=1&${query}`].toSorted(),
  );
  const [first = '', ...more] = page.html.match(/<iframe [^>]*>/g) ?? [];
  assert.equal(more.length, 1);
  for (const frame of [first, ...more]) {
    // Scripts and storage of the client's own; no navigation of the page, no window, no form, no dialog.
    assert.match(frame, / sandbox="allow-scripts allow-same-origin"[ >]/);
    assert.match(frame, / referrerpolicy="no-referrer"[ >]/);
  }
  assert.ok(page.html.includes(`href="${back}?state=s"`));
  assert.match(String(page.headers['content-security-policy']), /frame-src [^;]*https:\/\/exact\.example/);
  assert.equal(await world.isLive(session), false);
});

test('the page is in the language that the request asks for', async (context) => {
  const { world, browser, session } = await open(context);
  const answer = await browser.get(endSession, { ui_locales: 'de' });
  assert.match(answer.html, /<html lang="de"/);
  assert.equal(await world.isLive(session), true);
});
