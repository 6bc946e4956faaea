import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logoutUriFault, redirectUriFault, webPageUriFault } from './uri.ts';

const good = [
  'https://app.example/cb',
  'https://app.example',
  'https://app.example:8443/cb?tenant=a&x=%20y',
  'https://xn--bcher-kva.example/cb',
  'https://[2001:db8::1]/cb',
  'http://localhost/cb',
  'http://localhost:3000/cb',
  'http://127.0.0.1:49152/cb',
  'http://[::1]:49152/cb',
  'com.example.app:/oauth/cb',
];

const bad = [
  '',
  'app.example/cb',
  '/cb',
  'http://app.example/cb',
  'http://127.0.0.1.evil.example/cb',
  'http://localhost.evil.example/cb',
  'https:app.example/cb',
  'https:/app.example/cb',
  'https://user@app.example/cb',
  'https://app.example@evil.example/cb',
  'https://app.example/cb#',
  'https://app.example/cb#fragment',
  'https://*.app.example/cb',
  'https://app.example/*',
  'https://app.example\\@evil.example/cb',
  'https://app.example/a/../cb',
  'https://app.example/..;/cb',
  'https://app.example/%2e%2e/cb',
  'https://app.example/%252e%252e/cb',
  'https://app.example/a%2fb',
  'https://app.example/a%252fb',
  'https://app.example/a%5cb',
  'https://app.example/ cb',
  'https://app.example/c\tb',
  'https://app.example/c\nb',
  'https://bücher.example/cb',
  '\u0001https://app.example/cb',
  ' https://app.example/cb',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://app.example/1',
  'about:blank',
  'ftp://app.example/cb',
  'myapp:/cb',
  `https://app.example/${'a'.repeat(2048)}`,
];

test('a redirect URI is https anywhere, http on loopback, or a private-use scheme with a dot', () => {
  for (const uri of good) assert.equal(redirectUriFault(uri), undefined, uri);
});

test('a redirect URI that a browser and a library could read differently is refused', () => {
  for (const uri of bad) assert.notEqual(redirectUriFault(uri), undefined, JSON.stringify(uri));
});

test('a logout URI is https, or http on loopback, and never a private-use scheme', () => {
  assert.equal(logoutUriFault('https://app.example/logout'), undefined);
  assert.equal(logoutUriFault('http://localhost:3000/logout'), undefined);
  assert.notEqual(logoutUriFault('http://app.example/logout'), undefined);
  assert.notEqual(logoutUriFault('com.example.app:/logout'), undefined);
  assert.notEqual(logoutUriFault('https://app.example/logout#x'), undefined);
});

test('a website is http or https', () => {
  assert.equal(webPageUriFault('http://app.example'), undefined);
  assert.notEqual(webPageUriFault('javascript:alert(1)'), undefined);
});
