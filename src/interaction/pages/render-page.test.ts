import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHtml } from '../../../test/fixtures/html-page.ts';
import { friendlyWords, hostileWords, pageSamples } from '../../../test/pages/page-samples.ts';
import { pageFaults } from '../page-error.ts';
import { languages, type Page, type PageContext } from './models.ts';
import { renderPage } from './render-page.ts';
import { textsIn } from './texts/texts.ts';

const context: PageContext = {
  language: 'en',
  display: 'page',
  brand: { name: 'Northwind', logoUri: null, color: null },
  nonce: 'n0nce',
  basePath: '',
  shortestPassword: 12,
};
const samples = pageSamples(friendlyWords('https://id.example'));

function htmlOf(page: Page | undefined, changes: Partial<PageContext> = {}): string {
  assert.ok(page);
  return renderPage(page, { ...context, ...changes }).html;
}

test('whoever is to choose a password is told how long it has to be', () => {
  for (const name of ['sign-up', 'security']) {
    const html = htmlOf(samples[name]);
    const hint = /autocomplete="new-password"[^>]*aria-describedby="[^"]*?([\w-]+-hint)/.exec(html)?.[1];
    assert.match(html, new RegExp(`id="${hint}">At least 12 characters\\.`), name);
  }
});

const waits: readonly (readonly [seconds: number, en: string, de: string])[] = [
  [1, 'in 1 second', 'in 1 Sekunde'],
  [59, 'in 59 seconds', 'in 59 Sekunden'],
  [60, 'in about 1 minute', 'in etwa 1 Minute'],
  [61, 'in about 2 minutes', 'in etwa 2 Minuten'],
  [180, 'in about 3 minutes', 'in etwa 3 Minuten'],
];

test('whoever has to wait is told how long, in words', () => {
  const { login, 'second-factor': secondFactor, security, error } = samples;
  for (const [retryAfterSeconds, en, de] of waits) {
    const complaint = 'too-many-tries';
    for (const page of [
      { ...login, complaint, retryAfterSeconds },
      { ...secondFactor, complaint, retryAfterSeconds },
      { ...security, done: null, complaint: { about: 'password', complaint, retryAfterSeconds } },
      { ...error, title: pageFaults.tooMany.title, retryAfterSeconds },
    ] as Page[]) {
      assert.ok(htmlOf(page).includes(`. Try again ${en}.`), `${page.kind}: ${en}`);
      const german = htmlOf(page, { language: 'de' });
      assert.ok(german.includes(`. Versuchen Sie es ${de} noch einmal.`), `${page.kind}: ${de}`);
      assert.doesNotMatch(german, /eine Weile/);
    }
  }
});

test('allow and deny are separate forms, allow first, and the password form is the first of its page', () => {
  const forms = htmlOf(samples['consent']).match(/<form[\s\S]*?<\/form>/g) ?? [];
  assert.equal(forms.length, 2);
  assert.match(forms[0] ?? '', /name="decision" value="allow"[\s\S]*id="consent-allow"/);
  assert.match(forms[1] ?? '', /name="decision" value="deny"[\s\S]*id="consent-deny"/);
  const [login] = htmlOf(samples['login']).match(/<form[\s\S]*?<\/form>/g) ?? [];
  assert.match(login ?? '', /method="post" action="\/login"/);
  for (const part of [
    'name="interaction"',
    'name="csrf"',
    'name="username"',
    'name="password"',
    'id="login-submit"',
  ]) {
    assert.ok(login?.includes(part), part);
  }
  assert.match(htmlOf(samples['logout']), /id="logout-confirm"/);
});

test('every form of a page has the secrets, and is posted to the path of the page below the base path', () => {
  for (const [name, page] of Object.entries(samples)) {
    const html = htmlOf(page, { basePath: '/id' });
    for (const form of html.match(/<form[\s\S]*?<\/form>/g) ?? []) {
      assert.match(form, /name="csrf" value="c{43}"/, name);
      assert.match(form, /^<form method="post" action="\/id\/(?!\/)/, name);
    }
  }
});

test('every page is right HTML, in the language that it says', () => {
  for (const page of [...Object.values(samples), ...Object.values(pageSamples(hostileWords))]) {
    for (const language of languages) {
      const read = readHtml(htmlOf(page, { language }), new URL('https://id.example/'));
      assert.equal(read.language, language);
      assert.match(read.title, / · Northwind$/);
    }
  }
});

test('after a logout the browser goes on without scripts too, unless the address would do something here', () => {
  const goOn = (continueUri: string) =>
    readHtml(
      htmlOf({ kind: 'signed-out', client: null, frameUris: [], continueUri }),
      new URL('https://id.example/logout'),
    );
  const { refresh, links } = goOn('https://client.example/bye?a=1&b="2"');
  assert.equal(refresh?.url.href, 'https://client.example/bye?a=1&b=%222%22');
  assert.equal(links[0]?.href.href, refresh?.url.href);
  assert.equal(goOn('javascript:alert(1)').refresh, null);
  assert.deepEqual(goOn('javascript:alert(1)').links, []);
});

test('a client without a name, or whose name cannot be seen, is said to have none', () => {
  const { login } = samples;
  assert.ok(login?.kind === 'login' && login.client);
  for (const name of [null, '', '\u200b\u202e']) {
    assert.match(htmlOf({ ...login, client: { ...login.client, name } }), /App without a name/);
  }
});

test('where a logo does not load, the first letter of the client stands for it', () => {
  assert.match(htmlOf(samples['consent']), /<img src="[^"]*logo\.png" alt="H"/);
});

test('what can be wrong with a request at a page is said in every language', () => {
  const titles = new Set(Object.values(pageFaults).map(({ title }) => title));
  // The protocol has explanations of its own for this one.
  titles.delete(pageFaults.malformed.title);
  assert.deepEqual(
    [...titles].filter((title) => textsIn.de.errors[title] === undefined),
    [],
  );
});

test('an unverified client is said to be so wherever it asks', () => {
  for (const name of ['login', 'consent', 'second-factor', 'sign-up', 'account-chooser', 'logout']) {
    const page = samples[name];
    assert.ok(page && 'client' in page && page.client);
    const unverified = { ...page, client: { ...page.client, verified: false } } as Page;
    assert.match(htmlOf(unverified), /Not verified/, name);
    assert.doesNotMatch(htmlOf(page), /Not verified/, name);
  }
});

test('an error page says its title in every language, and the rest in the language of the page', () => {
  const page = samples['error'];
  for (const language of languages) assert.match(htmlOf(page, { language }), /Invalid redirect_uri/);
  assert.match(htmlOf(page, { language: 'de' }), /nicht für sie hinterlegt/);
});

test('the languages say all that there is to say', () => {
  const shapeOf = (value: unknown): unknown => {
    if (typeof value === 'function') return value.length;
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
  };
  const { errors: _, ...english } = textsIn.en;
  for (const language of languages) {
    const { errors: __, ...texts } = textsIn[language];
    assert.deepEqual(shapeOf(texts), shapeOf(english));
  }
});

test('what is hostile is escaped, and no address that acts becomes a link', () => {
  for (const [name, page] of Object.entries(pageSamples(hostileWords))) {
    const html = htmlOf(page);
    assert.doesNotMatch(
      html,
      /<script(?! nonce="n0nce">)|<img|<svg onload|href="javascript|src="javascript/,
      name,
    );
    assert.doesNotMatch(html.replace(/<[^>]*>/g, ''), /[\u202e\u2066\u200b\u2028]/, name);
    assert.ok(html.length < 60_000, `${name} is ${html.length} characters long`);
  }
});
