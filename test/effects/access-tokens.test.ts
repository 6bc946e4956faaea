import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { connectService } from '../connect/face.ts';
import { declaring } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { actions, answerOutcome, archive, billing, open, robot, scopes } from './world.ts';

test('accessTokenFormat: tokens of both formats are in force after the change', async (context) => {
  const { create, change, issue, introspect, post } = await open(context);
  const client = await create();
  const jwt = await issue(client);
  await change(client.id, { accessTokenFormat: 'opaque' });
  const opaque = await issue(client);
  assert.match(opaque, /^cla_/);
  for (const token of [jwt, opaque]) {
    assert.equal((await introspect(client, token))['active'], true);
    assert.equal((await post('revocation', client, { token })).status, 200);
    assert.deepEqual(await introspect(client, token), { active: false });
  }
});

test('accessTokenTtl: expires_in, exp and the end of a token of either format', async (context) => {
  const { create, change, post, introspect, clock } = await open(context);
  const client = await create();
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    for (const accessTokenTtl of [1, 90, 86_400]) {
      await change(client.id, { accessTokenTtl, accessTokenFormat });
      const { body } = await post('token', client);
      const token = body['access_token'] as string;
      assert.equal(body['expires_in'], accessTokenTtl);
      assert.equal((await introspect(client, token))['exp'], clock.now() + accessTokenTtl);
      clock.advance(accessTokenTtl - 1);
      assert.equal((await introspect(client, token))['active'], true);
      clock.advance(1);
      assert.deepEqual(await introspect(client, token), { active: false });
    }
  }
  await change(client.id, { accessTokenTtl: null });
  assert.equal((await post('token', client)).body['expires_in'], 3600);
});

test('clientCredentialsSubject: tokens are the account’s, and end with it', async (context) => {
  const { server, create, change, issue, introspect } = await open(context);
  const client = await create();
  assert.equal(decodeJwt(await issue(client)).sub, client.id);
  await change(client.id, { clientCredentialsSubject: robot.id });
  const token = await issue(client);
  assert.equal(decodeJwt(token).sub, robot.id);
  assert.equal((await introspect(client, token))['sub'], robot.id);

  await server.stop('the account is declared anew');
  const declarations = { applications: [billing, archive], accounts: [{ ...robot, disabled: true }], scopes };
  const again = await startTestServer(context, {
    dataDirectory: server.dataDirectory,
    env: { ...declaring(context, declarations), CLIENTELE_ISSUER: server.issuer },
  });
  const reached = actions(
    { ...again, issuer: `http://127.0.0.1:${again.port}` },
    connectService(again, null),
  );
  assert.deepEqual(await reached.introspect(client, token), { active: false });
  assert.equal(answerOutcome(await reached.post('token', client)), '400 invalid_grant');
});

// against: tokens/current
test('enabled: a disabled client’s tokens end, and are not revived with it', async (context) => {
  const { create, change, issue, introspect, clock, post } = await open(context);
  const reader = await create({ applicationId: billing.id });
  const client = await create({ applicationBindings: [{ applicationId: billing.id }] });
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    await change(client.id, { accessTokenFormat });
    const token = await issue(client);
    assert.equal((await introspect(reader, token))['active'], true);
    await change(client.id, { enabled: false });
    assert.deepEqual(await introspect(reader, token), { active: false });
    await change(client.id, { enabled: true });
    clock.advance(1);
    assert.deepEqual(await introspect(reader, token), { active: false });
    assert.equal((await introspect(reader, await issue(client)))['active'], true);
    assert.equal((await post('revocation', client, { token })).status, 200);
  }
});

// against: dpop/absent
test('dpopRequired: tokens that were issued before are out of force too', async (context) => {
  const { create, change, issue, introspect } = await open(context);
  const client = await create();
  const token = await issue(client);
  await change(client.id, { dpopRequired: true });
  assert.deepEqual(await introspect(client, token), { active: false });
});

test('an administrator’s token ends with its client at the administration too', async (context) => {
  const { server, create, change, issue } = await open(context);
  const client = await create();
  await change(client.id, { allowedScopes: ['oauth:clients:read'] });
  const service = connectService(server, await issue(client, { scope: 'oauth:clients:read' }));
  assert.equal((await service.listClients({})).clients.length, 0);
  await change(client.id, { allowedScopes: [] });
  await assert.rejects(service.listClients({}), { rawMessage: /lacks the scope/ });
  await change(client.id, { allowedScopes: ['oauth:clients:read'], enabled: false });
  await assert.rejects(service.listClients({}), { rawMessage: /a valid access token is needed/ });
});
