import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordOf } from '../connect/world.ts';
import { answerOutcome, open } from './world.ts';

// against: exchange/none
test('a grant type without a mechanism is refused, though the client has it', async (context) => {
  const { create, change, post } = await open(context);
  const client = await create();
  for (const grant of ['password', 'implicit', 'agent_credentials'] as const) {
    await change(client.id, {
      grantTypes: ['client_credentials', 'authorization_code', grant],
      redirectUris: ['https://robot.example/callback'],
    });
    assert.equal(
      answerOutcome(await post('token', client, { grant_type: grant })),
      '400 unsupported_grant_type',
    );
  }
});

// against: exchange/none
test('allowedDelegators: token exchange is granted while there are any, and refused as long as it has no mechanism', async (context) => {
  const { server, service, create, post } = await open(context);
  const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange' as const;
  const [client, delegator] = [await create(), await create()];
  for (const allowedDelegators of [[delegator.id], []]) {
    await service.updateClient({
      clientId: client.id,
      allowedDelegators,
      updateMask: { paths: ['allowed_delegators'] },
    });
    const { grantTypes } = await recordOf(server, client.id);
    assert.equal(grantTypes.includes(tokenExchange), allowedDelegators.length > 0);
    assert.equal(
      answerOutcome(await post('token', client, { grant_type: tokenExchange })),
      '400 unsupported_grant_type',
    );
  }
});

test('allowedScopes, authorizeScope and authorizedScopes: what may be asked for, and what tokens keep', async (context) => {
  const { create, change, issue, introspect, post } = await open(context);
  const client = await create();
  const may = async (scope: string) => answerOutcome(await post('token', client, { scope }));
  const token = await issue(client, { scope: 'reports exports' });

  await change(client.id, { allowedScopes: ['reports', 'payroll'] });
  assert.deepEqual(
    [await may('reports'), await may('exports'), await may('payroll')],
    ['ok', '400 invalid_scope', 'ok'],
  );
  assert.equal((await introspect(client, token))['scope'], 'reports');

  await change(client.id, { allowedScopes: [], authorizedScopes: ['exports'], authorizeScope: false });
  assert.deepEqual([await may('reports'), await may('exports')], ['400 invalid_scope', '400 invalid_scope']);
  assert.deepEqual(
    [(await introspect(client, token))['scope'], (await introspect(client, token))['active']],
    [undefined, true],
  );

  await change(client.id, { authorizeScope: true });
  assert.deepEqual([await may('reports'), await may('exports')], ['400 invalid_scope', 'ok']);
  assert.equal((await introspect(client, token))['scope'], 'exports');
});
