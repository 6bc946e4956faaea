import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestLimits } from '../../src/http/rate-limits/request-limits.ts';
import { type Logger, silentLogger } from '../../src/kernel/logger.ts';
import { TooManyRequestsError, unlimited } from '../../src/kernel/request-limits.ts';
import { UnavailableError } from '../../src/kernel/unavailable.ts';
import { headingOf, hiddenFields } from './browser.ts';
import { clientUri, openWorld, password } from './world.ts';

const pages = ['/login', '/login/second-factor', '/login/account', '/consent'];
const form = { 'content-type': 'application/x-www-form-urlencoded' };

test('a method that a page is not served with is refused, HEAD too, and does nothing', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  for (const path of [ask(), ...pages]) {
    for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await browser.get(path, { method });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, POST'], `${method} ${path}`);
    }
  }
  assert.equal((await browser.post('/login/provider', {})).status, 405);
  assert.deepEqual(await world.database.run('select id from interactions'), []);
});

test('below the pages there is nothing, and a page says so', async (context) => {
  const { newBrowser } = await openWorld(context);
  for (const path of ['/login/', '/login/none', '/login/callback', '/consent/x', '/login/second-factor/x']) {
    for (const method of ['GET', 'POST']) {
      const answer = await newBrowser().get(path, { method });
      assert.deepEqual([answer.status, headingOf(answer.text)], [404, 'Page not found'], path);
    }
  }
});

const oddBodies: Readonly<Record<string, readonly [number, RequestInit]>> = {
  'of another type': [415, { headers: { 'content-type': 'application/json' }, body: '{}' }],
  'of no type': [415, { headers: { 'content-type': '' }, body: 'a=b' }],
  'with files': [415, { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' }],
  'too large': [413, { headers: form, body: `username=${'x'.repeat(70_000)}` }],
  'with too many fields': [400, { headers: form, body: 'a&'.repeat(101) }],
  'wrongly encoded': [400, { headers: form, body: 'username=%zz' }],
  'with octets that are no text': [400, { headers: form, body: 'username=%ff%fe' }],
  'with control characters': [400, { headers: form, body: 'username=a\u0000b' }],
};

for (const [name, [status, init]] of Object.entries(oddBodies)) {
  test(`a form ${name} is refused with a page`, async (context) => {
    const world = await openWorld(context);
    const browser = world.newBrowser();
    for (const path of pages) {
      const answer = await browser.get(path, { method: 'POST', ...init });
      assert.deepEqual([answer.status, answer.location], [status, ''], path);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
      assert.notEqual(headingOf(answer.text), '');
    }
  });
}

test('a field that stands twice is refused, in every place where a field is read', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { username } = await world.newAccount();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask());
  const fields = new URLSearchParams({ ...hiddenFields(page.text), username, password });
  for (const name of ['interaction', 'csrf', 'username', 'password']) {
    const body = `${fields}&${name}=${fields.get(name)}`;
    assert.equal((await browser.get('/login', { method: 'POST', headers: form, body })).status, 400, name);
  }
  assert.equal((await browser.get(`${page.path}&interaction=x`)).status, 400);
  assert.ok(!browser.cookies.has('clientele-session'));
});

// against: redirects/unproven
test('what cannot be proven of a request is told on a page, titled by what it is', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { client } = await world.newClient();
  const faults = {
    'Invalid client_id': [
      '',
      'client_id=',
      'client_id=x',
      `client_id=${'9'.repeat(5000)}`,
      `redirect_uri=${clientUri}`,
      `client_id=${client.id}&client_id=${client.id}&redirect_uri=${clientUri}`,
      'client_id=%3Cscript%3E&redirect_uri=javascript:alert(1)',
    ],
    'Invalid redirect_uri': [
      `client_id=${client.id}`,
      `client_id=${client.id}&redirect_uri=${clientUri}x`,
      `client_id=${client.id}&redirect_uri=${clientUri}&redirect_uri=${clientUri}`,
      `client_id=${client.id}&redirect_uri=https://evil.example%0d%0aset-cookie:%20a=b`,
    ],
  };
  for (const [title, queries] of Object.entries(faults)) {
    for (const query of queries) {
      const answer = await browser.get(`/oauth/authorize?${query}`);
      assert.deepEqual([answer.status, answer.location], [400, ''], query);
      assert.equal(headingOf(answer.text), title, query);
    }
  }
  assert.deepEqual(await world.database.run('select id from interactions'), []);
});

test('a program that prefers JSON is told of errors in JSON', async (context) => {
  const { newBrowser } = await openWorld(context);
  const answer = await newBrowser().get('/oauth/authorize', {
    headers: { accept: 'application/json, text/html;q=0.5' },
  });
  assert.equal(answer.status, 400);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(Object.keys(JSON.parse(answer.text)), ['error', 'error_description']);
  assert.equal(JSON.parse(answer.text).error, 'invalid_client');
});

// against: interaction/frames
test('no page is framed, stored, sniffed or told of, and none runs what is not its own', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  for (const answer of [
    await browser.visit(ask()),
    await browser.get('/consent'),
    await browser.get('/login/x'),
  ]) {
    const { headers } = answer;
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /base-uri 'none'/);
    assert.ok(!/unsafe|\*/.test(policy), policy);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
  const nonces = [await browser.get('/login/x'), await browser.get('/login/x')].map(
    ({ headers }) => /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1],
  );
  assert.equal(new Set(nonces).size, 2);
  const redirect = await browser.get(ask());
  assert.equal(redirect.headers.get('cache-control'), 'no-store');
  assert.equal(redirect.headers.get('referrer-policy'), 'no-referrer');
});

const modes = {
  query: /^https:\/\/client\.example\/cb\?a=b&error=login_required&state=x%3D1%26y$/,
  fragment: /^https:\/\/client\.example\/cb\?a=b#error=login_required&state=x%3D1%26y$/,
};

for (const [mode, location] of Object.entries(modes)) {
  // against: redirects/unproven
  test(`a response in the ${mode} goes to the client with 303`, async (context) => {
    const world = await openWorld(context);
    const redirectUri = `${clientUri}?a=b`;
    const { ask } = await world.newClient({ redirectUris: [redirectUri] });
    const answer = await world
      .newBrowser()
      .get(ask({ prompt: 'none', state: 'x=1&y', redirect_uri: redirectUri, response_mode: mode }));
    assert.equal(answer.status, 303);
    assert.match(answer.location, location);
  });
}

test('a response by form post is a page that posts it, and may post it there alone', async (context) => {
  const world = await openWorld(context);
  const { ask } = await world.newClient();
  const state = '"><script>alert(1)</script>';
  const answer = await world.newBrowser().get(ask({ prompt: 'none', state, response_mode: 'form_post' }));
  assert.equal(answer.status, 200);
  assert.match(answer.text, new RegExp(`<form method="post" action="${clientUri}"`));
  assert.ok(!answer.text.includes('<script>alert'));
  assert.match(answer.text, /name="error" value="login_required"/);
});

test('a request that another site posts, which comes without cookies, is asked for again with them', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask, client } = await world.newClient();
  const [path = '', query = ''] = ask({ state: 'x y' }).split('?');
  const fields = Object.fromEntries(new URLSearchParams(query));
  const first = await browser.post(path, fields);
  assert.deepEqual([first.status, first.location], [303, ask({ state: 'x y' })]);
  assert.deepEqual(await world.database.run('select id from interactions'), []);
  await browser.visit(first.location);
  assert.match((await browser.post(path, fields)).location, /^\/login\?interaction=/);
  const long = await world.newBrowser().post(path, { ...fields, state: 'x'.repeat(12_000) });
  assert.match(long.location, /^\/login\?interaction=/);
  const odd = await world.newBrowser().get(path, {
    method: 'POST',
    headers: form,
    body: `client_id=${client.id}&redirect_uri=${clientUri}&state=ü\r\nx: y`,
  });
  assert.equal(odd.headers.get('x'), null);
  assert.notEqual(odd.status, 500);
});

test('a request that waits for a person is no larger than what fits into an address', async (context) => {
  const world = await openWorld(context);
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  await browser.get(ask());
  const fields = Object.fromEntries(new URL(ask(), world.origin).searchParams);
  const send = (length: number) =>
    browser.post('/oauth/authorize', { ...fields, padding: 'x'.repeat(length) });
  assert.equal((await send(15_000)).status, 303);
  const before = await world.database.run('select id from interactions');
  assert.equal((await send(17_000)).status, 413);
  assert.deepEqual(await world.database.run('select id from interactions'), before);
});

test('an issuer with a path serves its pages below it, and where a proxy has stripped it', async (context) => {
  const world = await openWorld(context, { path: '/op' });
  const browser = world.newBrowser();
  const { username } = await world.newAccount();
  const { ask } = await world.newClient({ internal: true });
  for (const prefix of ['/op', '']) {
    const begun = await browser.get(prefix + ask({ prompt: 'login' }));
    assert.match(begun.location, /^\/op\/login\?interaction=/);
    const page = await browser.get(begun.location);
    assert.match(page.text, /action="\/op\/login"/);
    const fields = { ...hiddenFields(page.text), username, password };
    assert.ok((await browser.post(`${prefix}/login`, fields)).location.startsWith(clientUri));
  }
  assert.equal((await browser.get('/op/login/none')).status, 404);
});

test('the language is the request’s, then the browser’s', async (context) => {
  const world = await openWorld(context);
  const { ask } = await world.newClient();
  const languageOf = async (parameters: Record<string, string>, acceptLanguage: string) => {
    const browser = world.newBrowser();
    const { location } = await browser.get(ask(parameters));
    const { text } = await browser.get(location, { headers: { 'accept-language': acceptLanguage } });
    return /<html[^>]* lang="?([a-z]+)/.exec(text)?.[1];
  };
  assert.equal(await languageOf({}, 'de-AT, en;q=0.5'), 'de');
  assert.equal(await languageOf({ ui_locales: 'fr de' }, 'en'), 'de');
  assert.equal(await languageOf({ ui_locales: 'fr' }, 'en'), 'en');
});

test('every page up to the answer looks as the request wants it, and others as they always do', async (context) => {
  const world = await openWorld(context);
  const { username } = await world.newAccount();
  const displayOf = ({ text }: { readonly text: string }) =>
    /<html[^>]* data-display="?([a-z]+)/.exec(text)?.[1];
  const { ask } = await world.newClient();
  for (const display of ['popup', 'touch']) {
    const browser = world.newBrowser();
    const page = await browser.visit(ask({ display }));
    const wrong = await browser.post('/login', { ...hiddenFields(page.text), username, password: 'wrong' });
    const done = await browser.post('/login', { ...hiddenFields(page.text), username, password });
    const consent = await browser.get(done.location);
    assert.match(consent.text, /consent-allow/);
    assert.deepEqual([page, wrong, consent].map(displayOf), [display, display, display]);
    assert.equal(displayOf(await browser.get('/login?interaction=none')), 'page');
  }
  for (const parameters of [{}, { display: 'page' }, { display: 'wap' }, { display: '"><b>' }]) {
    assert.equal(displayOf(await world.newBrowser().visit(ask({ ...parameters }))), 'page');
  }
});

test('requests beyond the limits of an address are answered with a page that says when to come again', async (context) => {
  const tooMany = () => {
    throw new TooManyRequestsError('rateLimits.login.perAddress', 7);
  };
  const limits = { authorization: unlimited, interactions: unlimited, login: { admit: tooMany } };
  const world = await openWorld(context, { limits });
  const browser = world.newBrowser();
  const { ask } = await world.newClient();
  const page = await browser.visit(ask());
  assert.equal(page.status, 200);
  for (const path of ['/login', '/login/second-factor']) {
    const answer = await browser.post(path, { ...hiddenFields(page.text), username: 'a', password });
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '7']);
    assert.equal(headingOf(answer.text), 'Too many requests');
    assert.match(answer.text, /<p>[^<]*Try again in 7 seconds\.<\/p>/);
  }
});

// against: operations/limits
test('an address leaves only so many requests waiting for a person, and others of it go on', async (context) => {
  const time = { now: 0 };
  const { interactions } = createRequestLimits({
    settings: {
      interactions: { perAddress: { perSecond: 1, burst: 2 }, perClient: null },
      failedAuthentications: { perAddress: null, perClientAndAddress: null },
      limitLoopback: true,
    },
    endpoints: { interactions: 'none' },
    trustedProxies: [],
    milliseconds: () => time.now,
  });
  const limits = { authorization: unlimited, interactions, login: unlimited };
  const world = await openWorld(context, { limits });
  const waiting = () => world.database.run('select id from interactions');
  const { ask } = await world.newClient({ internal: true });
  const browser = world.newBrowser();
  const { text } = await browser.visit(ask());
  const { username } = await world.newAccount();
  await world.newBrowser().get(ask());
  for (const path of [ask(), '/login']) {
    const refused = await world.newBrowser().get(path);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1'], path);
    assert.equal(headingOf(refused.text), 'Too many requests');
    assert.equal(refused.headers.get('set-cookie'), null);
  }
  assert.equal((await waiting()).length, 2);
  assert.match((await world.newBrowser().get(ask({ prompt: 'none' }))).location, /error=login_required/);
  const signedIn = await browser.post('/login', { ...hiddenFields(text), username, password });
  assert.match(signedIn.location, /code=/);
  assert.match((await browser.get(ask())).location, /code=/);
  time.now += 1000;
  assert.match((await world.newBrowser().get(ask())).location, /^\/login/);
  assert.equal((await waiting()).length, 2);
});

test('a fault of the server is a page that tells nothing of it, and stands in the log', async (context) => {
  const lines: object[] = [];
  const note = (facts: object) => void lines.push(facts);
  const logger: Logger = { ...silentLogger, info: note, warn: note, error: note };
  let fault = new Error('secret detail');
  const authorization = { answer: () => Promise.reject(fault) };
  const world = await openWorld(context, { authorization, logger });
  const failed = await world.newBrowser().get('/oauth/authorize');
  assert.deepEqual([failed.status, headingOf(failed.text)], [500, 'Something went wrong']);
  assert.ok(!failed.text.includes('secret detail'));
  assert.equal(lines.length, 1);
  fault = new UnavailableError(new Error('secret database'));
  const unavailable = await world.newBrowser().get('/oauth/authorize');
  assert.deepEqual([unavailable.status, headingOf(unavailable.text)], [503, 'Temporarily unavailable']);
  assert.ok(!unavailable.text.includes('secret database'));
});
