import assert from 'node:assert/strict';
import { secondsAfter } from '../../src/kernel/clock.ts';
import type { LogoutNotice } from '../../src/protocol/logout/logout-notice.ts';
import { createPeopleRows } from '../fixtures/people-rows.ts';
import { anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { auditOf, inParallel, type OpenedStorage, type StorageTest, tally } from './harness.ts';

const later = secondsAfter(someTime, 10);

/** Who is to be told of which session. */
async function due({ stores }: OpenedStorage): Promise<readonly string[]> {
  const notices = await stores.logoutNotices.listDue(later, [], 100);
  return notices.map(({ sessionId, clientId }) => pair(sessionId, clientId)).toSorted();
}

const pair = (sessionId: string, clientId: string): string => `${sessionId} ${clientId}`;

/** What every driver must do where sessions, consents and clients end, and with the notices that come of it. */
export function testEndings(storageTest: StorageTest): void {
  storageTest(
    'a session ends with its grants but the offline ones, and its clients are noticed',
    async (storage) => {
      const rows = createPeopleRows(storage);
      const account = await rows.account();
      const [told, untold, offline, idle] = [
        await rows.client(),
        await rows.client({ backchannelLogoutUri: null }),
        await rows.client(),
        await rows.client(),
      ];
      const [session, other] = [await rows.session(account), await rows.session(account)];
      await rows.signIn(session, account, told);
      await rows.signIn(session, account, untold);
      await rows.signIn(session, account, offline, { offline: 1 });
      await rows.signIn(other, account, idle);

      assert.deepEqual(
        (await storage.stores.endings.clientsOf(session)).toSorted(),
        [told.id, untold.id, offline.id].toSorted(),
      );
      await storage.stores.endings.endSession(session, someTime);
      assert.deepEqual(await due(storage), [pair(session, told.id), pair(session, offline.id)].toSorted());
      assert.deepEqual(await rows.count(), { sessions: 1, session_clients: 1, consents: 4, grants: 2 });

      await storage.stores.endings.endSession(session, someTime);
      assert.equal((await due(storage)).length, 2);
    },
  );

  storageTest('the end of a session is audited once, and of one that is gone not at all', async (storage) => {
    const rows = createPeopleRows(storage);
    const account = await rows.account();
    const session = await rows.session(account);
    const { endings } = storage.stores;
    const entry = () => [anAuditEvent(session, 'session.ended')];
    await inParallel(5, () => endings.endSession(session, someTime, entry()));
    assert.equal((await auditOf(storage, session)).length, 1);
    await endings.endElsewhere(account.id, session, someTime, [anAuditEvent('of all')]);
    await endings.endAccount(account.id, someTime, [anAuditEvent('of all')]);
    assert.equal((await auditOf(storage, 'of all')).length, 2);
  });

  storageTest('a grant that came beside its session is noticed and ends with it', async (storage) => {
    const rows = createPeopleRows(storage);
    const [account, client] = [await rows.account(), await rows.client()];
    const session = await rows.session(account);
    const consentId = await rows.consent(account, client);
    await rows.grant({ consentId, sessionId: session }, account, client);
    await storage.stores.endings.endSession(session, someTime);
    assert.deepEqual(await due(storage), [pair(session, client.id)]);
    assert.equal((await rows.count()).grants, 0);
  });

  storageTest('the other sessions of an account end, and none of somebody else', async (storage) => {
    const rows = createPeopleRows(storage);
    const [account, stranger, client] = [await rows.account(), await rows.account(), await rows.client()];
    const [kept, first, second] = [
      await rows.session(account),
      await rows.session(account),
      await rows.session(account),
    ];
    const foreign = await rows.session(stranger);
    for (const session of [kept, first, second, foreign]) await rows.takesPart(session, client);
    await storage.stores.endings.endSessionsOf(account.id, kept, someTime);
    assert.deepEqual(await due(storage), [pair(first, client.id), pair(second, client.id)].toSorted());
    assert.equal((await rows.count()).sessions, 2);
    await storage.stores.endings.endSessionsOf(account.id, null, someTime);
    assert.equal((await rows.count()).sessions, 1);
    assert.equal((await due(storage)).length, 3);
  });

  storageTest(
    'elsewhere an account ends with its offline grants too, and what came from the kept session stays',
    async (storage) => {
      const rows = createPeopleRows(storage);
      const [account, stranger] = [await rows.account(), await rows.account()];
      const [client, other, idle] = [await rows.client(), await rows.client(), await rows.client()];
      const [kept, ended] = [await rows.session(account), await rows.session(account)];
      const consentId = await rows.signIn(kept, account, client, { offline: 1 });
      await rows.grant({ consentId, sessionId: kept }, account, client);
      await rows.grant({ consentId, sessionId: ended }, account, client);
      await rows.grant({ consentId, sessionId: 'ended-before' }, account, client, { offline: 1 });
      await rows.signIn(ended, account, other, { offline: 1 });
      await rows.consent(account, idle);
      await rows.signIn(await rows.session(stranger), stranger, client, { offline: 1 });
      await storage.stores.endings.endElsewhere(account.id, kept, someTime);
      assert.deepEqual(
        await due(storage),
        [pair(ended, client.id), pair('ended-before', client.id), pair(ended, other.id)].toSorted(),
      );
      assert.deepEqual(await rows.count(), { sessions: 2, session_clients: 2, consents: 4, grants: 3 });
    },
  );

  storageTest(
    'a consent ends for its own account alone, with its grants, and the session stays',
    async (storage) => {
      const rows = createPeopleRows(storage);
      const [account, stranger] = [await rows.account(), await rows.account()];
      const [client, other] = [await rows.client(), await rows.client()];
      const session = await rows.session(account);
      const consent = await rows.signIn(session, account, client);
      await rows.signIn(session, account, other);
      const { endings } = storage.stores;

      assert.equal(await endings.endConsent(consent, stranger.id, someTime), 'absent');
      assert.deepEqual(await due(storage), []);
      const outcomes = await inParallel(5, () => endings.endConsent(consent, account.id, someTime));
      assert.deepEqual(tally(outcomes), { ended: 1, absent: 4 });
      assert.deepEqual(await due(storage), [pair(session, client.id)]);
      assert.deepEqual(await rows.count(), { sessions: 1, session_clients: 1, consents: 1, grants: 1 });
    },
  );

  storageTest('all consents end, and every client that one was for is noticed', async (storage) => {
    const rows = createPeopleRows(storage);
    const [account, stranger] = [await rows.account(), await rows.account()];
    const [signedIn, offline, idle, untold] = [
      await rows.client(),
      await rows.client(),
      await rows.client(),
      await rows.client({ backchannelLogoutUri: null }),
    ];
    const session = await rows.session(account);
    await rows.signIn(session, account, signedIn);
    const consentId = await rows.consent(account, offline);
    await rows.grant({ consentId, sessionId: 'ended-before' }, account, offline, { offline: 1 });
    await rows.consent(account, idle);
    await rows.consent(account, untold);
    await rows.signIn(await rows.session(stranger), stranger, signedIn);

    assert.equal(await storage.stores.endings.endConsents(account.id, someTime), 4);
    assert.deepEqual(
      await due(storage),
      [pair(session, signedIn.id), pair('ended-before', offline.id), pair(account.id, idle.id)].toSorted(),
    );
    assert.deepEqual(await rows.count(), { sessions: 2, session_clients: 1, consents: 1, grants: 1 });
    const { endConsents } = storage.stores.endings;
    assert.equal(await endConsents(account.id, someTime, [anAuditEvent('of nothing')]), 0);
    assert.equal(await endConsents(stranger.id, someTime, [anAuditEvent('of one')]), 1);
    assert.equal((await auditOf(storage, 'of nothing')).length, 0);
    assert.equal((await auditOf(storage, 'of one')).length, 1);
  });

  storageTest('an account ends with every session and grant; what it allowed stays', async (storage) => {
    const rows = createPeopleRows(storage);
    const [account, client, idle] = [await rows.account(), await rows.client(), await rows.client()];
    const [first, second] = [await rows.session(account), await rows.session(account)];
    const consentId = await rows.signIn(first, account, client, { offline: 1 });
    await rows.grant({ consentId, sessionId: second }, account, client);
    await rows.consent(account, idle);
    await storage.stores.endings.endAccount(account.id, someTime);
    assert.deepEqual(
      await due(storage),
      [pair(first, client.id), pair(second, client.id), pair(account.id, idle.id)].toSorted(),
    );
    assert.deepEqual(await rows.count(), { sessions: 0, session_clients: 0, consents: 2, grants: 0 });
  });

  storageTest(
    'a deleted client is noticed with the record that it had, and keeps nothing else',
    async (storage) => {
      const rows = createPeopleRows(storage);
      const [account, client, bystander] = [await rows.account(), await rows.client(), await rows.client()];
      const [session, ended] = [await rows.session(account), await rows.session(account)];
      await rows.signIn(session, account, client);
      await rows.takesPart(ended, client);
      await rows.takesPart(session, bystander);
      await storage.stores.endings.endSession(ended, someTime);
      const removal = { id: client.id, audit: anAuditEvent(client.id, 'client.deleted') };
      assert.equal(await storage.stores.clients.remove({ ...removal, revision: 2 }), 'conflict');
      assert.deepEqual(await due(storage), [pair(ended, client.id)]);

      assert.equal(await storage.stores.clients.remove({ ...removal, revision: 1 }), 'removed');
      const notices = await storage.stores.logoutNotices.listDue(later, [], 100);
      assert.deepEqual(
        notices.map(({ sessionId, record }) => [sessionId, record]).toSorted(),
        [session, ended].map((id) => [id, client]).toSorted(),
      );
      assert.deepEqual(await rows.count(), { sessions: 1, session_clients: 1, consents: 0, grants: 0 });
    },
  );

  storageTest(
    'a client that is told where to be noticed, or no more, is noticed as its record says',
    async (storage) => {
      const rows = createPeopleRows(storage);
      const [account, client] = [await rows.account(), await rows.client()];
      const sessions = [await rows.session(account), await rows.session(account)] as const;
      for (const session of sessions) await rows.takesPart(session, client);
      const change = async (revision: number, backchannelLogoutUri: string | null): Promise<void> => {
        const audit = anAuditEvent(client.id);
        await storage.stores.clients.update({ client: { ...client, revision, backchannelLogoutUri }, audit });
      };
      await change(2, null);
      await storage.stores.endings.endSession(sessions[0], someTime);
      assert.deepEqual(await due(storage), []);
      await change(3, 'https://rp.example/elsewhere');
      await storage.stores.endings.endSession(sessions[1], someTime);
      assert.deepEqual(await due(storage), [pair(sessions[1], client.id)]);
    },
  );

  testNotices(storageTest);
}

async function oneNotice(storage: OpenedStorage): Promise<LogoutNotice> {
  const rows = createPeopleRows(storage);
  const session = await rows.session(await rows.account());
  await rows.takesPart(session, await rows.client());
  await storage.stores.endings.endSession(session, someTime);
  const [notice] = await storage.stores.logoutNotices.listDue(later, [], 100);
  assert.ok(notice);
  return notice;
}

function testNotices(storageTest: StorageTest): void {
  storageTest(
    'of 50 who take a notice in hand exactly one has it, until its time is over',
    async (storage) => {
      const { logoutNotices } = storage.stores;
      const notice = await oneNotice(storage);
      const until = secondsAfter(later, 60);
      const claims = await inParallel(50, () => logoutNotices.claim(notice, until));
      const [claimed, ...more] = claims.filter((claim) => claim !== 'taken');
      assert.ok(claimed);
      assert.deepEqual([more.length, claimed], [0, { ...notice, attempts: 1, dueAt: until }]);
      assert.deepEqual(await logoutNotices.listDue(secondsAfter(until, -1), [], 10), []);
      assert.deepEqual(await logoutNotices.listDue(until, [], 10), [claimed]);

      const taken = await logoutNotices.claim(claimed, secondsAfter(until, 60));
      assert.ok(taken !== 'taken');
      await logoutNotices.settle(claimed, { state: 'delivered', fault: null, at: until });
      await logoutNotices.retry(claimed, { fault: 'late', dueAt: until });
      await logoutNotices.drop(claimed);
      assert.deepEqual(
        (await logoutNotices.listOfClient(notice.clientId)).map(({ state, attempts }) => [state, attempts]),
        [['pending', 2]],
      );
    },
  );

  storageTest(
    'a notice is tried again when it is due, and what became of it can be read',
    async (storage) => {
      const { logoutNotices } = storage.stores;
      const notice = await oneNotice(storage);
      const claimed = await logoutNotices.claim(notice, later);
      assert.ok(claimed !== 'taken');
      const again = secondsAfter(later, 15);
      await logoutNotices.retry(claimed, { fault: 'timeout', dueAt: again });
      assert.deepEqual(await logoutNotices.listDue(secondsAfter(again, -1), [], 10), []);
      const [retried] = await logoutNotices.listDue(again, [], 10);
      assert.ok(retried);
      const second = await logoutNotices.claim(retried, secondsAfter(again, 60));
      assert.ok(second !== 'taken');
      await logoutNotices.settle(second, { state: 'failed', fault: 'refused', at: again });
      assert.deepEqual(await logoutNotices.listDue(secondsAfter(again, 999), [], 10), []);
      assert.deepEqual(await logoutNotices.listOfClient(notice.clientId), [
        {
          sessionId: notice.sessionId,
          accountId: notice.accountId,
          createdAt: someTime,
          dueAt: second.dueAt,
          attempts: 2,
          state: 'failed',
          fault: 'refused',
          settledAt: again,
        },
      ]);
    },
  );

  storageTest('what is due to a client waits, and a client can be left out', async (storage) => {
    const { logoutNotices } = storage.stores;
    const notice = await oneNotice(storage);
    assert.deepEqual(await logoutNotices.listDue(later, [notice.clientId], 10), []);
    assert.deepEqual(await logoutNotices.listDue(later, ['another'], 10), [notice]);
    const until = secondsAfter(later, 60);
    await logoutNotices.postpone('another', later, until);
    assert.deepEqual(await logoutNotices.listDue(later, [], 10), [notice]);
    await logoutNotices.postpone(notice.clientId, later, until);
    assert.deepEqual(await logoutNotices.listDue(later, [], 10), []);
    assert.deepEqual(await logoutNotices.listDue(until, [], 10), [{ ...notice, dueAt: until }]);
  });

  storageTest('a notice outlives the storage, and begins anew when there is news', async (storage) => {
    const notice = await oneNotice(storage);
    const reopened = await storage.reopen();
    try {
      const { endings, logoutNotices } = reopened.stores;
      const [found] = await logoutNotices.listDue(later, [], 10);
      assert.deepEqual(found, notice);
      const claimed = await logoutNotices.claim(notice, later);
      assert.ok(claimed !== 'taken');
      await logoutNotices.settle(claimed, { state: 'delivered', fault: null, at: later });
      const rows = createPeopleRows(reopened);
      const client = await reopened.stores.clients.load(notice.clientId);
      const account = await reopened.stores.accounts.load(notice.accountId);
      assert.ok(client && account);
      const consentId = await rows.consent(account, client.client);
      await rows.grant({ consentId, sessionId: notice.sessionId }, account, client.client, { offline: 1 });
      await endings.endConsents(account.id, later);
      assert.deepEqual(await logoutNotices.listDue(later, [], 10), [
        { ...notice, createdAt: later, dueAt: later },
      ]);
    } finally {
      await reopened.close();
    }
  });
}
