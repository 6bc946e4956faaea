import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aClient, aClientKey, anAuditEvent, aSecret } from '../../test/fixtures/storage-entries.ts';
import { createEnding } from '../../test/fixtures/teardown.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { systemClock } from '../kernel/clock.ts';
import { randomOctets } from '../kernel/random.ts';
import { sealingContext as clientKeyContext } from './client-key.ts';
import { type DataKeyStore, openDataKey, openVault, proveMasterKey, sealDataKey } from './data-key.ts';
import { MasterKeyError, sealingContext } from './key-set.ts';
import { openKeyring } from './keyring.ts';
import { rotateMasterKey } from './master-key-rotation.ts';
import { createSecretKeeper } from './secret-keeper.ts';
import { createVault, type Vault } from './vault.ts';

async function openFixture() {
  const ending = createEnding();
  const { stores, database } = await openTestStorage(ending);
  return {
    stores,
    store: stores.dataKey,
    content: database.content,
    openKeyring: (vault: Vault) =>
      openKeyring({
        store: stores.keys,
        vault,
        clock: systemClock,
        algorithms: ['ES256'],
        longestTokenLifetimeSeconds: 600,
      }),
    [Symbol.asyncDispose]: () => ending[Symbol.asyncDispose](),
  };
}

const masterKey = randomOctets(32);

test('the first start makes a data key that the master key alone opens, and that later starts use', async () => {
  await using fixture = await openFixture();
  const first = await openVault(fixture.store, [masterKey]);
  const sealed = first.seal(Buffer.from('secret'), 'here');
  assert.equal((await openVault(fixture.store, [masterKey])).open(sealed, 'here').toString(), 'secret');
  assert.notEqual(first.keyId, createVault(masterKey).keyId);
  assert.throws(() => createVault(masterKey).open(sealed, 'here'), { fault: 'other-key' });
});

test('nodes that start together get the same data key', async () => {
  await using fixture = await openFixture();
  const vaults = await Promise.all(Array.from({ length: 5 }, () => openVault(fixture.store, [masterKey])));
  assert.equal(new Set(vaults.map(({ keyId }) => keyId)).size, 1);
});

test('another master key opens nothing and changes nothing', async () => {
  await using fixture = await openFixture();
  await openVault(fixture.store, [masterKey]);
  const before = await fixture.content();
  await assert.rejects(openVault(fixture.store, [randomOctets(32)]), (error) => {
    assert.ok(error instanceof MasterKeyError);
    assert.match(error.message, /Start with the master key that this data was made with/);
    return true;
  });
  assert.equal(await fixture.content(), before);
});

test('a data key that was altered is told from another master key', () => {
  const sealed = sealDataKey(randomOctets(32), masterKey);
  const altered = `${sealed.slice(0, -4)}${sealed.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
  assert.throws(() => openDataKey(altered, [masterKey]), /was altered or moved/);
  assert.throws(() => openDataKey('nothing', [masterKey]), /malformed/);
});

test('what was sealed under the master key itself is sealed under a data key by the first start that makes one', async () => {
  await using fixture = await openFixture();
  const { stores, store } = fixture;
  const before = createVault(masterKey);
  const keyring = await fixture.openKeyring(before);
  const keeper = createSecretKeeper({ keyring, vault: before, secretStorage: 'sealed' });
  const client = aClient();
  const secret = aSecret({ verifier: keeper.makeVerifier('the secret') });
  const context = { clientId: client.id, secretId: secret.id };
  const clientKey = aClientKey('kid', client.id);
  const sealedKey = before.seal(Buffer.from('the key'), clientKeyContext(clientKey));
  await stores.clients.insert({
    client,
    secrets: [{ ...secret, sealed: keeper.seal('the secret', context) }, aSecret()],
    key: { ...clientKey, sealed: sealedKey },
    audit: anAuditEvent(client.id, 'client.created'),
  });

  const vault = await openVault(store, [randomOctets(32), masterKey]);
  const after = await fixture.openKeyring(vault);
  assert.deepEqual(after.keySet().publicJwks, keyring.keySet().publicJwks);
  const stored = await stores.clients.load(client.id);
  const kept = stored?.secrets.find(({ id }) => id === secret.id);
  const reopened = createSecretKeeper({ keyring: after, vault, secretStorage: 'sealed' });
  assert.equal(reopened.open(kept?.sealed ?? '', context), 'the secret');
  assert.ok(kept && reopened.matches('the secret', kept.verifier));
  const key = await stores.clientKeys.current(client.id);
  assert.equal(vault.open(key?.sealed ?? '', clientKeyContext(clientKey)).toString(), 'the key');
  const under = (await fixture.content()).match(/v1\.[\w-]+(?=\.)/g);
  // The data key alone is sealed under the master key.
  assert.equal(under?.filter((text) => text === `v1.${before.keyId}`).length, 1);
  assert.ok(under.length > 4);
});

test('a text that changes while all are sealed anew undoes the whole, and the next start does it', async () => {
  await using fixture = await openFixture();
  const before = createVault(masterKey);
  await fixture.openKeyring(before);
  const racing: DataKeyStore = {
    ...fixture.store,
    loadTexts: async () =>
      (await fixture.store.loadTexts()).map((text, index) =>
        index === 0
          ? { ...text, sealed: before.seal(before.open(text.sealed, text.context), text.context) }
          : text,
      ),
  };
  const untouched = await fixture.content();
  await assert.rejects(openVault(racing, [masterKey]), /other nodes keep changing/);
  assert.equal(await fixture.content(), untouched);
  await fixture.openKeyring(await openVault(fixture.store, [masterKey]));
});

test('after a rotation the new master key opens everything, and the one before nothing', async () => {
  await using fixture = await openFixture();
  const vault = await openVault(fixture.store, [masterKey]);
  const { publicJwks } = (await fixture.openKeyring(vault)).keySet();
  const next = randomOctets(32);
  assert.equal((await rotateMasterKey(fixture.store, [masterKey], () => next)).outcome, 'rotated');

  const reopened = await openVault(fixture.store, [next, masterKey]);
  assert.deepEqual((await fixture.openKeyring(reopened)).keySet().publicJwks, publicJwks);
  assert.equal(reopened.keyId, vault.keyId);
  await assert.rejects(openVault(fixture.store, [masterKey]), MasterKeyError);
  assert.equal((await rotateMasterKey(fixture.store, [next], () => next)).outcome, 'unchanged');
});

test('a rotation with a wrong key asks for no new one and changes nothing', async () => {
  await using fixture = await openFixture();
  await openVault(fixture.store, [masterKey]);
  const before = await fixture.content();
  const next = () => assert.fail('asked for the next key');
  await assert.rejects(rotateMasterKey(fixture.store, [randomOctets(32)], next), MasterKeyError);
  assert.equal(await fixture.content(), before);
});

test('of several rotations at once one happens, and its key opens the data', async () => {
  await using fixture = await openFixture();
  await openVault(fixture.store, [masterKey]);
  const sealed = await fixture.store.load();
  const same = { ...fixture.store, load: async () => sealed };
  const keys = Array.from({ length: 5 }, () => randomOctets(32));
  const results = await Promise.all(keys.map((key) => rotateMasterKey(same, [masterKey], () => key)));
  const rotated = results.filter(({ outcome }) => outcome === 'rotated');
  assert.equal(rotated.length, 1);
  assert.equal(results.filter(({ outcome }) => outcome === 'conflict').length, 4);
  await openVault(fixture.store, [rotated[0]?.to ?? assert.fail()]);
});

test('a database proves its master key, with a data key or without', async () => {
  await using fixture = await openFixture();
  const id = createVault(masterKey).keyId;
  assert.equal(proveMasterKey({ dataKey: undefined, text: undefined }, [masterKey]), null);
  await fixture.openKeyring(createVault(masterKey));
  const [row = assert.fail()] = await fixture.stores.keys.loadAll();
  const text = { kind: 'key', id: row.id, context: sealingContext(row), sealed: row.sealed } as const;
  assert.equal(proveMasterKey({ dataKey: undefined, text }, [randomOctets(32), masterKey]), id);
  assert.throws(() => proveMasterKey({ dataKey: undefined, text }, [randomOctets(32)]), MasterKeyError);
  const dataKey = sealDataKey(randomOctets(32), masterKey);
  assert.equal(proveMasterKey({ dataKey, text }, [masterKey]), id);
  assert.throws(() => proveMasterKey({ dataKey, text }, [randomOctets(32)]), MasterKeyError);
});
