import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { anAuditEvent, aScope } from '../../test/fixtures/storage-entries.ts';
import type { Client } from './client.ts';
import { operator } from './policy.ts';
import type { Registry } from './registry.ts';
import type { ClientInsert, ClientUpdate } from './store.ts';

const request = { actor: operator, face: 'native', requestId: 'request-1' } as const;
/** Gives public scopes to its own clients, and no private ones. */
const owner = { ...operator, subject: 'owner', administrator: false, operator: false };
const asOwner = { ...request, actor: owner };
const give = { allowedScopes: ['openid', 'reports'] } as const;

/** A registry on whose first write another node comes first: it deletes the public scope `reports`, and registers a private one. */
async function openRaced(context: TestContext) {
  const { registry, openOver, storage } = await openTestRegistry(context);
  const { clients, scopes } = storage.stores;
  const [old, next] = [aScope('reports', { public: true }), aScope('reports')];
  await scopes.insert(old, anAuditEvent(old.id));
  let isSwapped = false;
  const swap = async (): Promise<void> => {
    if (isSwapped) return;
    isSwapped = true;
    await scopes.delete(old.id, anAuditEvent(old.id));
    assert.deepEqual(await clients.namingScope('reports'), []);
    await scopes.insert(next, anAuditEvent(next.id));
  };
  const raced: Registry = openOver({
    ...clients,
    insert: async (entry: ClientInsert) => swap().then(() => clients.insert(entry)),
    update: async (entry: ClientUpdate) => swap().then(() => clients.update(entry)),
  });
  return { registry, raced, storage };
}

test('a scope that is replaced by another of its name before a client gets it is judged anew', async (context) => {
  const { registry, raced } = await openRaced(context);
  const { client } = await registry.create({ ...asOwner, patch: () => ({ name: 'Shop' }) });
  await assert.rejects(raced.update({ ...asOwner, id: client.id, patch: () => give }), { code: 'forbidden' });
  assert.deepEqual(await registry.get({ ...request, id: client.id }), client);
});

test('the same for a client that is registered with it', async (context) => {
  const { registry, raced } = await openRaced(context);
  await assert.rejects(raced.create({ ...asOwner, patch: () => give }), { code: 'forbidden' });
  assert.deepEqual(await registry.list(request), []);
});

test('whoever may give the new one too gives it', async (context) => {
  const { registry, raced } = await openRaced(context);
  const { client } = await registry.create({ ...request, patch: () => ({ name: 'Shop' }) });
  const updated = await raced.update({ ...request, id: client.id, patch: () => give });
  assert.deepEqual([updated.allowedScopes, updated.revision], [give.allowedScopes, 2]);
});

test('a change that adds no scope does not wait for changes of scopes', async (context) => {
  const { registry, raced } = await openRaced(context);
  const { client } = await registry.create({ ...request, patch: () => ({ authorizedScopes: ['openid'] }) });
  let asked = 0;
  const patch = (): Partial<Client> => {
    asked += 1;
    return { name: 'Shop', authorizedScopes: [], enabled: false };
  };
  await raced.update({ ...request, id: client.id, patch });
  assert.equal(asked, 1);
});

test('names that were looked up at another revision of the scopes are given to nobody', async (context) => {
  const { registry, storage } = await openRaced(context);
  const revision = await storage.stores.scopes.revision();
  const { client } = await registry.create({ ...request, patch: () => ({}), ifScopesRevision: revision - 1 });
  const stale = { ...request, patch: () => give, ifScopesRevision: revision - 1 };
  await assert.rejects(registry.update({ ...stale, id: client.id }), { code: 'conflict' });
  await assert.rejects(registry.create(stale), { code: 'conflict' });
  assert.deepEqual(await registry.list(request), [client]);
  await registry.update({ ...stale, id: client.id, ifScopesRevision: revision });
});
