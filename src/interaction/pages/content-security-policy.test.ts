import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentSecurityPolicy, type PageNeeds } from './content-security-policy.ts';

const nothing: PageNeeds = { images: [], script: 'none', frames: [], forms: 'nowhere' };

function directives(needs: Partial<PageNeeds>): Readonly<Record<string, string>> {
  const policy = contentSecurityPolicy({ ...nothing, ...needs }, 'n0nce');
  assert.doesNotMatch(policy, /[,\r\n]/);
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

test('a page may do nothing that it does not need', () => {
  assert.deepEqual(directives({}), {
    'default-src': "'none'",
    'style-src': "'nonce-n0nce'",
    'img-src': "'self' data:",
    'form-action': "'none'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  });
});

test('the one script runs by its nonce', () => {
  assert.equal(directives({ script: 'runs' })['script-src'], "'nonce-n0nce'");
});

test('images and frames are loaded from where the page has them, and from nowhere else', () => {
  const images = [
    'https://cdn.example:8443/logo.png?a=b',
    null,
    'https://cdn.example:8443/other.png',
    'javascript:1',
  ];
  assert.equal(directives({ images })['img-src'], "'self' data: https://cdn.example:8443");
  const frames = ['https://a.example/logout', 'http://localhost:3000/logout', 'data:text/html,x'];
  assert.equal(directives({ frames })['frame-src'], 'https://a.example http://localhost:3000');
});

test('a form leads here, or to a client over https, this machine or the scheme of its app', () => {
  const targets = (to: string | undefined) => directives({ forms: { to } })['form-action'];
  assert.equal(directives({ forms: 'here' })['form-action'], "'self'");
  assert.equal(targets(undefined), "'self' https:");
  assert.equal(targets('https://client.example/callback'), "'self' https:");
  assert.equal(targets('http://127.0.0.1:7777/callback'), "'self' https: http://127.0.0.1:*");
  assert.equal(targets('http://localhost/callback'), "'self' https: http://localhost:*");
  assert.equal(targets('com.example.app:/callback'), "'self' https: com.example.app:");
  for (const scheme of ['javascript', 'data', 'blob', 'file'])
    assert.equal(targets(`${scheme}:x`), "'self' https:");
});

test('a host that a policy cannot name becomes no directive of its own', () => {
  assert.equal(directives({ images: ['https://a;script-src/x'] })['img-src'], "'self' data: https:");
  assert.equal(directives({ frames: ["https://a,script-src'*'/x"] })['frame-src'], 'https:');
  assert.equal(
    directives({ forms: { to: 'http://[::1]:8080/callback' } })['form-action'],
    "'self' https: http:",
  );
});
