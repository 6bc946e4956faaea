import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefersJson } from './accepts.ts';
import { languageOf } from './locale.ts';

test('a page is written in the first wanted language that there are texts in', () => {
  assert.equal(languageOf(['fr', 'de-CH', 'en'], 'en'), 'de');
  assert.equal(languageOf([], 'fr, de;q=0.8, en;q=0.9'), 'en');
  assert.equal(languageOf([], 'DE-at'), 'de');
  assert.equal(languageOf([], 'en;q=0.1, de; q=0.2'), 'de');
});

test('where nothing that is wanted can be had, a page is written in English', () => {
  for (const header of [undefined, '', '*', 'fr', 'de;q=0', 'de;q=x', ';;;,,', 'deutsch']) {
    assert.equal(languageOf([], header), 'en', header ?? 'none');
  }
  assert.equal(languageOf(['', '-', 'x'.repeat(5000)], undefined), 'en');
});

test('JSON is for those who prefer it, and browsers do not', () => {
  for (const accept of ['application/json', 'text/html;q=0.5, application/json', 'APPLICATION/JSON, */*']) {
    assert.equal(prefersJson(accept), true, accept);
  }
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
  for (const accept of [
    undefined,
    '',
    '*/*',
    browser,
    'text/html, application/json',
    'application/json;q=0',
  ]) {
    assert.equal(prefersJson(accept), false, accept ?? 'none');
  }
});
