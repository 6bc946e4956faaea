import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../../test/fixtures/open-registry.ts';
import { anAuditEvent } from '../../../test/fixtures/storage-entries.ts';
import { auditOf, inParallel } from '../../../test/storage-suite/harness.ts';
import { operator } from '../../clients/policy.ts';
import type { IdentityProvider } from '../../identity-providers/identity-provider.ts';
import { createIdentityProviders } from '../../identity-providers/identity-providers.ts';
import { createProviderSecrets } from '../../identity-providers/provider-values.ts';
import type { AuditOf } from '../../kernel/audit.ts';
import { createVault } from '../../keys/vault.ts';
import { createProviderRoutes } from './identity-providers.ts';

const caller = { actor: operator, face: 'clients-api', requestId: 'request-1' } as const;
const secrets = createProviderSecrets(createVault(Buffer.alloc(32, 7)));
const audit: AuditOf = (action, targetId) => ({ ...anAuditEvent(targetId), action });

/** A provider, and the PUT of it on a node where `before` happens between looking and writing. */
async function open(context: Parameters<typeof openTestRegistry>[0]) {
  const { storage, clock } = await openTestRegistry(context);
  const elsewhere = createIdentityProviders({
    store: storage.stores.identityProviders,
    declared: [],
    secrets,
  });
  const provider = await elsewhere.create({ name: 'Staff', type: 'internal' }, audit);
  assert.ok(typeof provider === 'object');
  const { id } = provider;
  const openNode = (before: () => Promise<unknown> = async () => {}) => {
    const identityProviders: typeof elsewhere = {
      ...elsewhere,
      change: async (...change) => {
        await before();
        return elsewhere.change(...change);
      },
    };
    const route = createProviderRoutes({ identityProviders, clock }).find(({ method }) => method === 'PUT');
    return async (name: string) =>
      route?.answer({ caller, params: { id }, body: { identity_provider: { name } } });
  };
  const rename = async (name: string) => {
    const seen = (await elsewhere.current()).find(id) as IdentityProvider;
    return elsewhere.change(seen, { name, type: 'internal' }, audit);
  };
  const changes = async () =>
    (await auditOf(storage, id)).map((entry) => JSON.parse(entry.changes)[0]).filter(Boolean);
  return { elsewhere, id, openNode, rename, changes };
}

test('a change is made again when another node wrote in between, and what it replaced is audited', async (context) => {
  const { elsewhere, id, openNode, rename, changes } = await open(context);
  let left = 3;
  const put = openNode(async () => left-- > 0 && rename(`Elsewhere ${left}`));
  assert.equal((await put('Employees'))?.status, 200);
  assert.equal((await elsewhere.current()).find(id)?.name, 'Employees');
  assert.deepEqual(await changes(), [{ field: 'name', before: 'Elsewhere 0', after: 'Employees' }]);
});

test('where other nodes write again and again the caller is told', async (context) => {
  const { openNode, rename, changes } = await open(context);
  let written = 0;
  const put = openNode(() => rename(`Elsewhere ${written++}`));
  await assert.rejects(put('Employees'), { code: 'contended' });
  assert.deepEqual(await changes(), []);
});

test('changes of one node wait for each other, however many they are, and each is audited as it was made', async (context) => {
  const { openNode, changes } = await open(context);
  const put = openNode();
  const answers = await inParallel(20, (index) => put(`Staff ${index}`));
  assert.ok(answers.every((answer) => answer?.status === 200));
  const names = (await changes()).map(({ before, after }) => [before, after]);
  assert.deepEqual(
    names.map(([before]) => before),
    ['Staff', ...names.slice(0, -1).map(([, after]) => after)],
  );
});
