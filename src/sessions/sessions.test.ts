import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '../../src/accounts/account.ts';
import { anAccount } from '../../test/fixtures/storage-entries.ts';
import type { Ending } from '../../test/fixtures/teardown.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { createManualClock } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { randomUuid } from '../kernel/random.ts';
import { createEndings } from '../protocol/logout/endings.ts';
import { createCookies } from './cookies.ts';
import type { SessionStore } from './session-store.ts';
import { createSessions, type Sessions, type SessionsDeps, type SignInAtBrowser } from './sessions.ts';

const limits = { idle: 3600, absolute: 36_000 };

/** Sessions over a storage of their own, with a browser that keeps the cookie. */
async function openWorld(context: Ending) {
  const { stores } = await openTestStorage(context);
  const clock = createManualClock();
  const cookies = createCookies('http://localhost');
  const { endSession } = createEndings({ store: stores.endings, clock, wake: () => undefined });
  const gone = new Set<string>();
  const isPlaceInForce: SessionsDeps['isPlaceInForce'] = async ({ identityProviderId }) =>
    !gone.has(identityProviderId);
  const logger = silentLogger;
  const deps = { store: stores.sessions, cookies, limits, endSession, isPlaceInForce, clock, logger };
  const sessions = createSessions(deps);

  const newAccount = async (): Promise<Account> => {
    const account = anAccount({ username: randomUuid() });
    await stores.accounts.insert(account);
    return account;
  };
  return { stores, clock, deps, sessions, gone, newAccount, browser: createBrowser(sessions) };
}

function createBrowser(sessions: Sessions) {
  let cookieHeader: string | undefined;
  return {
    get cookie() {
      return cookieHeader;
    },
    keep(setCookie: string) {
      cookieHeader = setCookie.split(';', 1)[0];
    },
    async signIn(account: Pick<Account, 'id' | 'revision'>, more: Partial<SignInAtBrowser> = {}) {
      const outcome = await sessions.signIn({
        account,
        identityProviderId: 'built-in',
        acr: 'one',
        amr: ['pwd'],
        cookieHeader,
        userAgent: 'Browser/1',
        ...more,
      });
      assert.ok(outcome !== 'gone');
      this.keep(outcome.setCookie);
      return outcome.session;
    },
    read: () => sessions.read(cookieHeader),
  };
}

test('whoever signs in is read from the cookie, and nobody from any other', async (context) => {
  const { sessions, browser, newAccount, clock } = await openWorld(context);
  const account = await newAccount();
  assert.deepEqual(await browser.read(), []);
  const session = await browser.signIn(account);
  assert.deepEqual(await browser.read(), [session]);
  assert.equal(session.accountId, account.id);
  assert.equal(session.authTime, clock.now());
  assert.equal(session.expiresAt, clock.now() + limits.absolute);
  const [name, value = ''] = browser.cookie?.split('=') ?? [];
  const [id] = value.split('.');
  for (const forged of [
    `${id}.${'A'.repeat(43)}`,
    `${id}.`,
    `${id}`,
    `.${'A'.repeat(43)}`,
    value.slice(0, -1),
    '~~~',
    '',
  ]) {
    assert.deepEqual(await sessions.read(`${name}=${forged}`), [], forged);
  }
});

// against: interaction/csrf
test('a sign-in never keeps the secret that the browser came with', async (context) => {
  const { sessions, browser, newAccount } = await openWorld(context);
  const account = await newAccount();
  const before = await browser.signIn(account);
  const planted = browser.cookie;
  const after = await browser.signIn(account, { acr: 'two' });
  assert.notEqual(browser.cookie, planted);
  assert.deepEqual(await sessions.read(planted), []);
  assert.deepEqual(await browser.read(), [after]);
  assert.deepEqual(after, { ...before, acr: 'two' });
});

test('of two tabs that sign in at once each gets a session of its own', async (context) => {
  const { stores, sessions, browser, newAccount, deps } = await openWorld(context);
  const account = await newAccount();
  const before = await browser.signIn(account);
  /** Somebody else is first, between the reading and the writing. */
  const renew: SessionStore['renew'] = async (stored, seen) => {
    await stores.sessions.renew({ ...stored, secretHash: 'of the other tab' }, seen);
    return stores.sessions.renew(stored, seen);
  };
  const raced = createSessions({ ...deps, store: { ...stores.sessions, renew } });
  const outcome = await raced.signIn({
    account,
    identityProviderId: 'built-in',
    acr: null,
    amr: [],
    cookieHeader: browser.cookie,
    userAgent: undefined,
  });
  assert.ok(outcome !== 'gone' && outcome.session.id !== before.id);
  browser.keep(outcome.setCookie);
  assert.deepEqual(await browser.read(), [outcome.session]);
  assert.ok(!browser.cookie?.includes(before.id), 'the browser holds no more what the other tab has now');
  assert.equal((await sessions.listOfAccount(account.id)).length, 2);
});

test('a session that is made because of another tab counts among those that an account may have', async (context) => {
  const { stores, sessions, browser, newAccount, clock, deps } = await openWorld(context);
  const account = await newAccount();
  const oldest = await createBrowser(sessions).signIn(account);
  clock.advance(1);
  for (let count = 2; count < 100; count += 1) await createBrowser(sessions).signIn(account);
  await browser.signIn(account);
  const conflict: SessionStore['renew'] = async () => 'conflict';
  const raced = createSessions({ ...deps, store: { ...stores.sessions, renew: conflict } });
  const outcome = await raced.signIn({
    account,
    identityProviderId: 'built-in',
    acr: null,
    amr: [],
    cookieHeader: browser.cookie,
    userAgent: undefined,
  });
  assert.ok(outcome !== 'gone');
  const left = await stores.sessions.listOfAccount(account.id);
  assert.deepEqual([left.length, left.some(({ id }) => id === oldest.id)], [100, false]);
});

test('what a person proved to one provider is not their session at another', async (context) => {
  const { browser, newAccount } = await openWorld(context);
  const account = await newAccount();
  const own = await browser.signIn(account);
  const federated = await browser.signIn(account, { identityProviderId: 'other' });
  assert.notEqual(federated.id, own.id);
  assert.deepEqual(await browser.read(), [federated, own]);
  const elsewhere = { identityProviderId: 'other', providerIssuer: 'https://elsewhere.example' };
  const ofAnotherIssuer = await browser.signIn(account, elsewhere);
  assert.equal((await browser.signIn(account, elsewhere)).id, ofAnotherIssuer.id);
  assert.deepEqual(await browser.read(), [ofAnotherIssuer, federated, own]);
});

test('a browser holds five sessions, the last used first', async (context) => {
  const { browser, sessions, newAccount } = await openWorld(context);
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) ids.unshift((await browser.signIn(await newAccount())).id);
  const held = (await browser.read()).map(({ id }) => id);
  assert.deepEqual(held, ids.slice(0, 5));
  browser.keep(sessions.putFirst(browser.cookie, held[3] ?? ''));
  assert.equal((await browser.read())[0]?.id, held[3]);
  browser.keep(sessions.forget(browser.cookie, held[3] ?? ''));
  assert.deepEqual(
    (await browser.read()).map(({ id }) => id),
    [held[0], held[1], held[2], held[4]],
  );
});

test('an account is signed in at a hundred browsers, and the ones that it was at longest ago end', async (context) => {
  const { sessions, newAccount, clock, stores } = await openWorld(context);
  const [account, other] = [await newAccount(), await newAccount()];
  const browsers = Array.from({ length: 103 }, () => createBrowser(sessions));
  const bystander = createBrowser(sessions);
  await bystander.signIn(other);
  for (const browser of browsers) {
    await browser.signIn(account);
    clock.advance(1);
  }
  assert.equal((await sessions.listOfAccount(account.id)).length, 100);
  const ended = await Promise.all(browsers.slice(0, 4).map((browser) => browser.read()));
  assert.deepEqual(
    ended.map(({ length }) => length),
    [0, 0, 0, 1],
  );
  assert.equal((await bystander.read()).length, 1);
  await browsers[50]?.signIn(account);
  assert.equal((await stores.sessions.listOfAccount(account.id)).length, 100);
  assert.equal((await browsers[3]?.read())?.length, 1);
});

test('who forgets the last session holds no cookie', async (context) => {
  const { browser, sessions, newAccount } = await openWorld(context);
  const { id } = await browser.signIn(await newAccount());
  assert.match(sessions.forget(browser.cookie, id), /^clientele-session=;.*Max-Age=0/);
});

test('a session ends with its idle time, unless it is used', async (context) => {
  const { browser, sessions, newAccount, clock } = await openWorld(context);
  await browser.signIn(await newAccount());
  clock.advance(limits.idle - 1);
  assert.equal((await browser.read()).length, 1);
  await sessions.flush();
  clock.advance(limits.idle - 1);
  assert.equal((await browser.read()).length, 1);
  await sessions.flush();
  clock.advance(limits.idle);
  assert.deepEqual(await browser.read(), []);
});

test('a session ends with its absolute limit, however much it is used', async (context) => {
  const { browser, sessions, newAccount, clock } = await openWorld(context);
  const account = await newAccount();
  await browser.signIn(account);
  for (let passed = 0; passed + 3000 < limits.absolute; passed += 3000) {
    clock.advance(3000);
    assert.equal((await browser.read()).length, 1);
    await sessions.flush();
  }
  clock.advance(3000);
  assert.deepEqual(await browser.read(), []);
  assert.deepEqual(await sessions.listOfAccount(account.id), []);
});

test('a session whose time is over is still proven by its cookie alone, and is not used by being read so', async (context) => {
  const { browser, sessions, newAccount, clock, stores } = await openWorld(context);
  const session = await browser.signIn(await newAccount());
  for (const seconds of [limits.idle, limits.absolute]) {
    clock.advance(seconds);
    assert.deepEqual(await sessions.readProven(browser.cookie), [session]);
    await sessions.flush();
    assert.deepEqual(await browser.read(), []);
  }
  assert.deepEqual(await sessions.readProven(undefined), []);
  assert.deepEqual(await sessions.readProven(browser.cookie?.replace(/.$/, '~')), []);
  await stores.endings.endSession(session.id, clock.now());
  assert.deepEqual(await sessions.readProven(browser.cookie), []);
});

test('who signs in again goes on in the session whose idle time was over, and the browser still holds that of others', async (context) => {
  const { browser, sessions, newAccount, clock } = await openWorld(context);
  const [account, other] = [await newAccount(), await newAccount()];
  const theirs = await browser.signIn(other);
  const before = await browser.signIn(account);
  const cookie = browser.cookie;
  clock.advance(limits.idle);
  const after = await browser.signIn(account);
  assert.deepEqual([after.id, after.authTime], [before.id, clock.now()]);
  assert.deepEqual(await browser.read(), [after]);
  assert.deepEqual(
    (await sessions.readProven(browser.cookie)).map(({ id }) => id),
    [after.id, theirs.id],
  );
  assert.deepEqual(await sessions.readProven(cookie), [theirs]);
});

test('a session counts while people sign in where it came from, and is proven by its cookie after that', async (context) => {
  const { browser, sessions, newAccount, gone } = await openWorld(context);
  const account = await newAccount();
  const here = await browser.signIn(account);
  const there = await browser.signIn(account, { identityProviderId: 'elsewhere' });
  assert.deepEqual(await browser.read(), [there, here]);
  gone.add('elsewhere');
  assert.deepEqual(await browser.read(), [here]);
  assert.deepEqual(await sessions.listOfAccount(account.id), [here]);
  assert.deepEqual(await sessions.readProven(browser.cookie), [there, here]);
});

test('use is written down at most once a minute', async (context) => {
  const { browser, sessions, newAccount, clock, stores } = await openWorld(context);
  const { id } = await browser.signIn(await newAccount());
  const begun = clock.now();
  const seenAt = async () => (await stores.sessions.load(id))?.session.lastSeenAt;
  clock.advance(59);
  await browser.read();
  await sessions.flush();
  assert.equal(await seenAt(), begun);
  clock.advance(1);
  await browser.read();
  await sessions.flush();
  assert.equal(await seenAt(), begun + 60);
});

test('nobody signs in to an account that is disabled, and its sessions count for nothing', async (context) => {
  const { stores, browser, sessions, newAccount } = await openWorld(context);
  const account = await newAccount();
  await browser.signIn(account);
  await stores.accounts.replace({ ...account, disabled: true });
  assert.deepEqual(await browser.read(), []);
  const outcome = await sessions.signIn({
    account,
    identityProviderId: 'built-in',
    acr: null,
    amr: [],
    cookieHeader: undefined,
    userAgent: undefined,
  });
  assert.equal(outcome, 'gone');
});

test('nobody signs in with what was proven before the account was changed', async (context) => {
  const { stores, browser, sessions, newAccount } = await openWorld(context);
  const account = await newAccount();
  await browser.signIn(account);
  await stores.accounts.replacePassword({ id: account.id, before: null, after: 'another' });
  for (const cookieHeader of [undefined, browser.cookie]) {
    const outcome = await sessions.signIn({
      account,
      identityProviderId: 'built-in',
      acr: null,
      amr: [],
      cookieHeader,
      userAgent: undefined,
    });
    assert.equal(outcome, 'gone');
  }
  assert.equal((await sessions.listOfAccount(account.id)).length, 1);
});

test('no secret of a session is at rest', async (context) => {
  const { stores, browser, newAccount } = await openWorld(context);
  const { id } = await browser.signIn(await newAccount());
  const secret = browser.cookie?.split('.')[1] ?? '';
  assert.equal(secret.length, 43);
  assert.ok(!JSON.stringify(await stores.sessions.load(id)).includes(secret));
});
