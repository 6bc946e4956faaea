import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSignInWorld, type SignInWorldOptions } from '../fixtures/sign-in-world.ts';
import type { Ending } from '../fixtures/teardown.ts';
import { freePort } from '../programs.ts';

const navigation = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const nowhere = '/nowhere/at/all?x=1';

async function open(context: Ending, options: SignInWorldOptions = {}) {
  const { server } = await openSignInWorld(context, options);
  return (path: string, init: RequestInit = {}) =>
    fetch(server.issuer + path, { redirect: 'manual', ...init });
}

test('who opens the issuer in a browser comes to their account', async (context) => {
  const ask = await open(context);
  for (const method of ['GET', 'HEAD']) {
    for (const accept of [navigation, '*/*', 'application/json']) {
      const answer = await ask('/', { method, headers: { accept } });
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/account'], method);
      assert.equal(answer.headers.get('set-cookie'), null);
    }
  }
  const posted = await ask('/', { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
});

test('an issuer with a path leads to the account below it, with the path and behind a proxy that strips it', async (context) => {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}/tenant`;
  await openSignInWorld(context, { env: { PORT: String(port), CLIENTELE_ISSUER: issuer } });
  for (const path of ['/tenant', '/tenant/', '/']) {
    const answer = await fetch(new URL(path, issuer), { redirect: 'manual' });
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/tenant/account'], path);
  }
});

test('a person at an address that does not exist sees a page in their language, and a program reads JSON', async (context) => {
  const ask = await open(context);
  const model = await ask('/account/nowhere', { headers: { accept: navigation } });
  for (const [language, title] of [
    ['en', 'Page not found'],
    ['de', 'Seite nicht gefunden'],
  ] as const) {
    const answer = await ask(nowhere, { headers: { accept: navigation, 'accept-language': language } });
    assert.equal(answer.status, 404);
    const headers = withoutNonces(answer.headers);
    assert.deepEqual(headers, withoutNonces(model.headers));
    const page = await answer.text();
    assert.match(page, new RegExp(`<html lang="${language}"`));
    assert.ok(page.includes(`<title>${title} · `));
    assert.ok(page.includes(answer.headers.get('x-request-id') ?? assert.fail()));
    assert.doesNotMatch(page, /nowhere/);
  }
  for (const accept of ['*/*', 'application/json', 'text/html;q=0.5, application/json', 'image/png', '']) {
    const answer = await ask(nowhere, { headers: { accept } });
    assert.equal(answer.status, 404, accept);
    assert.equal(((await answer.json()) as { readonly error: string }).error, 'not_found');
  }
  const other = await ask('/oauth/jwks', { method: 'DELETE', headers: { accept: navigation } });
  assert.equal(other.status, 405);
  assert.match(other.headers.get('content-type') ?? '', /^application\/json/);
});

test('what is switched off is an address that does not exist', async (context) => {
  const off = { connect: false, loginApi: false, clientsApi: false };
  const ask = await open(context, {
    declarations: { server: { dialects: off } },
    env: { CLIENTELE_GRPC_PORT: undefined },
  });
  const pageAt = async (path: string) => {
    const answer = await ask(path, { headers: { accept: navigation } });
    const { 'content-length': _, ...headers } = withoutNonces(answer.headers);
    return [answer.status, headers, withoutNonce(await answer.text(), answer.headers)];
  };
  const absent = await pageAt(nowhere);
  assert.equal(absent[0], 404);
  for (const path of [
    '/api/clients',
    '/auth/api/login/client',
    '/xeonr.auth.api.v1.ClientsService/ListClients',
  ]) {
    assert.deepEqual(await pageAt(path), absent, path);
  }
});

/** What is of one answer alone is left out. */
function withoutNonces(headers: Headers): Readonly<Record<string, string>> {
  const own = ['date', 'x-request-id', 'content-length'];
  const entries = Array.from(headers).filter(([name]) => !own.includes(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.replaceAll(/'(nonce|sha256)-[^']+'/g, '$1')]),
  );
}

function withoutNonce(html: string, headers: Headers): string {
  return html
    .replaceAll(/nonce="[^"]+"/g, 'nonce')
    .replaceAll(headers.get('x-request-id') ?? assert.fail(), 'id');
}
