import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../../test/fixtures/open-registry.ts';
import { aClient, anAuditEvent } from '../../../test/fixtures/storage-entries.ts';
import { inParallel, insertClient, tally } from '../../../test/storage-suite/harness.ts';
import { builtInScopes } from '../../applications/scope.ts';
import { createScopes, type ScopeEntry, type Scopes } from '../../applications/scopes.ts';
import { RegistryError } from '../../clients/errors.ts';
import { operator } from '../../clients/policy.ts';
import { createScopeChanges } from './scope-changes.ts';

const caller = { actor: operator, face: 'clients-api', requestId: 'request-1' } as const;
const values = { name: 'reports', label: null, public: false } as const;

/** Two nodes over one storage. */
async function open(context: Parameters<typeof openTestRegistry>[0]) {
  const opened = await openTestRegistry(context);
  const scopes = createScopes({ store: opened.storage.stores.scopes, fixed: builtInScopes });
  const over = (between: Partial<Scopes> = {}, registry = opened.registry) =>
    createScopeChanges({ ...opened, registry, scopes: { ...scopes, ...between } });
  return { ...opened, scopes, over, nodes: [over(), over({}, opened.openAnother())] as const };
}

function entry(outcome: ScopeEntry | string): ScopeEntry {
  assert.ok(typeof outcome === 'object', String(outcome));
  return outcome;
}

test('changes of different fields on two nodes are all applied', async (context) => {
  const { scopes, nodes } = await open(context);
  const { id } = entry(await nodes[0].create(caller, values));
  await inParallel(20, (index) => {
    const change = index % 2 === 0 ? { label: 'Reports' } : { public: true };
    return (nodes[index % 2] ?? nodes[0]).change(caller, id, ({ name, label, public: isPublic }) => ({
      name,
      label,
      public: isPublic,
      ...change,
    }));
  });
  const expected = { id, ...values, label: 'Reports', public: true, renamedFrom: null, isFixed: false };
  assert.deepEqual(await scopes.find(id), expected);
});

test('an edit is asked for anew when another node wrote in between, a bounded number of times', async (context) => {
  const { scopes, nodes, over, clock } = await open(context);
  const created = entry(await nodes[0].create(caller, values));
  const losing = (times: number) => {
    let lost = 0;
    return over({
      change: async (seen, next, audit) => {
        lost += 1;
        if (lost <= times)
          await nodes[0].change(caller, seen.id, () => ({ ...values, label: `${clock.now()} ${lost}` }));
        return scopes.change(seen, next, audit);
      },
    });
  };
  const makePublic = ({ name, label }: ScopeEntry) => ({ name, label, public: true });
  const changed = entry(await losing(3).change(caller, created.id, makePublic));
  assert.deepEqual([changed.label, changed.public], [`${clock.now()} 3`, true]);
  const edit = (current: ScopeEntry) => ({ ...makePublic(current), public: !current.public });
  await assert.rejects(losing(Number.POSITIVE_INFINITY).change(caller, created.id, edit), {
    code: 'contended',
  });
});

test('of parallel creations of one name on two nodes one succeeds', async (context) => {
  const { nodes } = await open(context);
  const outcomes = await inParallel(20, async (index) => {
    const outcome = await (nodes[index % 2] ?? nodes[0]).create(caller, values);
    return typeof outcome === 'object' ? 'created' : outcome;
  });
  assert.deepEqual(tally(outcomes), { created: 1, taken: 19 });
});

test('a record that the rules would refuse anyway keeps a dead name, which no scope takes until it is mended', async (context) => {
  const { registry, storage, scopes, over } = await open(context);
  const changes = over();
  const created = entry(await changes.create(caller, values));
  const authorizedScopes = ['reports'];
  const native = { ...caller, face: 'native' } as const;
  // Stored before there was a rule on its lifetime.
  const stuck = aClient({ authorizedScopes, accessTokenTtl: 1_000_000 });
  await insertClient(storage, stuck);
  const { client: free } = await registry.create({ ...native, patch: () => ({ authorizedScopes }) });
  assert.equal(await changes.remove(caller, created.id), 'deleted');
  assert.equal(await scopes.find(created.id), undefined);
  const namesOf = async (id: string) => (await registry.get({ ...caller, id })).authorizedScopes;
  assert.deepEqual([await namesOf(stuck.id), await namesOf(free.id)], [['reports'], []]);
  assert.equal(await changes.create(caller, values), 'taken');
  await registry.update({ ...native, id: stuck.id, patch: () => ({ accessTokenTtl: null }) });
  entry(await changes.create(caller, values));
  assert.deepEqual(await namesOf(stuck.id), []);
});

test('a taken name leaves the records that name it alone', async (context) => {
  const { registry, nodes } = await open(context);
  await nodes[0].create(caller, values);
  const other = entry(await nodes[0].create(caller, { ...values, name: 'exports' }));
  const { client } = await registry.create({
    ...caller,
    face: 'native',
    patch: () => ({ authorizedScopes: ['reports'] }),
  });
  assert.equal(await nodes[1].create(caller, values), 'taken');
  assert.equal(await nodes[1].change(caller, other.id, () => values), 'taken');
  const { authorizedScopes, revision } = await registry.get({ ...caller, id: client.id });
  assert.deepEqual([authorizedScopes, revision], [['reports'], 1]);
});

/** A client that has `reports` by another face, and a node on which the next renaming breaks off after the scope has its new name. */
async function openBroken(context: Parameters<typeof openTestRegistry>[0], fault: Error) {
  const opened = await open(context);
  const { registry, over, nodes } = opened;
  const { id } = entry(await nodes[0].create(caller, values));
  const { client } = await registry.create({
    ...caller,
    face: 'native',
    patch: () => ({ allowedScopes: ['reports'], authorizedScopes: ['backend', 'reports'] }),
  });
  const broken = over(
    {},
    { ...registry, renameScope: async (_, from) => (from === 'reports' ? Promise.reject(fault) : undefined) },
  );
  const toExports = () => ({ ...values, name: 'exports' });
  const namesOf = async () => {
    const { allowedScopes, authorizedScopes } = await registry.get({ ...caller, id: client.id });
    return [allowedScopes, authorizedScopes];
  };
  return { ...opened, id, toExports, breakOff: () => broken.change(caller, id, toExports), namesOf };
}

const followed = [['exports'], ['backend', 'exports']];

test('a renaming that broke off is finished by the same request', async (context) => {
  const { scopes, nodes, id, toExports, breakOff, namesOf } = await openBroken(
    context,
    new Error('no storage'),
  );
  await assert.rejects(breakOff(), /no storage/);
  assert.equal((await scopes.find(id))?.name, 'exports');
  assert.deepEqual(await namesOf(), [['reports'], ['backend', 'reports']]);
  const finished = entry(await nodes[1].change(caller, id, toExports));
  assert.deepEqual(await scopes.find(id), finished);
  assert.equal(finished.renamedFrom, null);
  assert.deepEqual(await namesOf(), followed);
});

test('a renaming that broke off is finished before the scope is renamed again', async (context) => {
  const { scopes, nodes, id, breakOff, namesOf } = await openBroken(context, new Error('no storage'));
  await assert.rejects(breakOff());
  entry(await nodes[1].change(caller, id, () => ({ ...values, name: 'downloads' })));
  assert.deepEqual(await namesOf(), [['downloads'], ['backend', 'downloads']]);
  assert.equal((await scopes.find(id))?.renamedFrom, null);
});

test('a renaming that broke off is finished before another scope takes the former name', async (context) => {
  const { nodes, breakOff, namesOf } = await openBroken(context, new Error('no storage'));
  await assert.rejects(breakOff());
  entry(await nodes[1].create(caller, values));
  assert.deepEqual(await namesOf(), followed);
});

test('what records say under the former name is left alone once another scope has it', async (context) => {
  const { scopes, nodes, id, toExports, breakOff, namesOf } = await openBroken(
    context,
    new Error('no storage'),
  );
  await assert.rejects(breakOff());
  // Behind the dialect's back, as when the operator declares it.
  entry(await scopes.create(values, () => anAuditEvent('x')));
  entry(await nodes[1].change(caller, id, toExports));
  assert.deepEqual(await namesOf(), [['reports'], ['backend', 'reports']]);
  assert.equal((await scopes.find(id))?.renamedFrom, null);
});

test('a scope whose renaming broke off can be deleted, and neither of its names is inherited', async (context) => {
  const { nodes, id, breakOff, namesOf } = await openBroken(context, new Error('no storage'));
  await assert.rejects(breakOff());
  assert.equal(await nodes[1].remove(caller, id), 'deleted');
  for (const name of ['reports', 'exports']) entry(await nodes[1].create(caller, { ...values, name }));
  assert.deepEqual(await namesOf(), [[], ['backend']]);
});

test('when other nodes keep a renaming from a record, the caller learns that the scope is renamed', async (context) => {
  const { scopes, nodes, id, toExports, breakOff, namesOf } = await openBroken(
    context,
    new RegistryError('contended'),
  );
  await assert.rejects(breakOff(), {
    code: 'CONFLICT',
    message: 'The change was made, but not yet in every client; send the request again.',
  });
  assert.equal((await scopes.find(id))?.name, 'exports');
  entry(await nodes[1].change(caller, id, toExports));
  assert.deepEqual(await namesOf(), followed);
});
