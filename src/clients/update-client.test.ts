import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { aClient } from '../../test/fixtures/storage-entries.ts';
import { insertClient } from '../../test/storage-suite/harness.ts';
import type { Client } from './client.ts';
import { RegistryError, type Violation } from './errors.ts';
import { operator } from './policy.ts';

const request = { actor: operator, face: 'clients-api', requestId: 'request-1' } as const;
const short = 'a secret that somebody chose';
const provider = { identityProviderId: 'd37983e5-df8e-5729-b4a0-92ab5d38b546', keyPairType: null };

const fault = { rule: 'has-its-type', field: 'verified', message: 'is invalid' } as const;
const faults = ({ name }: Client): readonly Violation[] => [{ ...fault, message: `is invalid for ${name}` }];

test('what a face finds wrong with a request is reported with the rules that it breaks, and nothing is changed', async (context) => {
  const { registry } = await openTestRegistry(context);
  const { client } = await registry.create({ ...request, face: 'native', patch: () => ({ name: 'Shop' }) });
  const { id } = client;
  const refused = async (call: Promise<unknown>): Promise<readonly string[]> => {
    const error = await call.then(
      () => assert.fail('it was not refused'),
      (thrown) => thrown,
    );
    assert.ok(error instanceof RegistryError && error.code === 'invalid');
    return error.violations.map(({ field, message }) => `${field} ${message}`);
  };
  const found = 'verified is invalid for Shop';
  const bad = registry.update({ ...request, id, patch: () => ({ accessTokenTtl: 0 }), faults });
  assert.deepEqual((await refused(bad)).slice(0, 2), [
    found,
    'accessTokenTtl must be an integer from 1 to 86400',
  ]);
  assert.deepEqual(
    await refused(registry.update({ ...request, id, patch: () => ({ name: 'Store' }), faults })),
    [found],
  );
  assert.deepEqual(await refused(registry.update({ ...request, id, patch: () => ({}), faults })), [found]);
  const fresh = registry.create({ ...request, patch: () => ({ ...provider, refreshTokenTtl: 0 }), faults });
  const ofNobody = (await refused(fresh)).filter((text) => text.startsWith('verified'));
  assert.deepEqual(ofNobody, ['verified is invalid for null']);
  assert.deepEqual(await registry.get({ ...request, id }), client);
});

test('who may not change a client does not learn what is wrong with the request', async (context) => {
  const { registry, storage } = await openTestRegistry(context);
  const internal = aClient({ internal: true });
  await insertClient(storage, internal);
  const stranger = { ...operator, subject: 'stranger', operator: false };
  const ask = (changes: Partial<typeof operator>) =>
    registry.update({
      ...request,
      actor: { ...stranger, ...changes },
      id: internal.id,
      patch: () => ({}),
      faults,
    });
  await assert.rejects(ask({}), { code: 'protected' });
  await assert.rejects(ask({ administrator: false }), { code: 'not_found' });
});

test('the newest live secret is accepted back by a face whose limit it breaks; any other one is judged and counts', async (context) => {
  const { registry } = await openTestRegistry(context);
  const created = await registry.create({
    ...request,
    face: 'native',
    patch: () => ({}),
    secret: { chosen: short },
  });
  const { id } = created.client;
  const set = (chosen: string, name: string | null = null) =>
    registry.updateAndReveal({ ...request, id, patch: () => ({ name }), secret: { chosen } });
  assert.equal((await set(short)).secret, short);
  assert.deepEqual(
    [(await set(short, 'Shop')).secret, (await set(short, 'Store')).client.revision],
    [short, 3],
  );
  const { text } = await registry.addSecret({ ...request, id });
  await assert.rejects(set(short), { code: 'invalid' });
  assert.equal((await set(text)).secret, text);
  assert.equal((await registry.describe({ ...request, id })).secrets.length, 2);
});

test('a live secret that is not the newest one, set again, ends the others', async (context) => {
  const { registry } = await openTestRegistry(context);
  const { client, secret } = await registry.create({
    ...request,
    face: 'native',
    patch: () => ({}),
    secret: 'generate',
  });
  const { id } = client;
  await registry.addSecret({ ...request, id });
  const chosen = secret ?? assert.fail();
  assert.equal(
    (await registry.updateAndReveal({ ...request, id, patch: () => ({}), secret: { chosen } })).secret,
    chosen,
  );
  assert.equal((await registry.describe({ ...request, id })).secrets.length, 1);
});
