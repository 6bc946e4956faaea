import assert from 'node:assert/strict';
import { asEpochSeconds, secondsAfter } from '../../src/kernel/clock.ts';
import { orderedUuid, randomUuid } from '../../src/kernel/random.ts';
import type { CodeRecord, StoredGrant } from '../../src/protocol/stored-grant.ts';
import type { Parameters } from '../../src/storage/statement.ts';
import { createPeopleRows } from '../fixtures/people-rows.ts';
import { anAuditEvent, someTime } from '../fixtures/storage-entries.ts';
import { inParallel, type OpenedStorage, type StorageTest, tally } from './harness.ts';

const codeRecord: CodeRecord = {
  redirectUri: 'https://client.example/callback',
  redirectUriGiven: true,
  codeChallenge: { challenge: 'c', method: 'S256' },
  nonce: null,
};
const later = secondsAfter(someTime, 600);
const muchLater = secondsAfter(someTime, 6000);

/** A grant of somebody who has signed in, not stored yet, plus `changes`. */
async function aGrant(storage: OpenedStorage, changes: Partial<StoredGrant> = {}): Promise<StoredGrant> {
  const rows = createPeopleRows(storage);
  const account = await rows.account({ username: randomUuid() });
  const client = await rows.client();
  return {
    id: orderedUuid(),
    consentId: await rows.consent(account, client),
    clientId: client.id,
    accountId: account.id,
    sessionId: await rows.session(account),
    offline: false,
    record: {
      scopes: ['openid'],
      audience: ['https://issuer.example'],
      claims: { userinfo: { email: { essential: true } }, id_token: {} },
      identityProviderId: randomUuid(),
      authTime: someTime,
      acr: null,
      amr: ['pwd'],
      sessionExpiresAt: muchLater,
    },
    createdAt: someTime,
    expiresAt: later,
    ...changes,
  };
}

/** Stores a grant with a code `code-…` and gives the hash of it. */
async function insertWithCode(storage: OpenedStorage, grant: StoredGrant): Promise<string> {
  const code = { hash: `code-${grant.id}`, record: codeRecord, expiresAt: later };
  assert.equal(await storage.stores.grants.insert({ grant, code, accessToken: null }), 'inserted');
  return code.hash;
}

const token = (hash: string, generation = 1) => ({
  hash,
  issuedAt: someTime,
  expiresAt: later,
  family: 'family',
  generation,
});

/** The opaque access token `a<index>`. */
const accessToken = (index: number, { clientId }: StoredGrant) => ({
  hash: `a${index}`,
  clientId,
  claims: {},
  expiresAt: later,
});

/** Which of 50 such tokens are stored. */
async function storedOf({ stores }: OpenedStorage): Promise<readonly number[]> {
  const found = await inParallel(50, (index) => stores.accessTokens.find(`a${index}`));
  return found.flatMap((entry, index) => (entry === undefined ? [] : [index]));
}

/** Stores a grant with a refresh token and gives the hash of it. */
async function insertWithToken(storage: OpenedStorage, grant: StoredGrant): Promise<string> {
  const code = await insertWithCode(storage, grant);
  const hash = `token-${grant.id}`;
  const use = { hash: code, grantId: grant.id, at: someTime, grantExpiresAt: later, accessToken: null };
  assert.equal(await storage.stores.grants.redeemCode({ ...use, refreshToken: token(hash) }), 'redeemed');
  return hash;
}

/** What every driver must keep of grants, codes and refresh tokens, and who wins where several want the same. */
export function testGrants(storageTest: StorageTest): void {
  testGrantRows(storageTest);
  testCodes(storageTest);
  testRefreshTokens(storageTest);
  testEndedGrants(storageTest);
  testExpiry(storageTest);
}

function testGrantRows(storageTest: StorageTest): void {
  storageTest(
    'a grant is found as it was stored, with its code and its account, and so is the client’s part in the session',
    async (storage) => {
      const { grants, endings } = storage.stores;
      const grant = await aGrant(storage);
      const hash = await insertWithCode(storage, grant);
      const account = await storage.stores.accounts.load(grant.accountId);
      assert.ok(account);
      assert.deepEqual(await Promise.all([grant.id, randomUuid(), grant.id].map(grants.load)), [
        { grant, account },
        undefined,
        { grant, account },
      ]);
      assert.deepEqual(await grants.findCode(hash), {
        hash,
        grant,
        account,
        record: codeRecord,
        expiresAt: later,
        usedAt: null,
      });
      assert.equal(await grants.findCode('other'), undefined);
      assert.deepEqual(await endings.clientsOf(grant.sessionId), [grant.clientId]);
      const again = { ...grant, id: orderedUuid() };
      assert.equal(await grants.insert({ grant: again, code: null, accessToken: null }), 'inserted');
      assert.deepEqual(await endings.clientsOf(grant.sessionId), [grant.clientId]);
    },
  );

  storageTest('no grant is stored once its session, consent, client or account is gone', async (storage) => {
    const { grants } = storage.stores;
    const grant = await aGrant(storage);
    for (const missing of ['sessionId', 'consentId', 'clientId', 'accountId'] as const) {
      const orphan = { ...grant, id: orderedUuid(), [missing]: randomUuid() };
      assert.equal(await grants.insert({ grant: orphan, code: null, accessToken: null }), 'gone', missing);
      assert.equal(await grants.load(orphan.id), undefined);
    }
    assert.deepEqual(await storage.stores.endings.clientsOf(grant.sessionId), []);
  });

  storageTest(
    'a sign-in beside the end of its session leaves no grant, whichever is first',
    async (storage) => {
      const { grants, endings } = storage.stores;
      await inParallel(10, async (index) => {
        const grant = await aGrant(storage);
        if (index % 2 === 0)
          await grants.insert({ grant: { ...grant, id: orderedUuid() }, code: null, accessToken: null });
        await Promise.all([
          endings.endSession(grant.sessionId, someTime),
          ...Array.from({ length: 4 }, () =>
            grants.insert({ grant: { ...grant, id: orderedUuid() }, code: null, accessToken: null }),
          ),
        ]);
        assert.equal(await grants.insert({ grant, code: null, accessToken: null }), 'gone');
      });
      assert.equal((await createPeopleRows(storage).count()).grants, 0);
    },
  );

  storageTest('an access token is stored with what it comes from, or not at all', async (storage) => {
    const { grants } = storage.stores;
    const grant = await aGrant(storage);
    const given = (index: number) => ({ accessToken: accessToken(index, grant) });
    await grants.insert({ grant, code: null, ...given(0) });
    assert.equal(await grants.extend(grant.id, muchLater, accessToken(1, grant)), 'extended');
    const orphan = { ...grant, id: orderedUuid(), sessionId: randomUuid() };
    assert.equal(await grants.insert({ grant: orphan, code: null, ...given(2) }), 'gone');
    assert.equal(await grants.extend(orphan.id, muchLater, accessToken(3, grant)), 'gone');
    const stranger = { ...grant, clientId: randomUuid() };
    assert.equal(await grants.extend(grant.id, muchLater, accessToken(4, stranger)), 'gone');
    assert.deepEqual(await storedOf(storage), [0, 1]);
  });

  storageTest('a grant is kept for longer, never for less', async (storage) => {
    const { grants } = storage.stores;
    const grant = await aGrant(storage);
    await grants.insert({ grant, code: null, accessToken: null });
    for (const [end, expected] of [[someTime, later] as const, [muchLater, muchLater] as const]) {
      assert.equal(await grants.extend(grant.id, end, null), 'extended');
      assert.equal((await grants.load(grant.id))?.grant.expiresAt, expected);
    }
    await grants.end(grant.id);
    assert.equal(await grants.extend(grant.id, muchLater, null), 'gone');
  });
}

function testCodes(storageTest: StorageTest): void {
  // against: single-use/parallel
  storageTest('of 50 redemptions of one code one succeeds, with its tokens alone', async (storage) => {
    const { grants } = storage.stores;
    const grant = await aGrant(storage);
    const hash = await insertWithCode(storage, grant);
    const use = { hash, grantId: grant.id, at: someTime, grantExpiresAt: muchLater, accessToken: null };
    const outcomes = await inParallel(50, (index) =>
      grants.redeemCode({ ...use, refreshToken: token(`t${index}`), accessToken: accessToken(index, grant) }),
    );
    assert.deepEqual(tally(outcomes), { redeemed: 1, replayed: 49 });
    const found = await inParallel(50, (index) => grants.findRefreshToken(`t${index}`));
    assert.equal(found.filter((entry) => entry !== undefined).length, 1);
    assert.deepEqual(await storedOf(storage), [outcomes.indexOf('redeemed')]);
    assert.deepEqual((await grants.findCode(hash))?.usedAt, someTime);
    assert.equal((await grants.load(grant.id))?.grant.expiresAt, muchLater);
  });

  storageTest(
    'a code whose grant has ended is gone, and one of another grant is not redeemed',
    async (storage) => {
      const { grants } = storage.stores;
      const [grant, other] = [await aGrant(storage), await aGrant(storage)];
      const hash = await insertWithCode(storage, grant);
      await insertWithCode(storage, other);
      const use = { hash, at: someTime, grantExpiresAt: later, refreshToken: token('t'), accessToken: null };
      assert.equal(await grants.redeemCode({ ...use, grantId: other.id }), 'replayed');
      await grants.end(grant.id);
      assert.equal(await grants.redeemCode({ ...use, grantId: grant.id }), 'gone');
      assert.deepEqual(
        [await grants.findCode(hash), await grants.findRefreshToken('t')],
        [undefined, undefined],
      );
    },
  );
}

function testRefreshTokens(storageTest: StorageTest): void {
  // against: refresh/reuse
  storageTest('of 50 rotations of one refresh token one succeeds', async (storage) => {
    const { grants } = storage.stores;
    const grant = await aGrant(storage);
    const hash = await insertWithToken(storage, grant);
    const use = { hash, grantId: grant.id, at: someTime, grantExpiresAt: muchLater, accessToken: null };
    const outcomes = await inParallel(50, (index) =>
      grants.rotate({
        ...use,
        successor: token(`s${index}`),
        forgotten: null,
        answer: `sealed ${index}`,
        accessToken: accessToken(index, grant),
      }),
    );
    assert.deepEqual(tally(outcomes), { rotated: 1, reused: 49 });
    const winner = outcomes.indexOf('rotated');
    const found = await inParallel(50, (index) => grants.findRefreshToken(`s${index}`));
    assert.deepEqual(
      found.flatMap((entry, index) => (entry === undefined ? [] : [index])),
      [winner],
    );
    assert.deepEqual(await storedOf(storage), [winner]);
    const rotated = await grants.findRefreshToken(hash);
    assert.deepEqual([rotated?.rotatedAt, rotated?.answer], [someTime, `sealed ${winner}`]);
    assert.deepEqual([found[winner]?.rotatedAt, found[winner]?.answer], [null, null]);
  });

  storageTest(
    // against: refresh/reuse
    'a family forgets its oldest tokens when one rotates, and knows all the same whose they are',
    async (storage) => {
      const { grants } = storage.stores;
      const grant = await aGrant(storage);
      const first = await insertWithToken(storage, grant);
      const use = {
        grantId: grant.id,
        at: someTime,
        grantExpiresAt: later,
        answer: 'sealed',
        accessToken: null,
      };
      for (const [index, hash] of [first, 's2', 's3'].entries()) {
        const successor = token(`s${index + 2}`, index + 2);
        assert.equal(await grants.rotate({ ...use, hash, successor, forgotten: null }), 'rotated');
      }
      const alien = { ...token('s5', 5), family: 'another' };
      assert.equal(await grants.rotate({ ...use, hash: 's4', successor: alien, forgotten: 4 }), 'rotated');
      assert.notEqual(await grants.findRefreshToken(first), undefined);
      const late = { hash: 's5', successor: token('s6', 6), forgotten: 2 };
      assert.equal(await grants.rotate({ ...use, ...late, hash: 's4' }), 'reused');
      assert.notEqual(await grants.findRefreshToken(first), undefined);
      assert.equal(await grants.rotate({ ...use, ...late }), 'rotated');
      const left = await Promise.all([first, 's2', 's3', 's4', 's5', 's6'].map(grants.findRefreshToken));
      assert.deepEqual(
        left.map((entry) => entry?.generation),
        [undefined, undefined, 3, 4, 5, 6],
      );
      const family = { grantId: grant.id, family: 'family' };
      assert.equal((await grants.findOfFamily(family))?.grant.id, grant.id);
      assert.equal(await grants.findOfFamily({ ...family, family: 'unknown' }), undefined);
      assert.equal(await grants.findOfFamily({ ...family, grantId: randomUuid() }), undefined);
      await grants.end(grant.id);
      assert.equal(await grants.findOfFamily(family), undefined);
    },
  );

  storageTest('an answer is given again so many times, however many ask at once', async (storage) => {
    const { grants } = storage.stores;
    const grant = await aGrant(storage);
    const hash = await insertWithToken(storage, grant);
    assert.equal(await grants.answerAgain(hash, 3), 'exhausted');
    const use = { hash, grantId: grant.id, at: someTime, grantExpiresAt: later, accessToken: null };
    await grants.rotate({ ...use, successor: token('s'), forgotten: null, answer: 'sealed' });
    const outcomes = await inParallel(20, () => grants.answerAgain(hash, 3));
    assert.deepEqual(tally(outcomes), { again: 3, exhausted: 17 });
  });

  storageTest('no token is rotated once its grant has ended', async (storage) => {
    const { grants } = storage.stores;
    await inParallel(8, async (index) => {
      const grant = await aGrant(storage);
      const hash = await insertWithToken(storage, grant);
      const use = { hash, grantId: grant.id, at: someTime, grantExpiresAt: muchLater, accessToken: null };
      const rotation = { ...use, successor: token(`s${index}`), forgotten: null, answer: 'sealed' };
      await Promise.all([grants.end(grant.id), grants.rotate(rotation)]);
      assert.equal(await grants.findRefreshToken(`s${index}`), undefined);
      assert.equal(await grants.rotate(rotation), 'gone');
    });
  });
}

function testEndedGrants(storageTest: StorageTest): void {
  storageTest(
    'codes and refresh tokens go with the grant, and the grant with its consent, client or account',
    async (storage) => {
      const { grants, endings, clients } = storage.stores;
      const [one, two] = [await aGrant(storage), await aGrant(storage)];
      const hashes = [await insertWithToken(storage, one), await insertWithToken(storage, two)];
      await endings.endConsent(one.consentId, one.accountId, someTime);
      const client = await clients.load(two.clientId);
      const audit = anAuditEvent(two.clientId, 'client.deleted');
      await clients.remove({ id: two.clientId, revision: client?.client.revision ?? 0, audit });
      assert.deepEqual(await Promise.all(hashes.map(grants.findRefreshToken)), [undefined, undefined]);
      assert.deepEqual(await Promise.all([one.id, two.id].map(grants.load)), [undefined, undefined]);
      assert.equal(await grants.findCode(`code-${one.id}`), undefined);
    },
  );
}

function testExpiry(storageTest: StorageTest): void {
  storageTest(
    'a purge takes codes, refresh tokens, grants and sessions that have expired, and no other',
    async (storage) => {
      const { grants, expiry } = storage.stores;
      const expired = await aGrant(storage);
      const kept = await aGrant(storage, { expiresAt: muchLater });
      const [expiredToken, keptToken] = [await insertWithToken(storage, expired), `kept-${kept.id}`];
      const code = await insertWithCode(storage, kept);
      const use = {
        hash: code,
        grantId: kept.id,
        at: someTime,
        grantExpiresAt: muchLater,
        accessToken: null,
      };
      await grants.redeemCode({ ...use, refreshToken: { ...token(keptToken), expiresAt: muchLater } });
      await createPeopleRows(storage).session(await accountOf(storage, kept), { expires_at: someTime });

      const before = secondsAfter(later, 1);
      assert.ok((await expiry.purge(before, 100)) > 0);
      assert.equal(await expiry.purge(before, 100), 0);
      assert.deepEqual(
        [await grants.load(expired.id), await grants.findRefreshToken(expiredToken)],
        [undefined, undefined],
      );
      assert.equal(await grants.findCode(code), undefined);
      assert.ok((await grants.load(kept.id)) && (await grants.findRefreshToken(keptToken)));
    },
  );

  storageTest('a purge takes the answers of rotated tokens, and leaves the tokens', async (storage) => {
    const { grants, expiry } = storage.stores;
    const grant = await aGrant(storage);
    const hash = await insertWithToken(storage, grant);
    const use = { hash, grantId: grant.id, at: someTime, grantExpiresAt: later, accessToken: null };
    await grants.rotate({ ...use, successor: token('s'), forgotten: null, answer: 'sealed' });
    assert.equal(await expiry.purge(someTime, 100), 0);
    assert.equal((await grants.findRefreshToken(hash))?.answer, 'sealed');
    assert.equal(await expiry.purge(secondsAfter(someTime, 1), 100), 1);
    const { rotatedAt, answer } = (await grants.findRefreshToken(hash)) ?? {};
    assert.deepEqual([rotatedAt, answer], [someTime, null]);
  });

  storageTest('a purge takes what waited for people, at most so much at once', async (storage) => {
    const insert = storage.engine.statement(
      (db, args: Parameters<{ readonly id: string; readonly expires_at: number }>) =>
        db.insertInto('interactions').values({
          ...args.row(['id', 'expires_at']),
          browser_hash: 'b',
          kind: 'authorization',
          revision: 1,
          state: '{}',
        }),
    );
    await inParallel(5, async (index) => {
      const expires_at = secondsAfter(someTime, index);
      await storage.engine.write({ steps: [{ run: insert({ id: randomUuid(), expires_at }) }], done: 'put' });
    });
    const before = asEpochSeconds(someTime + 4);
    assert.equal(await storage.stores.expiry.purge(before, 3), 3);
    assert.equal(await storage.stores.expiry.purge(before, 3), 1);
    assert.equal(await storage.stores.expiry.purge(before, 3), 0);
  });
}

async function accountOf({ stores }: OpenedStorage, { accountId }: StoredGrant) {
  const account = await stores.accounts.load(accountId);
  assert.ok(account);
  return account;
}
