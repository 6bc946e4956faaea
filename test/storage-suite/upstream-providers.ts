import assert from 'node:assert/strict';
import type { OidcProvider } from '../../src/identity-providers/identity-provider.ts';
import { oidcDefaults } from '../../src/identity-providers/oidc-settings.ts';
import { orderedUuid, randomUuid } from '../../src/kernel/random.ts';
import { anAccount, anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, type OpenedStorage, type StorageTest, tally } from './harness.ts';

function aProvider(changes: Partial<OidcProvider> = {}): OidcProvider {
  const settings = { ...oidcDefaults, issuer: 'https://op.example', clientId: 'clientele' };
  return {
    id: orderedUuid(),
    name: randomUuid(),
    type: 'oidc',
    settings,
    sealedSecret: 'v1.a.b',
    ...changes,
  };
}

async function insertProvider({ stores }: OpenedStorage, provider = aProvider()): Promise<OidcProvider> {
  assert.equal(await stores.identityProviders.insert(provider, anAuditEvent(provider.id)), 'inserted');
  return provider;
}

const aPerson = ({ id: providerId }: OidcProvider, subject = 'subject-1') => ({
  providerId,
  issuer: 'https://op.example',
  subject,
  at: someTime,
});

/** What every driver must keep of upstream providers, and of who people are there. */
export function testUpstreamProviders(storageTest: StorageTest): void {
  storageTest('the settings and the sealed secret of a provider are kept', async (storage) => {
    const { identityProviders } = storage.stores;
    const stored = [
      aProvider(),
      aProvider({ sealedSecret: null }),
      aProvider({
        settings: {
          issuer: 'https://op.example/tenant/',
          clientId: 'ü "x"',
          tokenEndpointAuthMethod: 'none',
          scopes: ['openid'],
          usernameClaim: null,
          emailClaim: 'upn',
        },
      }),
    ];
    for (const provider of stored) await insertProvider(storage, provider);
    assert.deepEqual((await identityProviders.list()).slice(1), stored);
    const [first] = stored;
    const declared = { ...(first ?? assert.fail()), sealedSecret: 'v1.c.d' };
    const audit = anAuditEvent(declared.id);
    assert.equal(await identityProviders.declare({ provider: declared, audit, displaced: null }), 'declared');
    assert.deepEqual((await identityProviders.list())[1], declared);
  });

  storageTest(
    'a provider is replaced only with the settings and the secret that were seen',
    async (storage) => {
      const { identityProviders } = storage.stores;
      const seen = await insertProvider(storage);
      const replace = (from: OidcProvider, to: Partial<OidcProvider>) =>
        identityProviders.replace({ provider: { ...seen, ...to }, seen: from, audit: anAuditEvent(seen.id) });
      const settings = { ...seen.settings, clientId: 'other' };
      for (const late of [
        { ...seen, settings },
        { ...seen, sealedSecret: 'v1.x.y' },
        { ...seen, sealedSecret: null },
      ]) {
        assert.equal(await replace(late, { name: 'Late' }), 'conflict');
      }
      assert.equal(await replace(seen, { settings, sealedSecret: null }), 'replaced');
      const changed = { ...seen, settings, sealedSecret: null };
      assert.deepEqual((await identityProviders.list()).at(-1), changed);
      assert.equal(await replace(changed, { name: seen.name, settings, sealedSecret: 'v1.e.f' }), 'replaced');
      const outcomes = await inParallel(20, (index) =>
        replace({ ...changed, sealedSecret: 'v1.e.f' }, { settings, sealedSecret: `v1.e.${index}` }),
      );
      assert.deepEqual(tally(outcomes), { replaced: 1, conflict: 19 });
    },
  );

  storageTest('the secrets of providers are sealed anew with all others', async (storage) => {
    const { dataKey, identityProviders } = storage.stores;
    const provider = await insertProvider(storage);
    await insertProvider(storage, aProvider({ sealedSecret: null }));
    const [text, ...others] = await dataKey.loadTexts();
    const context = `provider-secret/${provider.id}`;
    assert.deepEqual(
      [text, others],
      [{ kind: 'provider-secret', id: provider.id, context, sealed: 'v1.a.b' }, []],
    );
    assert.ok(text);
    const altered = { ...text, sealed: 'v1.x.y', resealed: 'v1.g.h' };
    assert.equal(await dataKey.insert('data key', [altered]), 'conflict');
    assert.equal(await dataKey.insert('data key', [{ ...text, resealed: 'v1.g.h' }]), 'inserted');
    assert.deepEqual((await identityProviders.list())[1], { ...provider, sealedSecret: 'v1.g.h' });
  });

  storageTest('a person is known by provider, issuer and subject, letter for letter', async (storage) => {
    const { federatedIdentities, accounts } = storage.stores;
    const [provider, other] = [await insertProvider(storage), await insertProvider(storage)];
    const account = anAccount();
    const person = aPerson(provider);
    assert.equal(await federatedIdentities.find(person), undefined);
    assert.equal(await federatedIdentities.insert(account, person), 'inserted');
    assert.equal(await federatedIdentities.find(person), account.id);
    assert.deepEqual(await accounts.load(account.id), account);
    for (const stranger of [
      { ...person, providerId: other.id },
      { ...person, issuer: 'https://op.example/' },
      { ...person, subject: 'Subject-1' },
      { ...person, subject: 'subject-1 ' },
    ]) {
      assert.equal(await federatedIdentities.find(stranger), undefined);
    }
  });

  storageTest('an account that is not linked is not made', async (storage) => {
    const { federatedIdentities, accounts } = storage.stores;
    const person = aPerson(await insertProvider(storage));
    await federatedIdentities.insert(anAccount(), person);
    const [second, third] = [anAccount({ username: 'second' }), anAccount({ username: 'third' })];
    assert.equal(await federatedIdentities.insert(anAccount(), { ...person, subject: 'x' }), 'taken');
    assert.equal(await federatedIdentities.insert(second, person), 'linked');
    const gone = { ...person, providerId: randomUuid() };
    assert.equal(await federatedIdentities.insert(third, gone), 'gone');
    for (const { id } of [second, third]) assert.equal(await accounts.load(id), undefined);
    assert.equal(await federatedIdentities.insert(second, { ...person, subject: 'x' }), 'inserted');
  });

  storageTest('of 50 accounts for one person that are made at once exactly one is', async (storage) => {
    const { federatedIdentities, accounts } = storage.stores;
    const person = aPerson(await insertProvider(storage));
    const made = Array.from({ length: 50 }, (_, index) => anAccount({ username: `name ${index}` }));
    const outcomes = await Promise.all(made.map((account) => federatedIdentities.insert(account, person)));
    assert.deepEqual(tally(outcomes), { inserted: 1, linked: 49 });
    assert.equal((await accounts.existing(made.map(({ id }) => id))).size, 1);
    assert.equal(await federatedIdentities.find(person), made[outcomes.indexOf('inserted')]?.id);
  });

  storageTest('who a person is goes with the provider, and the account stays', async (storage) => {
    const { federatedIdentities, identityProviders, accounts } = storage.stores;
    const provider = await insertProvider(storage);
    const account = anAccount();
    await federatedIdentities.insert(account, aPerson(provider));
    assert.equal(await identityProviders.delete(provider.id, anAuditEvent(provider.id)), 'deleted');
    assert.equal(await federatedIdentities.find(aPerson(provider)), undefined);
    assert.deepEqual(await accounts.load(account.id), account);
  });
}
