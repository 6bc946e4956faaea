import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestRegistry } from '../../../test/fixtures/open-registry.ts';
import { builtInScopes } from '../../applications/scope.ts';
import { createScopes, type ScopeEntry } from '../../applications/scopes.ts';
import { operator } from '../../clients/policy.ts';
import { clientsApiLifetimes } from '../../clients/rules/face-limits.ts';
import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import { randomUuid } from '../../kernel/random.ts';
import { createClientCalls } from './client-calls.ts';
import { ApiError } from './errors.ts';
import { createScopeChanges } from './scope-changes.ts';

const actor = { ...operator, subject: 'admin', operator: false };
const caller = { actor, face: 'clients-api', requestId: 'request-1' } as const;
const reports = { name: 'reports', label: null, public: false } as const;
const unknown = [{ field: 'authorized_scopes', message: 'names a scope that does not exist' }];

/** The calls of a node, and changes of scopes on another that come between the judgement and the write of the first, so many `times`. */
async function openRaced(context: TestContext, between: (world: Raced) => Promise<unknown>, times = 1) {
  const opened = await openTestRegistry(context);
  const { clients, scopes: store } = opened.storage.stores;
  const scopes = createScopes({ store, fixed: builtInScopes });
  const changes = createScopeChanges({ ...opened, registry: opened.openAnother(), scopes });
  const scope = await changes.create(caller, reports);
  assert.ok(typeof scope === 'object');
  let races = 0;
  const race = async (): Promise<void> => {
    if (races++ < times) await between({ changes, scope });
  };
  const registry = opened.openOver({
    ...clients,
    insert: async (entry) => race().then(() => clients.insert(entry)),
    update: async (entry) => race().then(() => clients.update(entry)),
  });
  const calls = createClientCalls({ ...opened, registry, scopes, lifetimes: clientsApiLifetimes });
  return { ...opened, calls, scope };
}

interface Raced {
  readonly changes: ReturnType<typeof createScopeChanges>;
  readonly scope: ScopeEntry;
}

const replace = async ({ changes, scope }: Raced): Promise<void> => {
  await changes.remove(caller, scope.id);
  await changes.create(caller, reports);
};

const rename = ({ changes, scope }: Raced): Promise<unknown> =>
  changes.change(caller, scope.id, () => ({ ...reports, name: 'exports' }));

const addAnother = ({ changes }: Raced): Promise<unknown> =>
  changes.create(caller, { ...reports, name: `reports-${randomUuid()}` });

const fresh = { key_pair_type: { type: 'ec', curve: 'P-256' }, identity_provider: builtInIdentityProvider };
const asking = (client: object, params = {}) =>
  ({ caller, params, body: { client } }) as unknown as Parameters<
    ReturnType<typeof createClientCalls>['create']
  >[0];

test('a scope that is named by its id is that one, whichever has its name by the time of the write', async (context) => {
  const { calls, registry, scope } = await openRaced(context, replace);
  const { client } = await registry.create({ ...caller, actor: operator, face: 'native', patch: () => ({}) });
  const given = asking({ authorized_scopes: [{ id: scope.id }] }, { client_id: client.id });
  await assert.rejects(calls.update(given), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.faults], ['UNPROCESSABLE_ENTITY', unknown]);
    return true;
  });
  assert.deepEqual(await registry.get({ ...caller, id: client.id }), client);
});

test('the same for a client that is registered with it', async (context) => {
  const { calls, registry, scope } = await openRaced(context, replace);
  const given = asking({ ...fresh, authorized_scopes: [{ id: scope.id }] });
  await assert.rejects(calls.create(given), { code: 'UNPROCESSABLE_ENTITY', faults: unknown });
  assert.deepEqual(await registry.list(caller), []);
});

test('a scope that is named by its id and renamed meanwhile is given under the name that it has', async (context) => {
  const { calls, registry, scope } = await openRaced(context, rename);
  const { id } = await calls.create(asking({ ...fresh, authorized_scopes: [{ id: scope.id }] }));
  assert.deepEqual((await registry.get({ ...caller, id })).authorizedScopes, ['exports']);
});

test('a client is registered however often scopes change meanwhile', async (context) => {
  const { calls, registry, scope } = await openRaced(context, addAnother, 12);
  const { id } = await calls.create(asking({ ...fresh, authorized_scopes: [{ id: scope.id }] }));
  assert.deepEqual((await registry.get({ ...caller, id })).authorizedScopes, ['reports']);
});
