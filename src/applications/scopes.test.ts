import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAuditEvent } from '../../test/fixtures/storage-entries.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { auditOf, inParallel, tally } from '../../test/storage-suite/harness.ts';
import type { AuditOf } from '../kernel/audit.ts';
import { builtInScopes, type Scope } from './scope.ts';
import { createScopes, type ScopeEntry } from './scopes.ts';

const audit: AuditOf = (action, targetId) => ({ ...anAuditEvent(targetId), action });

const declared: Scope = {
  name: 'reports',
  label: 'Reports',
  public: true,
  kind: 'general',
  applicationId: null,
};
const values = { name: 'exports', label: null, public: false } as const;

async function open(context: Parameters<typeof openTestStorage>[0]) {
  const storage = await openTestStorage(context);
  const store = storage.stores.scopes;
  return { storage, store, scopes: createScopes({ store, fixed: [...builtInScopes, declared] }) };
}

function entry(outcome: ScopeEntry | string): ScopeEntry {
  assert.ok(typeof outcome === 'object', String(outcome));
  return outcome;
}

test('fixed scopes come first, with an id that is the same on every node, then registered ones', async (context) => {
  const { scopes, store } = await open(context);
  const created = entry(await scopes.create(values, audit));
  const list = await scopes.list();
  assert.deepEqual(list.at(-1), { ...created, ...values, isFixed: false });
  assert.deepEqual(
    list.slice(0, -1).map(({ name, isFixed }) => [name, isFixed]),
    [...builtInScopes, declared].map(({ name }) => [name, true]),
  );
  const another = createScopes({ store, fixed: [declared] });
  const { id } = list.find(({ name }) => name === 'reports') ?? assert.fail();
  assert.deepEqual((await another.find(id))?.name, 'reports');
});

test('a fixed scope is neither changed nor deleted, and its name is taken', async (context) => {
  const { scopes, storage } = await open(context);
  const before = await storage.database.content();
  const [openid = assert.fail()] = await scopes.list();
  assert.equal(await scopes.change(openid, values, audit), 'fixed');
  assert.equal(await scopes.delete(openid.id, audit), 'fixed');
  for (const name of ['openid', 'reports'])
    assert.equal(await scopes.create({ ...values, name }, audit), 'taken');
  assert.equal(await storage.database.content(), before);
  const created = entry(await scopes.create(values, audit));
  assert.equal(await scopes.change(created, { ...values, name: 'openid' }, audit), 'taken');
});

test('a scope that is registered and declared later is the declared one alone', async (context) => {
  const { store } = await open(context);
  const before = createScopes({ store, fixed: [] });
  const { id } = entry(await before.create({ ...values, name: 'reports' }, audit));
  const after = createScopes({ store, fixed: [declared] });
  assert.deepEqual(
    (await after.list()).map(({ name, isFixed }) => [name, isFixed]),
    [['reports', true]],
  );
  assert.equal(await after.find(id), undefined);
  assert.deepEqual(
    (await after.hidden()).map((scope) => [scope.id, scope.name]),
    [[id, 'reports']],
  );
  assert.deepEqual(await before.hidden(), []);
});

test('a renamed scope has its former name until the renaming is finished, whatever else is changed', async (context) => {
  const { scopes } = await open(context);
  const created = entry(await scopes.create(values, audit));
  const renamed = entry(await scopes.change(created, { ...values, name: 'downloads' }, audit));
  const labelled = entry(await scopes.change(renamed, { ...values, name: 'downloads', label: 'D' }, audit));
  assert.deepEqual(
    [created, renamed, labelled].map(({ renamedFrom }) => renamedFrom),
    [null, 'exports', 'exports'],
  );
  await scopes.finishRename(labelled);
  assert.deepEqual(await scopes.find(created.id), { ...labelled, renamedFrom: null });
});

test('a change is made of what was seen, and of many that saw the same one is made', async (context) => {
  const { scopes, storage } = await open(context);
  const created = entry(await scopes.create(values, audit));
  const outcomes = await inParallel(20, async (index) => {
    const outcome = await scopes.change(created, { ...values, label: `Label ${index}` }, audit);
    return typeof outcome === 'object' ? 'changed' : outcome;
  });
  assert.deepEqual(tally(outcomes), { changed: 1, conflict: 19 });
  const seen = (await scopes.find(created.id)) ?? assert.fail();
  assert.deepEqual(await scopes.change(seen, values, audit), created);
  const actions = (await auditOf(storage, created.id)).map(({ action }) => action);
  assert.deepEqual(actions, ['scope.created', 'scope.updated', 'scope.updated']);
});

test('a deleted scope is gone once, and is not changed', async (context) => {
  const { scopes, storage } = await open(context);
  const created = entry(await scopes.create(values, audit));
  const outcomes = await inParallel(10, () => scopes.delete(created.id, audit));
  assert.deepEqual(tally(outcomes), { deleted: 1, absent: 9 });
  assert.equal(await scopes.change(created, { ...values, label: 'Late' }, audit), 'conflict');
  assert.equal(await scopes.find(created.id), undefined);
  assert.equal((await auditOf(storage, created.id)).length, 2);
});
