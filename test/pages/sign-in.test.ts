import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TOTP } from 'otpauth';
import type { BrowserContext, Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../fixtures/browser.ts';
import type { RelyingParty } from '../fixtures/relying-party.ts';
import { alice, bob, openSignInWorld, type Resident, type SignInWorld } from '../fixtures/sign-in-world.ts';
import { createEnding } from '../fixtures/teardown.ts';
import { loadChecker, violationsOf } from './accessibility.ts';
import { startPageServer } from './page-server.ts';
import { addAuthenticator } from './virtual-authenticator.ts';

/** A browser, and what it has refused. */
interface Seat {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: readonly string[];
}

describe('a sign-in in a browser', () => {
  const ending = createEnding();
  let browser: TestBrowser;
  let world: SignInWorld;
  /** Where the pages of clients are. */
  let callback: string;
  let signedOut: string;

  before(async () => {
    const client = await startPageServer(ending);
    callback = `${client.origin}/callback`;
    signedOut = `${client.origin}/signed-out`;
    [browser, world] = await Promise.all([startBrowser(ending), openSignInWorld(ending)]);
  });
  after(() => ending[Symbol.asyncDispose]());

  const register = (): Promise<RelyingParty> =>
    world.register({ redirectUris: [callback], postLogoutRedirectUris: [signedOut] });

  const sitDown = async (...[test, options]: Parameters<TestBrowser['open']>): Promise<Seat> => {
    const context = await browser.open(test, options);
    await loadChecker(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy|TrustedHTML/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    return { context, page, complaints };
  };

  const typePassword = async (
    page: Page,
    { username, password }: Pick<Resident, 'username' | 'password'>,
  ) => {
    await page.fill('#username', username);
    await page.fill('#password', password);
    await page.click('#login-submit');
  };

  test('a double click sends a form once, and the way back lets it be sent again', async (context) => {
    const { page, complaints } = await sitDown(context);
    const relyingParty = await register();
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
    });
    await page.goto(relyingParty.authorize({ scope: 'openid' }).url.href);
    await page.fill('#username', alice.username);
    await page.fill('#password', alice.password);
    const held = Promise.withResolvers<void>();
    await page.route('**/login', async (route) => {
      await held.promise;
      await route.continue();
    });
    const click = `document.getElementById('login-submit').click()`;
    await page.evaluate(`${click}; new Promise((done) => setTimeout(() => done(${click}), 200))`);
    held.resolve();
    await page.locator('#consent-allow').waitFor();
    assert.deepEqual(posts, ['/login']);
    await page.goBack();
    await Promise.all([
      page.waitForRequest((request) => request.method() === 'POST'),
      typePassword(page, alice),
    ]);
    assert.deepEqual([posts, complaints], [['/login', '/login'], []]);
  });

  for (const look of [
    { screen: 'desktop', colorScheme: 'light' },
    { screen: 'phone', colorScheme: 'dark' },
  ] as const) {
    test(`a person signs in, says no, allows, and signs out, on a ${look.screen} in ${look.colorScheme}`, async (context) => {
      const { page, complaints } = await sitDown(context, look);
      const relyingParty = await register();
      const request = relyingParty.authorize({ scope: 'openid email profile' });
      await page.goto(request.url.href);
      assert.deepEqual(await violationsOf(page), []);
      await typePassword(page, { ...alice, password: 'wrong' });
      await page.locator('#complaint').waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await typePassword(page, alice);
      await page.locator('#consent-allow').waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.click('#consent-deny');
      await page.waitForURL(`${callback}?*`);
      assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied');

      const again = relyingParty.authorize({ scope: 'openid email profile' });
      await page.goto(again.url.href);
      await page.click('#consent-allow');
      await page.waitForURL(`${callback}?*`);
      const parameters = new URL(page.url()).searchParams;
      const answer = { redirectUri: callback, mode: 'query', parameters } as const;
      const { idToken } = await relyingParty.complete(answer, again);

      const logout = relyingParty.endSession({
        post_logout_redirect_uri: signedOut,
        client_id: relyingParty.client.id,
      });
      await page.goto(logout.href);
      assert.deepEqual(await violationsOf(page), []);
      await page.click('#logout-confirm');
      await page.waitForURL(signedOut);
      await page.goto(relyingParty.authorize({ id_token_hint: idToken ?? '' }).url.href);
      await page.locator('#login-submit').waitFor();
      assert.deepEqual(complaints, []);
    });
  }

  test('a person adds a passkey and an authenticator app, and signs in with either', async (context) => {
    const { context: opened, page, complaints } = await sitDown(context);
    await addAuthenticator(opened, page);
    await page.goto(`${world.server.issuer}/account/security`);
    await typePassword(page, bob);
    await page.fill('#passkey-name', 'Laptop');
    await page.click('#passkey-submit');
    await page.getByText('The passkey has been added').waitFor();

    await page.click('#totp-begin');
    const secret = ((await page.locator('.scan code').textContent()) ?? '').replaceAll(' ', '');
    assert.deepEqual(await violationsOf(page), []);
    await page.fill('#code', new TOTP({ secret }).generate());
    await page.click('#totp-confirm');
    const recoveryCode = (await page.locator('.codes code').first().textContent()) ?? '';
    assert.deepEqual(await violationsOf(page), []);

    const relyingParty = await register();
    const first = relyingParty.authorize({ prompt: 'login' });
    // The browser offers the passkey by itself, and its owner is there.
    await page.goto(first.url.href, { waitUntil: 'commit' });
    await page.locator('#consent-allow').click();
    await page.waitForURL(`${callback}?*`);
    assert.deepEqual(complaints, []);

    const elsewhere = await sitDown(context);
    await elsewhere.page.goto(relyingParty.authorize().url.href);
    await typePassword(elsewhere.page, bob);
    await elsewhere.page.locator('#code').waitFor();
    assert.deepEqual(await violationsOf(elsewhere.page), []);
    await elsewhere.page.locator('summary').click();
    await elsewhere.page.fill('#recovery-code', recoveryCode);
    await elsewhere.page.locator('#recovery-code').press('Enter');
    await elsewhere.page.waitForURL(`${callback}?*`);
    assert.deepEqual(elsewhere.complaints, []);
  });
});
