import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { imageUriFault, logoutUriFault, redirectUriFault, webPageUriFault } from './uri.ts';

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
  'https://APP.example:443/cb',
  'http://localhost:80/cb',
  'com.example.app:/oauth/cb',
  'com.example.app://oauth/cb',
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
  'http://127.1/cb',
  'http://2130706433/cb',
  'http://0x7f.0.0.1/cb',
  'http://0177.0.0.1/cb',
  'http://[0:0:0:0:0:0:0:1]/cb',
  'http://%6cocalhost/cb',
  'https://app%2eexample/cb',
  'https://app.example:0443/cb',
  'https://app.example:/cb',
  'https://app.example/%',
  'https://app.example/%zz',
  'com.example.app://user@oauth/cb',
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

// against: redirects/stored
test('a redirect URI that a browser and a library could read differently is refused', () => {
  for (const uri of bad) assert.notEqual(redirectUriFault(uri), undefined, JSON.stringify(uri));
});

// against: redirects/logout-stored
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

test('an image elsewhere is https', () => {
  assert.equal(imageUriFault('https://app.example/logo.png'), undefined);
  assert.notEqual(imageUriFault('http://localhost/logo.png'), undefined);
  assert.notEqual(imageUriFault('data:image/png;base64,AAAA'), undefined);
});

const oneOf = (...texts: readonly string[]) => fc.constantFrom(...texts);
const mostlyUris = fc
  .tuple(
    oneOf('https', 'http', 'HTTPS', 'com.example.app', 'javascript', 'data', 'file', 'my-app', ''),
    oneOf('://', ':', ':/', ':///', ':\\\\', '//', ':// '),
    oneOf('', '', 'user@', 'user:password@', '@', '%40'),
    oneOf(
      'app.example',
      'APP.example',
      'localhost',
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '[::1]',
    ).chain((host) =>
      oneOf(host, host, `${host}.`, `*.${host}`, `${host}%00`, `${host}\t`, `b\u00fccher.${host}`),
    ),
    oneOf('', '', ':443', ':80', ':8443', ':', ':0', ':99999'),
    oneOf('', '/', '/cb', '/../cb', '/%2e%2e/cb', '\\cb', '?a=b', '#', '#x', '/@evil.example', '/%'),
    oneOf('', '', '#x', '\n', '?next=https://evil.example', ';x', '*'),
  )
  .map((parts) => parts.join(''));

/** The scheme, host and port as RFC 3986 Appendix B reads them, without WHATWG's forgiveness. */
function readPlainly(uri: string): { readonly scheme: string; readonly authority: string } {
  const [, scheme = '', authority = ''] = /^([^:/?#]+):(?:\/\/([^/?#]*))?/.exec(uri) ?? [];
  return { scheme: scheme.toLowerCase(), authority: authority.toLowerCase() };
}

// against: redirects/schemes
test('whatever passes as a redirect URI has an allowed scheme, no fragment, no credentials, and one origin for every reader', () => {
  let passed = 0;
  fc.assert(
    fc.property(
      fc.oneof(mostlyUris, fc.webUrl({ withFragments: true, withQueryParameters: true })),
      (uri) => {
        if (redirectUriFault(uri) !== undefined) return;
        passed += 1;
        const url = new URL(uri);
        const { scheme, authority } = readPlainly(uri);
        assert.ok(!uri.includes('#') && !uri.includes('*'));
        assert.deepEqual([url.username, url.password], ['', '']);
        assert.equal(url.protocol, `${scheme}:`);
        const isWeb = scheme === 'https' || scheme === 'http';
        assert.ok(isWeb || scheme.includes('.'));
        if (!isWeb) return;
        assert.ok(scheme === 'https' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname));
        assert.equal(new URL(`${scheme}://${authority}`).origin, url.origin);
        assert.ok([url.host, `${url.host}:443`, `${url.host}:80`].includes(authority));
      },
    ),
    { numRuns: 5000 },
  );
  assert.ok(passed > 100, `only ${passed} passed`);
});
