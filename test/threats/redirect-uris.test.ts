import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookalikeUris, registeredUri as registered } from '../fixtures/lookalike-uris.ts';
import type { Place } from '../fixtures/person.ts';
import { settledContent } from '../fixtures/settled-content.ts';
import { openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';

/** A page that says what is wrong, and leads nowhere. */
function assertStays({ status, location, page, client }: Place, title: string, what: string): void {
  assert.deepEqual([status, location, client], [400, null, null], what);
  assert.equal(page?.title.split(' · ', 1)[0], title, what);
  assert.deepEqual([page?.forms, page?.frames, page?.refresh], [[], [], null], what);
  assert.doesNotMatch(page?.html ?? '', /evil\.example|alert\(1\)/, what);
}

describe('a browser is sent to no address that looks like a registered one', () => {
  // against: redirects/compare, redirects/schemes, redirects/unproven
  test('from the authorization endpoint, by GET and POST, whatever the response and its mode', async (context) => {
    const { server, person, relyingParty } = await openSignInWorld(context, {
      client: { redirectUris: [registered] },
    });
    assert.ok((await signInAndAllow(person, relyingParty.authorize())).client);
    const before = await settledContent(server.database);
    for (const redirect_uri of lookalikeUris) {
      for (const parameters of [
        {},
        { prompt: 'none' },
        { response_mode: 'form_post' },
        { scope: 'nothing' },
      ]) {
        const { url } = relyingParty.authorize({ ...parameters, redirect_uri });
        const what = JSON.stringify([redirect_uri, parameters]);
        assertStays(await person.open(url), 'Invalid redirect_uri', what);
        const form = url.searchParams;
        assertStays(
          await person.open('/oauth/authorize', { method: 'POST', form }),
          'Invalid redirect_uri',
          what,
        );
      }
    }
    for (const pair of [
      [registered, registered],
      [registered, 'https://evil.example'],
      ['https://evil.example', registered],
    ]) {
      const { url } = relyingParty.authorize({ redirect_uri: pair });
      assertStays(await person.open(url), 'Invalid redirect_uri', String(pair));
    }
    assert.equal(await settledContent(server.database), before);
  });

  // against: redirects/compare, single-use/bound
  test('and no code is exchanged for one', async (context) => {
    const { person, relyingParty } = await openSignInWorld(context, {
      client: { redirectUris: [registered, 'https://client.example/other'] },
    });
    const request = relyingParty.authorize();
    const { client } = await signInAndAllow(person, request);
    const code = client?.parameters.get('code') ?? '';
    for (const redirect_uri of [...lookalikeUris, 'https://client.example/other', null]) {
      const { status, body } = await relyingParty.exchange(code, request, { redirect_uri });
      assert.equal(status, 400, String(redirect_uri));
      assert.match(String(body['error']), /^invalid_(grant|request)$/, String(redirect_uri));
    }
    assert.equal((await relyingParty.exchange(code, request)).status, 200);
  });

  // against: redirects/logout-compare, redirects/unproven
  test('after a logout, by GET and POST, whoever it is that is signed in', async (context) => {
    const { person, newPerson, relyingParty } = await openSignInWorld(context, {
      client: { postLogoutRedirectUris: [registered] },
    });
    const request = relyingParty.authorize();
    const { idToken } = await relyingParty.complete((await signInAndAllow(person, request)).client, request);
    for (const post_logout_redirect_uri of lookalikeUris) {
      for (const visitor of [person, newPerson()]) {
        const url = relyingParty.endSession({ id_token_hint: idToken, post_logout_redirect_uri });
        const title = 'Invalid post_logout_redirect_uri';
        assertStays(await visitor.open(url), title, post_logout_redirect_uri);
        const form = url.searchParams;
        assertStays(
          await visitor.open('/oauth/end-session', { method: 'POST', form }),
          title,
          post_logout_redirect_uri,
        );
      }
    }
    const url = relyingParty.endSession({ id_token_hint: idToken, post_logout_redirect_uri: registered });
    const { status, location } = await person.open(url);
    assert.deepEqual([status, location?.href], [303, registered]);
  });

  // against: redirects/loopback
  test('and the port is free on the two loopback addresses alone', async (context) => {
    const { person, register } = await openSignInWorld(context);
    const redirectUris = [
      'http://127.0.0.1/callback',
      'http://[::1]:5000/callback',
      'http://localhost:5000/callback',
      'https://client.example/callback',
    ];
    const relyingParty = await register({ redirectUris });
    const reached = async (redirect_uri: string) => {
      const place = await signInAndAllow(person, relyingParty.authorize({ redirect_uri }));
      return place.client?.redirectUri ?? place.status;
    };
    for (const uri of ['http://127.0.0.1:49152/callback', 'http://[::1]:49152/callback']) {
      assert.equal(await reached(uri), uri);
    }
    for (const uri of [
      'http://localhost:5001/callback',
      'http://127.0.0.2:5000/callback',
      'http://127.0.0.1:49152/callback/',
      'http://127.0.0.1:0x50/callback',
      'http://user@127.0.0.1:5000/callback',
      'http://127.0.0.1.evil.example:5000/callback',
      'https://127.0.0.1:5000/callback',
      'https://client.example:5000/callback',
    ]) {
      assert.equal(await reached(uri), 400, uri);
    }
  });
});
