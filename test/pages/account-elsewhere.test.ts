import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { startOpenIdProvider } from '../fixtures/openid-provider.ts';
import { openSignInWorld } from '../fixtures/sign-in-world.ts';
import type { Ending } from '../fixtures/teardown.ts';

const providers = '/api/identity-providers';

/** Somebody who has signed in at another provider, for a client that allows it. */
async function openElsewhere(context: Ending) {
  const there = await startOpenIdProvider(context);
  const { person, register, server } = await openSignInWorld(context, {
    env: { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true' },
  });
  const send = await openDocumented(server);
  const token = await server.bootstrapToken('identity-providers:manage:all clients:manage:all');
  const values = {
    name: 'Elsewhere',
    type: 'oidc',
    issuer: there.issuer,
    client_id: there.clientId,
    client_secret: there.clientSecret,
  };
  const made = await send('POST', providers, { token, body: { identity_provider: values } });
  const { id } = (made.json as { readonly data: { readonly id: string } }).data;
  const relyingParty = await register({ identityProviderId: id });
  await person.open(relyingParty.authorize({ scope: 'openid' }).url);
  const [link] = person.page().links.filter(({ href }) => href.pathname === '/login/provider');
  const { location } = await person.open(link?.href ?? assert.fail(person.page().text));
  await person.open(await there.visit(location?.href ?? assert.fail()));
  return {
    person,
    sessions: () => server.database.run('select id from sessions'),
    moveProvider: async () => {
      const moved = { ...values, issuer: 'https://another.example' };
      const answer = await send('PUT', `${providers}/${id}`, { token, body: { identity_provider: moved } });
      assert.equal(answer.status, 200, answer.text);
    },
    removeProvider: async () => {
      await send('DELETE', `/api/clients/${relyingParty.client.id}`, { token });
      const answer = await send('DELETE', `${providers}/${id}`, { token });
      assert.equal(answer.status, 204, answer.text);
    },
  };
}

for (const [what, change] of [
  ['has another issuer', 'moveProvider'],
  ['is gone', 'removeProvider'],
] as const) {
  test(`whose provider ${what} is signed in at no page any more, and can still sign out`, async (context) => {
    const world = await openElsewhere(context);
    const { person } = world;
    const paths = ['/account', '/account/authorisations', '/account/sessions', '/account/security'];
    for (const path of paths) assert.equal((await person.open(path)).url.pathname, path);
    await person.open('/logout');
    assert.match(person.page().text, /Ada Lovelace/);

    await world[change]();
    for (const path of paths) {
      assert.equal((await person.open(path)).url.pathname, '/login', path);
      assert.doesNotMatch(person.page().text, /Ada Lovelace|Confirm that it is you/);
    }
    await person.open('/logout');
    assert.doesNotMatch(person.page().text, /Ada Lovelace/);
    assert.equal((await world.sessions()).length, 1);
    assert.equal((await person.confirmLogout()).status, 200);
    assert.deepEqual(await world.sessions(), []);
  });
}
