import assert from 'node:assert/strict';
import type { Client } from '../../src/clients/client.ts';
import {
  builtInIdentityProvider,
  type IdentityProvider,
  type ProviderReplacement,
} from '../../src/identity-providers/identity-provider.ts';
import { orderedUuid } from '../../src/kernel/random.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { createAuditAppend } from '../../src/storage/sql/audit.ts';
import { createClientStore } from '../../src/storage/sql/client-store.ts';
import { createRevisions } from '../../src/storage/sql/revisions.ts';
import {
  aClient,
  aClientKey,
  anAuditEvent,
  anUpstreamProvider,
  aScope,
  changed,
} from '../fixtures/storage-entries.ts';
import { auditOf, inParallel, insertClient, type StorageTest, tally } from './harness.ts';

const aProvider = (name: string): IdentityProvider => ({ id: orderedUuid(), name, type: 'internal' });

/** What every driver must keep of scopes and identity providers. */
export function testDirectory(storageTest: StorageTest): void {
  storageTest('a scope is stored, changed and deleted, and the revision tells', async (storage) => {
    const { scopes } = storage.stores;
    const scope = aScope('reports');
    const audit = anAuditEvent(scope.id, 'scope.created');
    const start = await scopes.revision();
    assert.equal(await scopes.insert(scope, audit), 'inserted');
    const labelled = { ...scope, label: 'Reports', public: true };
    assert.equal(await scopes.replace(labelled, scope, anAuditEvent(scope.id)), 'replaced');
    assert.deepEqual(await scopes.list(), [labelled]);
    for (const seen of [scope, { ...labelled, label: null }, { ...labelled, name: 'other' }]) {
      assert.equal(await scopes.replace({ ...scope, label: 'Late' }, seen, anAuditEvent('x')), 'conflict');
    }
    const other = aScope('other');
    assert.equal(await scopes.replace(other, other, anAuditEvent('x')), 'conflict');
    assert.equal(await scopes.delete('unknown', anAuditEvent('x')), 'absent');
    assert.equal(await scopes.delete(scope.id, anAuditEvent(scope.id)), 'deleted');
    assert.deepEqual(await scopes.list(), []);
    assert.equal((await scopes.revision()) - start, 3);
  });

  storageTest(
    'of many scopes with one name one is stored, and none takes the name of another',
    async (storage) => {
      const { scopes } = storage.stores;
      const outcomes = await inParallel(20, () => scopes.insert(aScope('reports'), anAuditEvent('x')));
      assert.deepEqual(tally(outcomes), { inserted: 1, taken: 19 });
      const other = aScope('exports');
      await scopes.insert(other, anAuditEvent(other.id));
      assert.equal(
        await scopes.replace({ ...other, name: 'reports' }, other, anAuditEvent(other.id)),
        'taken',
      );
    },
  );

  storageTest(
    'the former name stays with a renamed scope until the renaming is finished',
    async (storage) => {
      const { scopes } = storage.stores;
      const scope = aScope('reports');
      await scopes.insert(scope, anAuditEvent(scope.id));
      const renamed = { ...scope, name: 'exports', renamedFrom: 'reports' };
      assert.equal(await scopes.replace(renamed, scope, anAuditEvent(scope.id)), 'replaced');
      assert.deepEqual(await scopes.list(), [renamed]);
      const again = { ...renamed, name: 'other', renamedFrom: 'exports' };
      const seenFinished = { ...renamed, renamedFrom: null };
      assert.equal(await scopes.replace(again, seenFinished, anAuditEvent('x')), 'conflict');
      const before = await scopes.revision();
      await scopes.finishRename({ ...scope, renamedFrom: 'another' });
      await scopes.finishRename({ ...scope, renamedFrom: null });
      assert.deepEqual(await scopes.list(), [renamed]);
      await scopes.finishRename(renamed);
      assert.deepEqual(await scopes.list(), [seenFinished]);
      assert.equal(await scopes.revision(), before);
      assert.equal(await scopes.replace(again, seenFinished, anAuditEvent('x')), 'replaced');
    },
  );

  storageTest('a client gets scopes only while they are as they were when it was judged', async (storage) => {
    const { scopes, clients, clientKeys } = storage.stores;
    const judgedAt = await scopes.revision();
    const client = aClient({ authorizedScopes: ['reports'] });
    const insert = { client, secrets: [], audit: anAuditEvent(client.id) };
    const key = aClientKey('first', client.id);
    assert.equal(await clients.insert({ ...insert, key, scopesRevision: judgedAt - 1 }), 'conflict');
    assert.equal(await clients.insert({ ...insert, key, scopesRevision: judgedAt }), 'inserted');
    const next = { client: changed(client, { allowedScopes: ['reports'] }), audit: anAuditEvent(client.id) };
    await scopes.insert(aScope('reports'), anAuditEvent('x'));
    const late = { ...next, key: aClientKey('second', client.id), scopesRevision: judgedAt };
    const keys = await clientKeys.revision();
    assert.equal(await clients.update(late), 'conflict');
    assert.deepEqual((await clients.load(client.id))?.client, client);
    assert.equal(await clientKeys.revision(), keys);
    assert.equal(await clients.update({ ...late, scopesRevision: judgedAt + 1 }), 'updated');
  });

  storageTest(
    'whoever deletes a scope sees every client that got it before, and none gets it afterwards',
    async (storage) => {
      const { scopes, clients } = storage.stores;
      for (let round = 0; round < 10; round++) {
        const scope = aScope(`round-${round}`);
        await scopes.insert(scope, anAuditEvent(scope.id));
        const scopesRevision = await scopes.revision();
        const holders = Array.from({ length: 6 }, () => aClient({ authorizedScopes: [scope.name] }));
        const insert = (client: Client) =>
          clients.insert({ client, secrets: [], audit: anAuditEvent(client.id), scopesRevision });
        const early = holders.slice(0, 3).map(insert);
        const deletion = scopes.delete(scope.id, anAuditEvent(scope.id));
        const late = holders.slice(3).map(insert);
        await deletion;
        const holding = await clients.namingScope(scope.name);
        const outcomes = await Promise.all([...early, ...late]);
        const inserted = holders.filter((_, index) => outcomes[index] === 'inserted').map(({ id }) => id);
        assert.deepEqual(holding.toSorted(), inserted.toSorted());
      }
    },
  );

  storageTest('records that name a scope are found by its name alone, letter for letter', async (storage) => {
    const { engine, stores } = storage;
    const names = ['a_b%c', 'axb%c', 'a_b-c', 'A_B%C', 'a_b%c:d', '\\', '%', '_'];
    const ids = new Map<string, readonly string[]>();
    for (const name of names) {
      const holders = [aClient({ allowedScopes: ['openid', name] }), aClient({ authorizedScopes: [name] })];
      for (const client of holders) await insertClient(storage, client);
      ids.set(name, holders.map(({ id }) => id).toSorted());
    }
    await insertClient(storage, aClient({ name: 'a_b%c', description: '"%"' }));
    for (const name of names) {
      assert.deepEqual((await stores.clients.namingScope(name)).toSorted(), ids.get(name), name);
    }
    let rows = 0;
    const counting: Engine = {
      ...engine,
      scan: async (query) => {
        const found = await engine.scan(query);
        rows += found.length;
        return found;
      },
    };
    const store = createClientStore(counting, createRevisions(engine), createAuditAppend(engine));
    assert.equal((await store.namingScope('a_b-c')).length, 2);
    assert.equal(rows, 2, 'records that were read');
  });

  storageTest('the built-in identity provider is there from the first start', async (storage) => {
    assert.deepEqual(await storage.stores.identityProviders.list(), [builtInIdentityProvider]);
  });

  storageTest('an identity provider is replaced as it was seen, and otherwise not', async (storage) => {
    const { identityProviders } = storage.stores;
    const seen = aProvider('Corporate');
    await identityProviders.insert(seen, anAuditEvent(seen.id));
    const replace = (from: IdentityProvider, name: string) =>
      identityProviders.replace({ provider: { ...seen, name }, seen: from, audit: anAuditEvent(seen.id) });
    assert.equal(await replace(seen, 'Staff'), 'replaced');
    const before = await auditOf(storage, seen.id);
    assert.equal(await replace(seen, 'Late'), 'conflict');
    assert.equal(await replace({ ...seen, id: 'unknown' }, 'Late'), 'conflict');
    assert.equal(await replace({ ...seen, name: 'Staff' }, builtInIdentityProvider.name), 'taken');
    assert.deepEqual((await identityProviders.list()).at(-1), { ...seen, name: 'Staff' });
    assert.deepEqual(await auditOf(storage, seen.id), before);
  });

  storageTest(
    'a declared identity provider and the one that had its name change together or not at all',
    async (storage) => {
      const { identityProviders } = storage.stores;
      const [holder, other, provider] = [aProvider('Staff'), aProvider('Other'), aProvider('Staff')];
      for (const each of [holder, other]) await identityProviders.insert(each, anAuditEvent(each.id));
      const declare = (wanted: IdentityProvider, displaced: ProviderReplacement | null) =>
        identityProviders.declare({ provider: wanted, audit: anAuditEvent(wanted.id), displaced });
      const freeing = (seen: IdentityProvider, name: string): ProviderReplacement => ({
        provider: { ...holder, name },
        seen,
        audit: anAuditEvent(holder.id),
      });
      const [before, start] = [await identityProviders.list(), await identityProviders.revision()];
      assert.equal(await declare(provider, null), 'taken');
      assert.equal(await declare(provider, freeing(holder, 'Other')), 'taken');
      assert.equal(await declare(provider, freeing({ ...holder, name: 'Late' }, 'Free')), 'conflict');
      assert.equal(await declare({ ...provider, name: 'Other' }, freeing(holder, 'Free')), 'taken');
      assert.deepEqual(await identityProviders.list(), before);
      assert.deepEqual(await auditOf(storage, provider.id), []);
      assert.equal(await declare(provider, freeing(holder, 'Free')), 'declared');
      assert.equal(await declare({ ...provider, name: 'Again' }, null), 'declared');
      const named = await identityProviders.list();
      const nameOf = ({ id }: IdentityProvider) => named.find((each) => each.id === id)?.name;
      assert.deepEqual([holder, other, provider].map(nameOf), ['Free', 'Other', 'Again']);
      assert.equal((await identityProviders.revision()) - start, 2);
      assert.equal((await auditOf(storage, holder.id)).length, 2);
    },
  );

  storageTest('an identity provider that a client names is not deleted', async (storage) => {
    const { identityProviders, clients } = storage.stores;
    const provider = aProvider('Corporate');
    assert.equal(await identityProviders.insert(provider, anAuditEvent(provider.id)), 'inserted');
    assert.equal(await identityProviders.insert(aProvider('Corporate'), anAuditEvent('x')), 'taken');
    const client = aClient({ identityProviderId: provider.id });
    await insertClient(storage, client);
    assert.equal(await identityProviders.delete(provider.id, anAuditEvent(provider.id)), 'in-use');
    await clients.update({
      client: changed(client, { identityProviderId: null }),
      audit: anAuditEvent(client.id),
    });
    assert.equal(await identityProviders.delete(provider.id, anAuditEvent(provider.id)), 'deleted');
    assert.equal(await identityProviders.delete(provider.id, anAuditEvent(provider.id)), 'absent');
    const late = aClient({ identityProviderId: provider.id });
    assert.equal(await insertClient(storage, late), 'conflict');
    const next = changed(client, { identityProviderId: provider.id });
    const update = { client: { ...next, revision: 3 }, audit: anAuditEvent(client.id) };
    assert.equal(await clients.update(update), 'conflict');
  });

  // against: refresh/current
  storageTest('a client is found with the issuer that its provider has at that moment', async (storage) => {
    const { clients, identityProviders } = storage.stores;
    const seen = anUpstreamProvider('https://one.example');
    await identityProviders.insert(seen, anAuditEvent(seen.id));
    const [client, other] = [aClient({ identityProviderId: seen.id }), aClient()];
    await insertClient(storage, client);
    await insertClient(storage, other);
    const issuers = async () =>
      (await Promise.all([client.id, other.id].map(clients.load))).map((found) => found?.providerIssuer);
    assert.deepEqual(await issuers(), ['https://one.example', undefined]);
    const provider = { ...seen, settings: { ...seen.settings, issuer: 'https://two.example' } };
    const replacement = { provider, seen, audit: anAuditEvent(seen.id) };
    assert.equal(await identityProviders.replace(replacement), 'replaced');
    assert.deepEqual(await issuers(), ['https://two.example', undefined]);
    const declared = { ...builtInIdentityProvider, id: seen.id, name: seen.name };
    const declaration = { provider: declared, audit: anAuditEvent(seen.id), displaced: null };
    assert.equal(await identityProviders.declare(declaration), 'declared');
    assert.deepEqual(await issuers(), [undefined, undefined]);
  });

  storageTest('a client never ends with a provider that is deleted meanwhile', async (storage) => {
    const { identityProviders } = storage.stores;
    for (let round = 0; round < 10; round++) {
      const provider = aProvider(`Corporate ${round}`);
      await identityProviders.insert(provider, anAuditEvent(provider.id));
      const [deleted, ...inserted] = await Promise.all([
        identityProviders.delete(provider.id, anAuditEvent(provider.id)),
        ...Array.from({ length: 4 }, () =>
          insertClient(storage, aClient({ identityProviderId: provider.id })),
        ),
      ]);
      assert.equal(
        deleted === 'deleted',
        inserted.every((outcome) => outcome === 'conflict'),
        String(inserted),
      );
    }
  });
}
