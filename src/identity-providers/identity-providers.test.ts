import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAuditEvent } from '../../test/fixtures/storage-entries.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { auditOf, inParallel, tally } from '../../test/storage-suite/harness.ts';
import type { AuditOf } from '../kernel/audit.ts';
import { createVault } from '../keys/vault.ts';
import { builtInIdentityProvider, type IdentityProvider } from './identity-provider.ts';
import { createIdentityProviders } from './identity-providers.ts';
import { oidcDefaults } from './oidc-settings.ts';
import { createProviderSecrets } from './provider-values.ts';

const secrets = createProviderSecrets(createVault(Buffer.alloc(32, 7)));
const audit: AuditOf = (action, targetId) => ({ ...anAuditEvent(targetId), action });

async function open(context: Parameters<typeof openTestStorage>[0]) {
  const storage = await openTestStorage(context);
  const store = storage.stores.identityProviders;
  const node = (declared: readonly IdentityProvider[] = []) =>
    createIdentityProviders({ store, declared, secrets });
  return { storage, node, providers: node(), another: node() };
}

/** One of the operator's. */
const declared = { id: '7b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11', name: 'Staff', type: 'internal' } as const;

function provider(outcome: IdentityProvider | string): IdentityProvider {
  assert.ok(typeof outcome === 'object', String(outcome));
  return outcome;
}

test('what one node has changed, every node answers from the next call on', async (context) => {
  const { storage, providers, another } = await open(context);
  const names = async () => (await another.current()).all.map(({ name }) => name);
  assert.deepEqual(await names(), [builtInIdentityProvider.name]);
  const { id } = provider(await providers.create({ name: 'Staff', type: 'internal' }, audit));
  assert.deepEqual(await names(), [builtInIdentityProvider.name, 'Staff']);
  const seen = { id, name: 'Staff', type: 'internal' } as const;
  await providers.change(seen, { name: 'Employees', type: 'internal' }, audit);
  assert.equal((await another.current()).find(id)?.name, 'Employees');
  assert.equal(await providers.delete(id, audit), 'deleted');
  assert.equal((await another.current()).find(id), undefined);
  const actions = (await auditOf(storage, id)).map(({ action }) => action);
  assert.deepEqual(actions, [
    'identity-provider.created',
    'identity-provider.updated',
    'identity-provider.deleted',
  ]);
});

test('the list is the same object until it changes', async (context) => {
  const { providers } = await open(context);
  const before = await providers.current();
  assert.equal(await providers.current(), before);
  await providers.create({ name: 'Staff', type: 'internal' }, audit);
  assert.notEqual(await providers.current(), before);
});

test('the built-in provider is neither changed nor deleted, and its name is taken', async (context) => {
  const { storage, providers } = await open(context);
  const before = await storage.database.content();
  const { id, ...values } = builtInIdentityProvider;
  assert.equal(await providers.change(builtInIdentityProvider, { ...values, name: 'Mine' }, audit), 'fixed');
  assert.equal(await providers.delete(id, audit), 'in-use');
  assert.equal(await providers.create(values, audit), 'taken');
  assert.equal(await providers.declare({ ...declared, name: values.name }, audit), 'taken');
  assert.equal(await storage.database.content(), before);
});

test('a declared provider is neither changed nor deleted while it is declared', async (context) => {
  const { storage, node, providers } = await open(context);
  const [declaring, later] = [node([declared]), providers];
  await declaring.declare(declared, audit);
  const before = await storage.database.content();
  const values = { name: 'Old', type: 'internal' } as const;
  assert.deepEqual([declaring.isFixed(declared.id), later.isFixed(declared.id)], [true, false]);
  assert.equal(await declaring.change(declared, values, audit), 'fixed');
  assert.equal(await declaring.delete(declared.id, audit), 'fixed');
  assert.equal(await storage.database.content(), before);
  provider(await later.change(declared, values, audit));
  assert.equal(await later.delete(declared.id, audit), 'deleted');
});

test('a declared provider gets its name: another that had it keeps its id and gets a suffix, which is audited', async (context) => {
  const { storage, providers } = await open(context);
  const long = { ...declared, name: '🦊'.repeat(255) };
  for (const [wanted, suffixed] of [
    [declared, /^Staff \([0-9a-f]{8}\)$/],
    [long, /^🦊{244} \([0-9a-f]{8}\)$/u],
  ] as const) {
    const holder = provider(await providers.create({ name: wanted.name, type: 'internal' }, audit));
    const outcome = await providers.declare(wanted, audit);
    assert.ok(outcome !== 'taken' && outcome.renamed);
    const { id, name } = outcome.renamed;
    assert.equal(id, holder.id);
    assert.match(name, suffixed);
    const { all, find } = await providers.current();
    assert.deepEqual([find(wanted.id), find(id)], [wanted, outcome.renamed]);
    assert.equal(all.filter((each) => each.name === wanted.name).length, 1);
    const entry = (await auditOf(storage, id)).at(-1);
    assert.equal(entry?.action, 'identity-provider.updated');
    assert.deepEqual(JSON.parse(entry?.changes ?? ''), [{ field: 'name', before: wanted.name, after: name }]);
  }
  const before = await storage.database.content();
  assert.deepEqual(await providers.declare(long, audit), { renamed: null });
  assert.equal(await storage.database.content(), before);
});

test('two declared providers may change names with each other', async (context) => {
  const { providers } = await open(context);
  const other = { ...declared, id: declared.id.replace('7', '8'), name: 'Guests' };
  for (const each of [declared, other]) await providers.declare(each, audit);
  const swapped = [
    { ...declared, name: other.name },
    { ...other, name: declared.name },
  ];
  for (const each of swapped) await providers.declare(each, audit);
  assert.deepEqual((await providers.current()).all.slice(1), swapped);
});

test('a declared provider gets its name whatever other nodes do with it meanwhile', async (context) => {
  const { storage, node } = await open(context);
  const store = storage.stores.identityProviders;
  const values = { name: declared.name, type: 'internal' } as const;
  for (const interference of [
    () => node().create(values, audit),
    async () => {
      const { all } = await node().current();
      const holder = all.find(({ name }) => name === declared.name);
      if (holder) await node().change(holder, { ...values, name: `Gone ${holder.id}` }, audit);
    },
  ]) {
    await node().create(values, audit);
    let left = 3;
    const interfering = createIdentityProviders({
      store: {
        ...store,
        declare: async (declaration) => {
          if (left-- > 0) await interference();
          return store.declare(declaration);
        },
      },
      declared: [declared],
      secrets,
    });
    assert.notEqual(await interfering.declare(declared, audit), 'taken');
    assert.deepEqual((await node().current()).find(declared.id), declared);
    await node().delete(declared.id, audit);
  }
});

test('of parallel declarations and registrations of one name the declaration always ends with it', async (context) => {
  const { providers, another } = await open(context);
  for (let round = 0; round < 8; round++) {
    const values = { name: `Staff ${round}`, type: 'internal' } as const;
    const wanted = { ...declared, name: values.name };
    const [declaration] = await Promise.all([
      providers.declare(wanted, audit),
      ...Array.from({ length: 5 }, () => another.create(values, audit)),
    ]);
    assert.notEqual(declaration, 'taken');
    assert.deepEqual((await another.current()).find(declared.id), wanted);
  }
});

test('of many providers with one name one is made, and none takes the name of another', async (context) => {
  const { providers } = await open(context);
  const outcomes = await inParallel(20, async () => {
    const outcome = await providers.create({ name: 'Staff', type: 'internal' }, audit);
    return typeof outcome === 'object' ? 'created' : outcome;
  });
  assert.deepEqual(tally(outcomes), { created: 1, taken: 19 });
  const guests = provider(await providers.create({ name: 'Guests', type: 'internal' }, audit));
  assert.equal(await providers.change(guests, { name: 'Staff', type: 'internal' }, audit), 'taken');
});

test('of parallel changes of what was seen one is applied, and the others change nothing', async (context) => {
  const { storage, providers, another } = await open(context);
  const seen = provider(await providers.create({ name: 'Staff', type: 'internal' }, audit));
  const outcomes = await inParallel(20, async (index) => {
    const node = index % 2 === 0 ? providers : another;
    const outcome = await node.change(seen, { name: `Staff ${index}`, type: 'internal' }, audit);
    return typeof outcome === 'object' ? 'changed' : outcome;
  });
  assert.deepEqual(tally(outcomes), { changed: 1, conflict: 19 });
  assert.equal((await auditOf(storage, seen.id)).length, 2);
});

test('a provider that is not there is not as it was seen, and not deleted', async (context) => {
  const { providers } = await open(context);
  const unknown = { ...declared, id: 'unknown' };
  assert.equal(await providers.change(unknown, { name: 'x', type: 'internal' }, audit), 'conflict');
  assert.equal(await providers.delete('unknown', audit), 'absent');
});

const settings = { ...oidcDefaults, issuer: 'https://op.example', clientId: 'clientele' };
const upstream = { name: 'Upstream', type: 'oidc', settings } as const;

/** The secret of a provider in clear. */
function secretOf(outcome: IdentityProvider | string | undefined): string | null {
  assert.ok(typeof outcome === 'object' && outcome.type === 'oidc');
  return outcome.sealedSecret && secrets.open(outcome.sealedSecret, outcome.id);
}

test('the secret of a provider is sealed for that provider, and kept where nothing is said of it', async (context) => {
  const { storage, providers, another } = await open(context);
  const created = provider(await providers.create({ ...upstream, clientSecret: 'a secret' }, audit));
  assert.equal(secretOf(created), 'a secret');
  assert.ok(!(await storage.database.content()).includes('a secret'));
  assert.deepEqual((await another.current()).find(created.id), created);
  const renamed = provider(await providers.change(created, { ...upstream, name: 'Other' }, audit));
  assert.deepEqual(renamed, { ...created, name: 'Other' });
  const replaced = provider(await providers.change(renamed, { ...upstream, clientSecret: 'new' }, audit));
  assert.equal(secretOf((await another.current()).find(created.id)), 'new');
  const cleared = provider(await providers.change(replaced, { ...upstream, clientSecret: null }, audit));
  assert.equal(secretOf(cleared), null);
  assert.ok(created.type === 'oidc');
  assert.throws(() => secrets.open(created.sealedSecret ?? '', declared.id), /altered or moved/);
});

test('a change to what is there already is no change, the same secret too', async (context) => {
  const { storage, providers } = await open(context);
  const values = { ...upstream, clientSecret: 'a secret' };
  const created = provider(await providers.create(values, audit));
  const before = await storage.database.content();
  assert.deepEqual(await providers.change(created, values, audit), created);
  assert.deepEqual(await providers.change(created, upstream, audit), created);
  assert.equal(await storage.database.content(), before);
});

test('a declared provider with the secret that it has is not written again', async (context) => {
  const { storage, providers } = await open(context);
  const wanted = { ...upstream, id: declared.id, clientSecret: 'a secret' };
  await providers.declare(wanted, audit);
  const before = await storage.database.content();
  assert.deepEqual(await providers.declare(wanted, audit), { renamed: null });
  assert.equal(await storage.database.content(), before);
  await providers.declare({ ...wanted, clientSecret: 'another' }, audit);
  assert.equal(secretOf((await providers.current()).find(declared.id)), 'another');
  assert.equal((await auditOf(storage, declared.id)).length, 2);
});
