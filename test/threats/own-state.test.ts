import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectService } from '../connect/face.ts';
import { asOperator, outcomeOf, recordOf, startDeclaring, tokenOf } from '../connect/world.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { administrationScopes } from './attack.ts';

const robot = { id: '0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3f01', secret: 'secret-of-the-tests' } as const;
const scope = `${administrationScopes} admin`;
const grantTypes = ['client_credentials'];
const declarations = { clients: [{ ...robot, grantTypes, allowedScopes: scope.split(' ') }] };

// against: administration/self
test('a client decides through no face whether it is enabled or verified, though it may administer all others', async (context) => {
  const server = await startDeclaring(context, declarations);
  const send = await openDocumented(server);
  const token = await tokenOf(server, robot, scope);
  const clientId = robot.id;
  const before = await recordOf(server, robot.id);
  const inLoginApi = (isValid: boolean) =>
    send('PUT', `/auth/api/login/client/${clientId}`, { token, body: { isValid } });
  const inClientsApi = () =>
    send('PUT', `/api/clients/${clientId}`, {
      token,
      body: { client: { enabled: false, verified: true, is_verified: true, isValid: false } },
    });

  for (const binary of [false, true]) {
    const service = connectService(server, token, binary);
    const verify = service.updateClient({ clientId, isVerified: true });
    assert.equal(await outcomeOf(verify), 'permission_denied');
  }
  assert.equal((await inLoginApi(false)).status, 403);
  assert.equal((await inClientsApi()).status, 200);
  assert.deepEqual(await recordOf(server, robot.id), before);

  await server.registry.update({ ...asOperator, id: robot.id, patch: () => ({ enabled: false }) });
  const disabled = await recordOf(server, robot.id);
  assert.equal((await inLoginApi(true)).status, 401);
  assert.equal((await inClientsApi()).status, 401);
  assert.deepEqual(await recordOf(server, robot.id), disabled);
  assert.equal((await server.requestToken(robot)).status, 401);
});
