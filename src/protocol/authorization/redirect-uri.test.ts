import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lookalikeUris, registeredUri as registered } from '../../../test/fixtures/lookalike-uris.ts';
import { isRegistered, redirectHostOf } from './redirect-uri.ts';

for (const uri of lookalikeUris) {
  // against: redirects/compare
  test(`another string is another redirect URI: ${JSON.stringify(uri)}`, () => {
    assert.equal(isRegistered(registered, [registered]), true);
    assert.equal(isRegistered(uri, [registered]), false);
  });
}

const web = fc.webUrl({ withQueryParameters: true });

test('a URI is registered if and only if it is in the list', () => {
  fc.assert(
    fc.property(web, fc.array(web, { maxLength: 4 }), (uri, others) => {
      assert.equal(isRegistered(uri, [...others, uri]), true);
      assert.equal(
        isRegistered(
          uri,
          others.filter((other) => other !== uri),
        ),
        false,
      );
    }),
  );
});

test('whatever is changed in a URI of the web, it is another', () => {
  fc.assert(
    fc.property(web, fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (uri, position, inserted) => {
      const at = position % (uri.length + 1);
      assert.equal(isRegistered(uri.slice(0, at) + inserted + uri.slice(at), [uri]), false);
      assert.equal(isRegistered(uri.slice(0, at) + uri.slice(at + 1), [uri]), at === uri.length);
    }),
  );
});

const loopback = fc.constantFrom('127.0.0.1', '[::1]');
const port = fc.integer({ min: 1, max: 65_535 }).map((number) => `:${number}`);
const path = fc
  .webPath()
  .map((text) => text || '/')
  .filter((text) => text.startsWith('/'));

// against: redirects/loopback
test('on a loopback address the port is free, and nothing else is', () => {
  fc.assert(
    fc.property(
      loopback,
      fc.option(port, { nil: '' }),
      fc.option(port, { nil: '' }),
      path,
      path,
      (host, first, second, here, there) => {
        const uri = `http://${host}${first}${here}`;
        assert.equal(isRegistered(`http://${host}${second}${here}`, [uri]), true);
        assert.equal(isRegistered(`http://${host}${second}${there}`, [uri]), here === there);
        assert.equal(isRegistered(`https://${host}${second}${here}`, [uri]), false);
      },
    ),
  );
});

for (const uri of [
  'http://localhost:1/callback',
  'http://127.0.0.2:1/callback',
  'http://127.0.0.1:1/Callback',
  'http://127.0.0.1:1/callback?x',
  'http://127.0.0.1:1/callback#x',
  'http://127.0.0.1:/callback',
  'http://127.0.0.1:0/callback',
  'http://127.0.0.1:01/callback',
  'http://127.0.0.1:65536/callback',
  'http://127.0.0.1:123456/callback',
  'http://127.0.0.1:1@evil.example/callback',
  'http://127.0.0.1.evil.example/callback',
  'http://127.0.0.1:80.evil.example/callback',
  'http://[::1]:1/callback',
  'http://2130706433:1/callback',
  'http://127.0.0.1\\@evil.example/callback',
  'http://127.0.0.1:1\n/callback',
  'http://127.0.0.1:1/callback\n',
]) {
  // against: redirects/loopback
  test(`no port makes it the registered loopback URI: ${JSON.stringify(uri)}`, () => {
    assert.equal(isRegistered(uri, ['http://127.0.0.1/callback', 'http://localhost/callback']), false);
  });
}

test('what a person is told of a redirect URI is its host, or the scheme of an app', () => {
  assert.equal(redirectHostOf('https://client.example/a?b'), 'client.example');
  assert.equal(redirectHostOf('https://client.example:8443/a'), 'client.example:8443');
  assert.equal(redirectHostOf('http://127.0.0.1:51004/a'), '127.0.0.1');
  assert.equal(redirectHostOf('http://[::1]:51004/a'), '[::1]');
  assert.equal(redirectHostOf('http://localhost:3000/a'), 'localhost:3000');
  assert.equal(redirectHostOf('com.example.app:/callback'), 'com.example.app:');
});
