import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import {
  exchange,
  opensUserinfo,
  refresh,
  registerPublic,
  type SignInChanges,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import {
  type Answer,
  orders,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer({ applications: [orders] });
});
after(() => server[Symbol.asyncDispose]());

const codeOf = ({ status, body }: Answer) => [status, body['error']];
const refused = [400, 'invalid_grant'];

const signIn = async (registered: RegisteredClient, changes: SignInChanges = {}): Promise<Answer> =>
  exchange(server, await signInAt(server, registered, changes));

test('a rotated token gets no answer again that is for another scope or resource than it asks for, and keeps the sign-in', async () => {
  const registered = await registerPublic(server, {
    applicationBindings: [{ applicationId: orders.id, config: null }],
  });
  const audience = [server.issuer, orders.audience] as const;
  const { body } = await signIn(registered, { request: { scopes: ['openid', 'reports'], audience } });
  const asked = { scope: 'reports', resource: orders.audience };
  const first = await refresh(server, registered, body['refresh_token'], asked);
  const others = [{}, { ...asked, scope: 'openid' }, { ...asked, resource: server.issuer }];
  for (const other of others) {
    assert.deepEqual(codeOf(await refresh(server, registered, body['refresh_token'], other)), refused);
  }
  const again = await refresh(server, registered, body['refresh_token'], asked);
  assert.deepEqual(again.body, first.body);
  assert.equal((await refresh(server, registered, first.body['refresh_token'])).status, 200);
});

test('two requests at once for two resources get no token for the one in answer to the other', async () => {
  const registered = await registerPublic(server, {
    applicationBindings: [{ applicationId: orders.id, config: null }],
  });
  const audience = [server.issuer, orders.audience] as const;
  const { body } = await signIn(registered, { request: { scopes: ['openid'], audience } });
  const answers = await Promise.all(
    audience.map((resource) => refresh(server, registered, body['refresh_token'], { resource })),
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 400]);
  const granted = answers.findIndex(({ status }) => status === 200);
  assert.equal(decodeJwt(String(answers[granted]?.body['access_token'])).aud, audience[granted]);
});

test('a rotated token gets no answer again with what its client may not have any more', async () => {
  const registered = await registerPublic(server);
  const { body } = await signIn(registered, { request: { scopes: ['openid', 'reports'] } });
  const first = await refresh(server, registered, body['refresh_token']);
  assert.equal(first.body['scope'], 'openid reports');
  const narrowed = await server.change(registered, { allowedScopes: ['openid'] });
  assert.deepEqual(codeOf(await refresh(server, narrowed, body['refresh_token'])), refused);
  const next = await refresh(server, narrowed, first.body['refresh_token']);
  assert.deepEqual([next.status, next.body['scope']], [200, 'openid']);
});

test('a rotated token ends the sign-in after a minute, whatever else is wrong with the request', async () => {
  const registered = await registerPublic(server);
  const { body } = await signIn(registered);
  const first = await refresh(server, registered, body['refresh_token']);
  server.clock.advance(60);
  const wrong = { scope: 'none', resource: 'https://none.example' };
  assert.deepEqual(codeOf(await refresh(server, registered, body['refresh_token'], wrong)), refused);
  assert.equal(await opensUserinfo(server, first.body['access_token']), false);
});
