import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { openLog } from './log-entries.ts';
import { scrapeUntil } from './scrape.ts';

const requests = 'clientele_http_requests_total';
const refusals = 'clientele_oauth_refusals_total';
const route = '/oauth/authorize';
const canary = 'canary-value-that-belongs-to-the-client';

test('a fault of the server that a redirect tells the client is logged with its stack, and counted as one', async (context) => {
  const log = openLog();
  const { server, register, person } = await openSignInWorld(context, { logger: log.logger });
  const shop = await register({ idTokenSignatureAlg: 'HS256' });
  await signInAndAllow(person, shop.authorize());
  await server.database.run(
    `update client_secrets set sealed = null where client_id = '${shop.client.id}' returning id`,
  );
  const place = await person.open(shop.authorize({ response_type: 'id_token', prompt: 'none' }).url);
  assert.equal(place.client?.parameters.get('error'), 'server_error');
  assert.equal(place.status, 303);

  const [fault, ...more] = log.entriesOf('a request failed');
  assert.ok(fault);
  assert.deepEqual(more, []);
  assert.deepEqual([fault['level'], fault['path'], fault['code']], ['error', route, 'server_error']);
  const { message, stack } = fault['error'] as { readonly message: string; readonly stack: string };
  assert.match(message, /the newest live secret is not kept/);
  assert.match(stack, /\bat /);

  const failed = { route, status: '3xx', outcome: 'failed' };
  const { measured } = await scrapeUntil(server, (found) => found.measured(requests, { route }) >= 2);
  assert.equal(measured(requests, failed), 1);
  assert.equal(measured(refusals, { route, error: 'server_error' }), 1);
  const answered = log.entriesOf('request').find(({ requestId }) => requestId === fault['requestId']);
  assert.deepEqual([answered?.['status'], answered?.['code']], [303, 'server_error']);
});

test('what a redirect refuses is logged and counted, wherever the person was, and names no parameter', async (context) => {
  const log = openLog();
  const { server, relyingParty, newPerson } = await openSignInWorld(context, { logger: log.logger });
  const person = newPerson();
  const ask = (parameters: Readonly<Record<string, string>>) =>
    person.open(
      relyingParty.authorize({ state: canary, nonce: canary, login_hint: canary, ...parameters }).url,
    );
  const errorOf = (place: Awaited<ReturnType<typeof ask>>) => place.client?.parameters.get('error');

  assert.equal(errorOf(await ask({ prompt: 'none' })), 'login_required');
  assert.equal(errorOf(await ask({ scope: canary })), 'invalid_scope');
  assert.equal(errorOf(await ask({ resource: `https://${canary}.example` })), 'invalid_target');
  assert.equal(errorOf(await ask({ code_challenge_method: canary })), 'invalid_request');
  const posted = await ask({ prompt: 'none', response_mode: 'form_post' });
  assert.equal(posted.status, 200);
  await ask({});
  await person.signIn(alice);
  assert.equal(errorOf(await person.deny()), 'access_denied');

  const refused = log.entriesOf('a request was refused');
  assert.deepEqual(
    refused.map(({ level, path, code }) => [level, path, code]),
    [
      ['info', route, 'login_required'],
      ['info', route, 'invalid_scope'],
      ['info', route, 'invalid_target'],
      ['info', route, 'invalid_request'],
      ['info', route, 'login_required'],
      ['info', '/consent', 'access_denied'],
    ],
  );
  const outcome = { outcome: 'refused' };
  const consent = { route: '/consent' };
  const { measured, text } = await scrapeUntil(
    server,
    (found) => found.measured(requests, { route }) >= 6 && found.measured(requests, consent) >= 2,
  );
  assert.equal(measured(refusals, { route, error: 'login_required' }), 2);
  assert.equal(measured(refusals, { route, error: 'access_denied' }), 1);
  assert.equal(measured(requests, { route, status: '3xx', ...outcome }), 4);
  assert.equal(measured(requests, { route, status: '2xx', ...outcome }), 1);
  assert.equal(measured(requests, { ...consent, status: '3xx', ...outcome }), 1);
  assert.equal(measured(requests, { outcome: 'failed' }), 0);
  for (const shown of [log.text(), text]) assert.ok(!shown.includes(canary));
});

test('tokens that the authorization endpoint answers with are counted', async (context) => {
  const { server, register, person } = await openSignInWorld(context);
  const shop = await register({ accessTokenFormat: 'opaque' });
  const types = ['token', 'id_token token', 'code token', 'code id_token token', 'id_token'];
  for (const response_type of types) {
    const { client } = await signInAndAllow(person, shop.authorize({ response_type }));
    assert.equal(
      client?.parameters.has('access_token'),
      / ?\btoken$/.test(response_type.replace('id_token', '')),
    );
  }
  const { measured } = await scrapeUntil(server, () => true);
  assert.equal(measured('clientele_tokens_issued_total', { grant: 'implicit', format: 'opaque' }), 4);
  assert.equal(measured('clientele_tokens_issued_total'), 4);
});
