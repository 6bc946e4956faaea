import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ProtocolServer, startProtocolServer } from '../../test/fixtures/protocol-server.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const origin = 'https://app.example';
const open = {
  '/oauth/token': 'POST',
  '/oauth/revoke': 'POST',
  '/oauth/userinfo': 'GET, POST',
  '/oauth/jwks': 'GET, HEAD',
  '/.well-known/openid-configuration': 'GET, HEAD',
  '/.well-known/oauth-authorization-server': 'GET, HEAD',
};

for (const [path, methods] of Object.entries(open)) {
  test(`scripts of every origin may call ${path}, without cookies`, async () => {
    const method = methods.split(',')[0] ?? '';
    const preflight = await fetch(server.issuer + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization',
      },
    });
    const { headers, status } = preflight;
    assert.deepEqual(
      [status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-methods')],
      [204, '*', methods],
    );
    assert.match(headers.get('access-control-allow-headers') ?? '', /authorization/);
    const answer = await fetch(server.issuer + path, { method, headers: { origin } });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    for (const response of [preflight, answer]) {
      assert.equal(response.headers.get('access-control-allow-credentials'), null);
    }
  });
}

test('scripts may not call introspection', async () => {
  const headers = { origin, 'access-control-request-method': 'POST' };
  const preflight = await fetch(`${server.issuer}/oauth/introspect`, { method: 'OPTIONS', headers });
  assert.equal(preflight.status, 405);
  const answer = await fetch(`${server.issuer}/oauth/introspect`, { method: 'POST', headers: { origin } });
  for (const response of [preflight, answer]) {
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  }
});
