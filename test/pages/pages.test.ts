import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page as BrowserPage, Response } from 'playwright-core';
import { type Display, type Language, languages, type Page } from '../../src/interaction/pages/models.ts';
import { displays } from '../../src/protocol/authorization/parsed-parameters.ts';
import { type Screen, screens, startBrowser, type TestBrowser } from '../fixtures/browser.ts';
import { createEnding } from '../fixtures/teardown.ts';
import { loadChecker, violationsOf } from './accessibility.ts';
import { friendlyWords, hostileWords, pageSamples } from './page-samples.ts';
import { type PageServer, startPageServer } from './page-server.ts';
import { addAuthenticator } from './virtual-authenticator.ts';

/** How the pages are looked at in each language: every two of language, colours and width come together. */
const looks: Readonly<Record<Language, readonly [Look, Look]>> = {
  en: [
    ['light', 'desktop'],
    ['dark', 'phone'],
  ],
  de: [
    ['light', 'phone'],
    ['dark', 'desktop'],
  ],
};

type Look = readonly [colours: 'light' | 'dark', screen: Screen];

async function lookWith(page: BrowserPage, [colorScheme, screen]: Look): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(screens[screen].viewport);
}

/** The rules whose outcome depends on colours and on the width. */
const visualRules = ['color-contrast', 'target-size', 'link-in-text-block'];

/** Whether a response is the answer to a form. */
function isPosted(response: Response): boolean {
  return response.request().method() === 'POST';
}

/** Notes what the browser refuses, and the scripts that fail. */
function complaintsOf(page: BrowserPage): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** The id of what has the focus; empty where it has none. */
function focusedId(page: BrowserPage): Promise<string> {
  return page.evaluate('document.activeElement.id');
}

/** What has the focus, after each press of the tab key. */
async function tabOrder(page: BrowserPage, presses: number): Promise<readonly string[]> {
  const order: string[] = [];
  for (let press = 0; press < presses; press++) {
    await page.keyboard.press('Tab');
    order.push(await focusedId(page));
  }
  return order;
}

/** What a page has come to, after everything on it has had its chance to run. */
interface Seen {
  readonly width: number;
  readonly owned: boolean;
  readonly handlers: number;
  readonly scripts: number;
}

const seenExpression = `({
  width: document.documentElement.scrollWidth,
  owned: 'owned' in globalThis,
  handlers: document.querySelectorAll('[onerror], [onload], [onfocus], [style]').length,
  scripts: document.scripts.length,
})`;

/** The width of the page when its text is twice as large. */
const enlargedExpression = `(() => {
  const larger = new CSSStyleSheet();
  larger.replaceSync('html { font-size: 200% }');
  document.adoptedStyleSheets = [larger];
  return document.documentElement.scrollWidth;
})()`;

/** The height of the page, and of what sends its form. */
const sizesExpression = `({
  page: document.documentElement.scrollHeight,
  button: document.querySelector('.main').getBoundingClientRect().height,
})`;

/** Sends the first form of the page, whatever it is filled in with; true where the page kept it back. */
const sendExpression = `(() => {
  const [form] = document.forms;
  form.noValidate = true;
  let keptBack;
  addEventListener('submit', (event) => { keptBack = event.defaultPrevented; }, { once: true });
  form.requestSubmit();
  return keptBack;
})()`;

/** A page with each complaint that it may have, and with what it says has been done. */
function complainingOf(page: Page): readonly Page[] {
  if (page.kind === 'login') {
    const complaints =
      page.provider === null
        ? (['wrong-credentials', 'too-many-tries', 'passkey-failed'] as const)
        : (['provider-failed', 'not-linked'] as const);
    return complaints.map((complaint) => ({ ...page, complaint, retryAfterSeconds: 150 }));
  }
  if (page.kind === 'second-factor') {
    const complaints = ['wrong-code', 'wrong-recovery-code', 'too-many-tries'] as const;
    return complaints.map((complaint) => ({ ...page, complaint }));
  }
  if (page.kind === 'sign-up') {
    const complaints = ['username-taken', 'email-unusable', 'password-known', 'busy'] as const;
    return complaints.map((complaint) => ({ ...page, complaint }));
  }
  const isTold = ('complaint' in page && page.complaint !== null) || ('done' in page && page.done !== null);
  return isTold ? [page] : [];
}

/** Whether what gets the focus with the first frames is the complaint or the good news, or is described by it. */
const toldExpression = `(async () => {
  for (const _ of 'ab') await new Promise(requestAnimationFrame);
  const notice = document.querySelector('.notice:is(.bad, .good)');
  const { activeElement } = document;
  const ids = (activeElement.getAttribute('aria-describedby') ?? '').split(' ');
  const texts = [activeElement, ...ids.map((id) => document.getElementById(id))].map((element) => element?.textContent);
  return activeElement !== document.body && texts.includes(notice.textContent);
})()`;

describe('pages in a browser', () => {
  const ending = createEnding();
  let browser: TestBrowser;
  let server: PageServer;
  let friendly: Readonly<Record<string, Page>>;
  const hostile = pageSamples(hostileWords);

  before(async () => {
    [browser, server] = await Promise.all([startBrowser(ending), startPageServer(ending)]);
    friendly = pageSamples(friendlyWords(server.origin));
  });
  after(() => ending[Symbol.asyncDispose]());

  const show = async (page: BrowserPage, shown: Page | undefined, language?: Language): Promise<void> => {
    assert.ok(shown);
    await page.goto(server.addressOf(shown, language));
  };
  /** Shows a page that leaves by itself. */
  const begin = async (page: BrowserPage, shown: Page): Promise<void> => {
    await page.goto(server.addressOf(shown), { waitUntil: 'commit' });
  };
  test('no page has a fault that an accessibility checker knows, in any language, light or dark, on a desk or a phone', async (context) => {
    const opened = await browser.open(context);
    await loadChecker(opened);
    const page = await opened.newPage();
    const faults: string[] = [];
    for (const [name, sample] of Object.entries(friendly)) {
      for (const [language, [first, second]] of Object.entries(looks)) {
        await lookWith(page, first);
        await show(page, sample, language as Language);
        const found = [...(await violationsOf(page))];
        await lookWith(page, second);
        found.push(...(await violationsOf(page, visualRules)));
        faults.push(...found.map((fault) => `${name} ${language}: ${fault}`));
      }
    }
    assert.deepEqual(faults, []);
  });

  test('pages for a popup fit into less, those for fingers have larger targets, and neither has a fault', async (context) => {
    const opened = await browser.open(context);
    await loadChecker(opened);
    const page = await opened.newPage();
    await page.setViewportSize({ width: 400, height: 600 });
    const asked = Object.entries(friendly).filter(([, sample]) => 'client' in sample);
    const faultsOf = async (display: Display): Promise<readonly string[]> => {
      const faults: string[] = [];
      for (const [name, sample] of asked) {
        await page.goto(server.addressOf(sample, 'de', display));
        const { width } = await page.evaluate<Seen>(seenExpression);
        if (width > 400) faults.push(`${name}: ${width} pixels`);
        faults.push(...(await violationsOf(page, visualRules)).map((fault) => `${name}: ${fault}`));
      }
      return faults;
    };
    assert.deepEqual([await faultsOf('popup'), await faultsOf('touch')], [[], []]);
    const sizes = new Map<Display, { readonly page: number; readonly button: number }>();
    for (const display of displays) {
      await page.goto(server.addressOf(friendly['sign-up'] ?? assert.fail(), 'en', display));
      sizes.set(display, await page.evaluate(sizesExpression));
    }
    const [usual, popup, touch] = displays.map((display) => sizes.get(display) ?? assert.fail());
    assert.ok(usual && popup && touch);
    assert.ok(popup.page < usual.page && popup.button >= 44, JSON.stringify(popup));
    assert.ok(touch.button > usual.button, JSON.stringify(touch));
  });

  // against: interaction/shown
  test('what people and clients have written is never run, and makes no page wider than a narrow phone', async (context) => {
    const page = await (await browser.open(context, { screen: 'narrow' })).newPage();
    const complaints = complaintsOf(page);
    const faults: string[] = [];
    for (const [name, sample] of [...Object.entries(hostile), ...Object.entries(friendly)]) {
      for (const language of languages) {
        await show(page, sample, language);
        const seen = await page.evaluate<Seen>(seenExpression);
        if (seen.width > 320) faults.push(`${name} ${language}: ${seen.width} pixels`);
        if (seen.owned || seen.handlers > 0 || seen.scripts > 1)
          faults.push(`${name}: ${JSON.stringify(seen)}`);
      }
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(complaints, []);
  });

  test('text that is twice as large makes no page wider than a narrow phone', async (context) => {
    const page = await (await browser.open(context, { screen: 'narrow' })).newPage();
    const faults: string[] = [];
    for (const [name, sample] of [...Object.entries(hostile), ...Object.entries(friendly)]) {
      await show(page, sample, 'de');
      const width = await page.evaluate<number>(enlargedExpression);
      if (width > 320) faults.push(`${name}: ${width} pixels`);
    }
    assert.deepEqual(faults, []);
  });

  test('where the reader has chosen the colours, one part of the account alone is marked as the current one', async (context) => {
    const page = await (await browser.open(context)).newPage();
    await page.emulateMedia({ forcedColors: 'active' });
    await show(page, friendly['sessions']);
    const edges = await page.evaluate<readonly string[]>(
      `Array.from(document.querySelectorAll('nav a'), (link) => getComputedStyle(link).borderBottomColor)`,
    );
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    assert.deepEqual(
      edges.map((edge) => edge === ground),
      [true, true, false, true],
    );
  });

  test('the keyboard reaches everything in the order in which it is read', async (context) => {
    const page = await (await browser.open(context)).newPage();
    await show(page, friendly['login']);
    await page.locator('#username:focus').waitFor();
    assert.deepEqual(await tabOrder(page, 4), [
      'password',
      'show-password',
      'login-submit',
      'passkey-submit',
    ]);
    await show(page, friendly['consent']);
    assert.deepEqual(await tabOrder(page, 4), ['', '', 'consent-allow', 'consent-deny']);
    await show(page, friendly['login-refused']);
    await page.locator('#password:focus').waitFor();
  });

  test('what cannot be undone takes two presses, by the keyboard alone too', async (context) => {
    const page = await (await browser.open(context)).newPage();
    const samples = {
      '#remove-1': 'security',
      '#recovery-codes': 'security-codes',
      '#totp-end': 'security-codes',
    };
    const changes: (string | null)[] = [];
    for (const [button, name] of Object.entries(samples)) {
      await show(page, friendly[name]);
      assert.equal(await page.locator(button).isVisible(), false, button);
      await page
        .locator('details', { has: page.locator(button) })
        .locator('summary')
        .press('Enter');
      await page.keyboard.press('Tab');
      await Promise.all([page.waitForResponse(isPosted), page.keyboard.press('Enter')]);
      changes.push(server.posted.at(-1)?.get('change') ?? null);
    }
    assert.deepEqual(changes, ['passkey-remove', 'recovery-codes', 'totp-end']);
  });

  test('every page sends its form once, and again when it was stopped on its way', async (context) => {
    const page = await (await browser.open(context)).newPage();
    await page.clock.install();
    const send = async () => {
      const [, keptBack] = await Promise.all([page.waitForResponse(isPosted), page.evaluate(sendExpression)]);
      return keptBack;
    };
    const unlike: unknown[] = [];
    for (const [name, sample] of Object.entries(friendly)) {
      await show(page, sample);
      if ((await page.locator('form').count()) === 0) continue;
      const keptBack = [await send(), await page.evaluate(sendExpression)];
      await page.clock.fastForward(5000);
      keptBack.push(await send());
      if (String(keptBack) !== 'false,true,false') unlike.push([name, keptBack]);
    }
    assert.deepEqual(unlike, []);
  });

  test('what is wrong and what has been done is told where the reader begins', async (context) => {
    const page = await (await browser.open(context)).newPage();
    const untold: string[] = [];
    for (const sample of Object.values(friendly).flatMap(complainingOf)) {
      await show(page, sample);
      if ((await page.evaluate(toldExpression)) !== true) untold.push(JSON.stringify(sample));
    }
    assert.deepEqual(untold, []);
  });

  test('the pages work without JavaScript, and offer nothing that would need it', async (context) => {
    const page = await (await browser.open(context, { javaScriptEnabled: false })).newPage();
    await show(page, friendly['login']);
    assert.equal(await page.locator('#passkey-submit').isVisible(), false);
    assert.equal(await page.getByRole('button', { name: 'Show' }).isVisible(), false);
    await page.fill('#username', 'ada');
    await page.fill('#password', 'correct horse');
    const before = server.posted.length;
    await Promise.all([page.waitForResponse(isPosted), page.click('#login-submit')]);
    const [form] = server.posted.slice(before);
    assert.deepEqual([...(form?.keys() ?? [])], ['interaction', 'csrf', 'username', 'password']);
    await show(page, friendly['security']);
    assert.equal(await page.locator('#passkey-needs-script').isVisible(), true);
    await show(page, {
      kind: 'signed-out',
      client: null,
      frameUris: [],
      continueUri: `${server.origin}/next`,
    });
    await page.click('#go-on');
    await page.waitForURL(`${server.origin}/next`);
  });

  test('a form may be answered with a redirect to a client on this machine', async (context) => {
    const page = await (await browser.open(context)).newPage();
    const client = await startPageServer(context);
    server.sendOnTo(`${client.origin}/callback?code=1`);
    const login = friendly['login'];
    assert.ok(login?.kind === 'login');
    await show(page, { ...login, form: { ...login.form, leadsTo: `${client.origin}/callback` } });
    await page.fill('#username', 'ada');
    await page.fill('#password', 'correct horse');
    await page.click('#login-submit');
    await page.waitForURL(`${client.origin}/callback?code=1`);
    await show(page, login);
    const complaints = complaintsOf(page);
    await page.fill('#username', 'ada');
    await page.fill('#password', 'correct horse');
    await Promise.all([page.waitForEvent('console'), page.click('#login-submit')]);
    assert.match(complaints.join(), /form-action/);
    server.sendOnTo(null);
  });

  test('a response is posted to the client by itself, and without JavaScript by a button', async (context) => {
    const client = await startPageServer(context);
    const parameters = { code: 'clc_1', state: '"><script>a&b=1</script>', iss: server.origin };
    const shown: Page = { kind: 'form-post', action: `${client.origin}/callback`, parameters };
    const scripted = await (await browser.open(context)).newPage();
    await Promise.all([scripted.waitForResponse(isPosted), begin(scripted, shown)]);
    const plain = await (await browser.open(context, { javaScriptEnabled: false })).newPage();
    await show(plain, shown);
    await Promise.all([plain.waitForResponse(isPosted), plain.click('button')]);
    assert.deepEqual(
      client.posted.map((form) => Object.fromEntries(form)),
      [parameters, parameters],
    );
  });

  test('after a logout the frames of clients are loaded before the page goes on', async (context) => {
    const client = await startPageServer(context);
    const page = await (await browser.open(context)).newPage();
    const frames = [`${client.origin}/logout?sid=1`, `${client.origin}/logout?sid=2`, 'javascript:alert(1)'];
    const continueUri = `${server.origin}/bye`;
    await page.goto(server.addressOf({ kind: 'signed-out', client: null, frameUris: frames, continueUri }));
    await page.waitForURL(continueUri);
    assert.deepEqual(new Set(client.visited), new Set(['/logout?sid=1', '/logout?sid=2']));
  });

  test('a passkey is made and used', async (context) => {
    const { generateRegistrationOptions, generateAuthenticationOptions, ...verify } = await import(
      '@simplewebauthn/server'
    );
    const opened = await browser.open(context);
    const page = await opened.newPage();
    await addAuthenticator(opened, page);
    const expected = { expectedOrigin: server.origin, expectedRPID: 'localhost' };

    const { security, login } = friendly;
    assert.ok(security?.kind === 'security' && login?.kind === 'login');
    const creation = await generateRegistrationOptions({
      rpName: 'Northwind',
      rpID: 'localhost',
      userName: 'ada',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ id: 'AAAA' }],
    });
    await show(page, { ...security, newPasskey: { options: JSON.stringify(creation), challenge: 'sealed' } });
    await page.fill('#passkey-name', 'Laptop');
    await Promise.all([page.waitForResponse(isPosted), page.click('#passkey-submit')]);
    const made = server.posted.at(-1);
    assert.deepEqual(
      [made?.get('change'), made?.get('name'), made?.get('challenge')],
      ['passkey-add', 'Laptop', 'sealed'],
    );
    const { verified, registrationInfo } = await verify.verifyRegistrationResponse({
      response: JSON.parse(made?.get('passkey') ?? ''),
      expectedChallenge: creation.challenge,
      ...expected,
    });
    assert.ok(verified);

    for (const way of ['by the button', 'where the browser offers it'] as const) {
      const request = await generateAuthenticationOptions({
        rpID: 'localhost',
        userVerification: 'required',
      });
      const offers = way !== 'by the button';
      await page.addInitScript(
        `PublicKeyCredential.isConditionalMediationAvailable = async () => ${String(offers)};`,
      );
      const signedIn = page.waitForResponse(isPosted);
      await begin(page, { ...login, passkeyOptions: JSON.stringify(request) });
      if (!offers) await page.click('#passkey-submit');
      await signedIn;
      const proof = await verify.verifyAuthenticationResponse({
        response: JSON.parse(server.posted.at(-1)?.get('passkey') ?? ''),
        expectedChallenge: request.challenge,
        credential: registrationInfo.credential,
        ...expected,
      });
      assert.ok(proof.verified, way);
    }
  });
});
