import assert from 'node:assert/strict';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { aClient, anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, insertClient, type StorageTest, tally } from './harness.ts';

/** What every driver must keep of tokens and of values that may be used once. */
export function testTokens(storageTest: StorageTest): void {
  storageTest('an opaque token is found until it is revoked', async (storage) => {
    const { accessTokens } = storage.stores;
    const client = aClient();
    await insertClient(storage, client);
    const token = { hash: 'h', clientId: client.id, claims: { sub: 'a', aud: ['b'] }, expiresAt: someTime };
    assert.equal(await accessTokens.insert(token), 'inserted');
    assert.deepEqual(await Promise.all(['h', 'x', 'h'].map(accessTokens.find)), [token, undefined, token]);
    await accessTokens.revoke('h');
    await accessTokens.revoke('h');
    assert.equal(await accessTokens.find('h'), undefined);
  });

  storageTest('the tokens of a client go with it, and none is stored afterwards', async (storage) => {
    const { accessTokens, clients } = storage.stores;
    const client = aClient();
    await insertClient(storage, client);
    const token = { clientId: client.id, claims: {}, expiresAt: someTime };
    await accessTokens.insert({ ...token, hash: 'before' });
    const removal = { id: client.id, revision: 1, audit: anAuditEvent(client.id, 'client.deleted') };
    const [removed, late] = await Promise.all([
      clients.remove(removal),
      accessTokens.insert({ ...token, hash: 'late' }),
    ]);
    assert.equal(removed, 'removed');
    assert.ok(late === 'client-gone' || (await accessTokens.find('late')) === undefined);
    assert.equal(await accessTokens.insert({ ...token, hash: 'after' }), 'client-gone');
    const found = await Promise.all(['before', 'late', 'after'].map(accessTokens.find));
    assert.deepEqual(found, [undefined, undefined, undefined]);
  });

  storageTest('a denied token stays denied', async (storage) => {
    const { accessTokens } = storage.stores;
    await accessTokens.deny('a', someTime);
    await accessTokens.deny('a', someTime);
    assert.deepEqual(await Promise.all(['a', 'b', 'a'].map(accessTokens.isDenied)), [true, false, true]);
  });

  // against: single-use/parallel
  storageTest('of 50 redemptions of one value exactly one succeeds', async (storage) => {
    const use = { kind: 'code', key: 'k', expiresAt: someTime };
    const outcomes = await inParallel(50, () => storage.stores.singleUse.claim(use));
    assert.deepEqual(tally(outcomes), { claimed: 1, replayed: 49 });
    assert.equal(await storage.stores.singleUse.claim(use), 'replayed');
  });

  // against: single-use/kinds
  storageTest('values of different kinds do not meet', async (storage) => {
    const { singleUse } = storage.stores;
    assert.equal(await singleUse.claim({ kind: 'code', key: 'k', expiresAt: someTime }), 'claimed');
    assert.equal(await singleUse.claim({ kind: 'jti', key: 'k', expiresAt: someTime }), 'claimed');
  });

  storageTest('a purge deletes what expired before a time, at most so many of each kind', async (storage) => {
    const { accessTokens, expiry, singleUse } = storage.stores;
    const client = aClient();
    await insertClient(storage, client);
    await inParallel(4, async (index) => {
      const expiresAt = secondsAfter(someTime, index);
      await accessTokens.insert({ hash: `h${index}`, clientId: client.id, claims: {}, expiresAt });
      await accessTokens.deny(`j${index}`, expiresAt);
      await singleUse.claim({ kind: 'code', key: `k${index}`, expiresAt });
    });
    const before = secondsAfter(someTime, 3);
    assert.equal(await expiry.purge(before, 2), 6);
    assert.equal(await expiry.purge(before, 2), 3);
    assert.equal(await expiry.purge(before, 2), 0);

    assert.equal(await accessTokens.find('h2'), undefined);
    assert.notEqual(await accessTokens.find('h3'), undefined);
    assert.deepEqual(await Promise.all(['j2', 'j3'].map(accessTokens.isDenied)), [false, true]);
    assert.equal(await singleUse.claim({ kind: 'code', key: 'k3', expiresAt: before }), 'replayed');
    assert.equal(await singleUse.claim({ kind: 'code', key: 'k2', expiresAt: before }), 'claimed');
  });
}
