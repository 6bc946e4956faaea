import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Html, html, textOf, trusted } from './html.ts';

test('text in a hole is escaped, in content and in attributes', () => {
  const text = `<b a='1' b="2">&amp;</b>`;
  const escaped = '&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;amp;&lt;/b&gt;';
  assert.equal(textOf(html`<p title="${text}">${text}</p>`), `<p title="${escaped}">${escaped}</p>`);
  assert.equal(textOf(html`${[text, [text]]}`), escaped + escaped);
});

test('markup in a hole stays, and null is nothing', () => {
  assert.equal(textOf(html`<p>${html`<b>${'&'}</b>`}${null}${1}${[]}</p>`), '<p><b>&amp;</b>1</p>');
  assert.equal(textOf(html`${trusted('<hr>')}`), '<hr>');
});

test('nothing that came as JSON passes for markup', () => {
  const { [Symbol('markup')]: _, ...forged } = JSON.parse('{"markup":"<b>","Symbol(markup)":"<b>"}');
  assert.throws(() => html`${forged as Html}`);
});

test('a hole in an attribute without quotes is refused, since a space would begin another attribute', () => {
  assert.throws(() => html`<p title=${'a onclick=b'}></p>`, /without quotes/);
  assert.equal(textOf(html`<p ${html`title="1"`}>a = ${'b'}</p>`), '<p title="1">a = b</p>');
});
