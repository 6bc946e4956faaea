import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { answerOutcome, archive, billing, open } from './world.ts';

test('applicationBindings: audience, claims and scopes of tokens follow, and tokens that are out shrink', async (context) => {
  const { service, create, issue, introspect, post } = await open(context);
  const client = await create();
  const bind = (
    ...applicationBindings: { applicationId: string; config?: { jsonConfig: { plan: string } } }[]
  ) =>
    service.updateClient({
      clientId: client.id,
      applicationBindings,
      updateMask: { paths: ['application_bindings'] },
    });
  assert.equal(answerOutcome(await post('token', client, { scope: 'invoices:read' })), '400 invalid_scope');
  assert.equal(
    answerOutcome(await post('token', client, { resource: billing.audience })),
    '400 invalid_target',
  );

  await bind(
    { applicationId: billing.id, config: { jsonConfig: { plan: 'gold' } } },
    { applicationId: archive.id },
  );
  const token = await issue(client, { scope: 'invoices:read reports' });
  const claims = decodeJwt(token);
  assert.deepEqual(claims.aud, [billing.audience, archive.audience]);
  assert.deepEqual(claims['application_bindings'], [
    { application_id: billing.id, config: { json_config: { plan: 'gold' } } },
    { application_id: archive.id },
  ]);
  assert.equal(claims['scope'], 'invoices:read reports');
  assert.equal((await introspect(client, token))['scope'], 'invoices:read reports');

  await bind({ applicationId: archive.id });
  const narrowed = await introspect(client, token);
  assert.equal(narrowed['aud'], archive.audience);
  assert.equal(narrowed['scope'], 'reports');
  assert.equal(answerOutcome(await post('token', client, { scope: 'invoices:read' })), '400 invalid_scope');

  await bind();
  assert.deepEqual(await introspect(client, token), { active: false });
  assert.equal(decodeJwt(await issue(client)).aud, decodeJwt(token).iss);
});

test('applicationId: the claim is in tokens, and its client introspects the tokens for that application', async (context) => {
  const { create, issue, introspect } = await open(context);
  const owner = await create({ applicationId: billing.id });
  const stranger = await create();
  const caller = await create({ applicationBindings: [{ applicationId: billing.id }] });
  assert.equal(decodeJwt(await issue(owner))['application_id'], billing.id);
  assert.equal(decodeJwt(await issue(caller))['application_id'], undefined);
  const token = await issue(caller);
  assert.equal((await introspect(owner, token))['active'], true);
  assert.deepEqual(await introspect(stranger, token), { active: false });
});

test('usesManagedBuckets: the claim is in tokens and in what introspection says', async (context) => {
  const { create, issue, introspect, service } = await open(context);
  for (const usesManagedBuckets of [true, false]) {
    const client = await create({ usesManagedBuckets });
    const token = await issue(client);
    const expected = usesManagedBuckets ? true : undefined;
    assert.equal(decodeJwt(token)['managed_buckets'], expected);
    assert.equal((await introspect(client, token))['managed_buckets'], expected);
  }
  await assert.rejects(service.createClient({ name: 'x', hasSecret: false, usesManagedBuckets: true }));
});
