import assert from 'node:assert/strict';
import type { StoredInteraction } from '../../src/interaction/interaction-store.ts';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { orderedUuid, randomUuid } from '../../src/kernel/random.ts';
import { anAccount, aStoredSession, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, type StorageTest, tally } from './harness.ts';

/** What every driver must keep of sessions, and of what waits for people. */
export function testSessions(storageTest: StorageTest): void {
  testBrowserSessions(storageTest);
  testInteractions(storageTest);
}

function testBrowserSessions(storageTest: StorageTest): void {
  storageTest('a session is found by its id, with the hash of its secret', async ({ stores }) => {
    const { accounts, sessions } = stores;
    const account = anAccount();
    await accounts.insert(account);
    const place = { identityProviderId: randomUuid(), providerIssuer: 'https://elsewhere.example' };
    const details = { acr: 'urn:clientele:acr:2', userAgent: 'Browser/1' };
    const stored = aStoredSession(account.id, { ...place, ...details });
    assert.equal(await sessions.insert(stored, 1), 'inserted');
    const { id } = stored.session;
    assert.deepEqual(await Promise.all([id, randomUuid(), id].map(sessions.load)), [
      stored,
      undefined,
      stored,
    ]);
  });

  storageTest(
    'a session counts for nothing while its account is disabled, and goes with it',
    async (storage) => {
      const { accounts, sessions } = storage.stores;
      const account = anAccount();
      await accounts.insert(account);
      const stored = aStoredSession(account.id);
      await sessions.insert(stored, 1);
      await accounts.replace({ ...account, disabled: true });
      assert.equal(await sessions.load(stored.session.id), undefined);
      assert.deepEqual(await sessions.listOfAccount(account.id), []);
      const { secretHash } = stored;
      assert.equal(await sessions.insert(aStoredSession(account.id), 2), 'account-gone');
      assert.equal(await sessions.renew(stored, { secretHash, accountRevision: 2 }), 'account-gone');
      await accounts.replace({ ...account, revision: 2 });
      assert.deepEqual(await sessions.load(stored.session.id), stored);
      assert.equal(await sessions.insert(aStoredSession(account.id), 2), 'account-gone');
      assert.equal(await sessions.renew(stored, { secretHash, accountRevision: 2 }), 'account-gone');
      assert.equal(await sessions.renew(stored, { secretHash, accountRevision: 3 }), 'renewed');
    },
  );

  storageTest(
    'of the sessions of an account those are beyond a number that were used longest ago',
    async (storage) => {
      const { accounts, sessions } = storage.stores;
      const account = anAccount();
      await accounts.insert(account);
      const ids: string[] = [];
      for (const age of [30, 10, 20]) {
        const stored = aStoredSession(account.id, { lastSeenAt: secondsAfter(someTime, -age) });
        await sessions.insert(stored, 1);
        ids.push(stored.session.id);
      }
      const [oldest, , middle] = ids;
      assert.deepEqual(await sessions.beyond(account.id, 1), [middle, oldest]);
      assert.deepEqual(await sessions.beyond(account.id, 2), [oldest]);
      assert.deepEqual(await sessions.beyond(account.id, 3), []);
      assert.deepEqual(await sessions.beyond(randomUuid(), 0), []);
    },
  );

  storageTest('nobody is signed in to an account that does not exist', async ({ stores }) => {
    assert.equal(await stores.sessions.insert(aStoredSession(randomUuid()), 1), 'account-gone');
  });

  storageTest(
    'of 50 parallel sign-ins to one session exactly one gives it another secret',
    async (storage) => {
      const { accounts, sessions } = storage.stores;
      const account = anAccount();
      await accounts.insert(account);
      const before = aStoredSession(account.id, {}, 'before');
      await sessions.insert(before, 1);
      const authTime = secondsAfter(someTime, 60);
      const outcomes = await inParallel(50, (index) =>
        sessions.renew(
          { session: { ...before.session, authTime, amr: ['otp'] }, secretHash: `h${index}` },
          { secretHash: 'before', accountRevision: 1 },
        ),
      );
      assert.deepEqual(tally(outcomes), { renewed: 1, conflict: 49 });
      const after = await sessions.load(before.session.id);
      assert.deepEqual(after?.session, { ...before.session, authTime, amr: ['otp'] });
      assert.equal(after.secretHash, `h${outcomes.indexOf('renewed')}`);
    },
  );

  storageTest('a session was used when it was last, whatever is noted in which order', async ({ stores }) => {
    const { accounts, sessions } = stores;
    const account = anAccount();
    await accounts.insert(account);
    const first = aStoredSession(account.id).session;
    const second = aStoredSession(account.id).session;
    for (const session of [first, second]) await sessions.insert({ session, secretHash: session.id }, 1);
    const later = secondsAfter(someTime, 120);
    await sessions.recordSeen([
      { id: first.id, at: later },
      { id: randomUuid(), at: later },
    ]);
    await sessions.recordSeen([{ id: first.id, at: secondsAfter(someTime, 60) }]);
    assert.deepEqual(await sessions.listOfAccount(account.id), [{ ...first, lastSeenAt: later }, second]);
  });
}

function anInteraction(changes: Partial<StoredInteraction> = {}): StoredInteraction {
  return {
    id: orderedUuid(),
    kind: 'sign-in',
    browserHash: 'browser',
    revision: 1,
    state: { parameters: 'a=b', nested: { list: [1, null] } },
    expiresAt: someTime,
    ...changes,
  };
}

function testInteractions(storageTest: StorageTest): void {
  storageTest('an interaction goes on by one revision at a time', async ({ stores }) => {
    const { interactions } = stores;
    const begun = anInteraction();
    assert.equal(await interactions.insert(begun), 'inserted');
    assert.equal(await interactions.insert(begun), 'exists');
    assert.deepEqual(await interactions.load(begun.id), begun);
    assert.equal(await interactions.advance({ id: begun.id, revision: 3, state: {} }), 'conflict');
    const outcomes = await inParallel(20, (step) =>
      interactions.advance({ id: begun.id, revision: 2, state: { step } }),
    );
    assert.deepEqual(tally(outcomes), { advanced: 1, conflict: 19 });
    const step = outcomes.indexOf('advanced');
    assert.deepEqual(await interactions.load(begun.id), { ...begun, revision: 2, state: { step } });
    assert.equal(await interactions.load(orderedUuid()), undefined);
  });

  storageTest('of 50 that finish an interaction exactly one does', async ({ stores }) => {
    const { interactions } = stores;
    const begun = anInteraction();
    await interactions.insert(begun);
    assert.equal(await interactions.take({ id: begun.id, revision: 2 }), 'conflict');
    const outcomes = await inParallel(50, () => interactions.take(begun));
    assert.deepEqual(tally(outcomes), { taken: 1, conflict: 49 });
    assert.equal(await interactions.load(begun.id), undefined);
    assert.equal(await interactions.advance({ ...begun, revision: 2 }), 'conflict');
    assert.equal(await interactions.insert({ ...begun, revision: 2 }), 'inserted');
  });

  storageTest(
    'what waits for people, and their sessions, are purged once they have expired',
    async (storage) => {
      const { accounts, expiry, interactions, sessions } = storage.stores;
      const account = anAccount();
      await accounts.insert(account);
      const old = { ...anInteraction(), ...aStoredSession(account.id, { expiresAt: someTime }) };
      const live = {
        ...anInteraction({ expiresAt: secondsAfter(someTime, 1) }),
        ...aStoredSession(account.id),
      };
      for (const entry of [old, live]) {
        await interactions.insert(entry);
        await sessions.insert(entry, 1);
      }
      assert.equal(await expiry.purge(secondsAfter(someTime, 1), 10), 2);
      assert.equal(await interactions.load(old.id), undefined);
      assert.equal(await sessions.load(old.session.id), undefined);
      assert.notEqual(await interactions.load(live.id), undefined);
      assert.notEqual(await sessions.load(live.session.id), undefined);
    },
  );
}
