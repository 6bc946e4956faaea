import assert from 'node:assert/strict';
import { orderedUuid } from '../../src/kernel/random.ts';
import type { Consent } from '../../src/protocol/authorization/consent.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { createAllowedScopes } from '../../src/storage/sql/allowed-scopes.ts';
import { createPeopleRows, type PeopleRows } from '../fixtures/people-rows.ts';
import { someTime } from '../fixtures/storage-entries.ts';
import { inParallel, type OpenedStorage, type StorageTest } from './harness.ts';

/** Who signs in, and where. */
async function somebody(rows: PeopleRows) {
  const [account, client] = [await rows.account(), await rows.client()];
  return { account, client, sessionId: await rows.session(account) };
}

type Somebody = Awaited<ReturnType<typeof somebody>>;

const grantRecord = (...scopes: readonly string[]) => ({ scopes, audience: ['a'], amr: ['pwd'] });

/** A grant of `scopes`. */
async function grant(rows: PeopleRows, consentId: string, of: Somebody, ...scopes: readonly string[]) {
  const record = JSON.stringify(grantRecord(...scopes));
  return rows.grant({ consentId, sessionId: of.sessionId }, of.account, of.client, { record });
}

async function scopesOfGrant({ stores }: OpenedStorage, id: string): Promise<readonly string[] | undefined> {
  return (await stores.grants.load(id))?.grant.record.scopes;
}

/** What takes scopes out, while `meanwhile` happens once between its reading and its writing. */
function createInterrupted(engine: Engine, meanwhile: () => Promise<unknown>) {
  let hasHappened = false;
  const scan: Engine['scan'] = async (query) => {
    const found = await engine.scan(query);
    if (!hasHappened && found.length > 0) {
      hasHappened = true;
      await meanwhile();
    }
    return found;
  };
  return createAllowedScopes({ ...engine, scan });
}

/** What every driver must do when a scope is taken out of what people have allowed. */
export function testAllowedScopes(storageTest: StorageTest): void {
  storageTest(
    'a scope is taken out of consents and grants by its name alone, letter for letter, and the rest of them stays',
    async (storage) => {
      const { consents, grants, allowedScopes } = storage.stores;
      const rows = createPeopleRows(storage);
      const of = await somebody(rows);
      const names = ['a_b%c', 'axb%c', 'a_b-c', 'A_B%C', 'a_b%c:d', '\\', '%', '_', '"'];
      const consent: Consent = {
        id: orderedUuid(),
        clientId: of.client.id,
        accountId: of.account.id,
        revision: 1,
        allowed: { scopes: names, audiences: ['a_b%c'], claims: ['a_b%c'], redirectHosts: ['a_b%c'] },
        createdAt: someTime,
        lastUsedAt: someTime,
      };
      await consents.insert(consent);
      const id = await grant(rows, consent.id, of, ...names, 'openid');
      for (const [index, name] of names.entries()) {
        await allowedScopes.forget(name);
        const left = names.slice(index + 1);
        const allowed = { ...consent.allowed, scopes: left };
        assert.deepEqual(await consents.load(consent.id), { ...consent, allowed, revision: index + 2 });
        const stored = await grants.load(id);
        assert.deepEqual(stored?.grant.record, grantRecord(...left, 'openid'));
      }
    },
  );

  storageTest(
    'a grant of nothing but the scope ends, and one that never was of any stays',
    async (storage) => {
      const rows = createPeopleRows(storage);
      const of = await somebody(rows);
      const consentId = await rows.consent(of.account, of.client, ['reports']);
      const ids = [
        await grant(rows, consentId, of, 'reports'),
        await grant(rows, consentId, of),
        await grant(rows, consentId, of, 'openid', 'reports'),
      ];
      await storage.stores.allowedScopes.forget('reports');
      const left = await Promise.all(ids.map((id) => scopesOfGrant(storage, id)));
      assert.deepEqual(left, [undefined, [], ['openid']]);
      assert.deepEqual((await storage.stores.consents.load(consentId))?.allowed.scopes, []);
    },
  );

  storageTest('what a person allows meanwhile is kept, and the scope is gone from it', async (storage) => {
    const { consents } = storage.stores;
    const rows = createPeopleRows(storage);
    const { account, client } = await somebody(rows);
    const id = await rows.consent(account, client, ['openid', 'reports']);
    const found = await consents.load(id);
    assert.ok(found);
    const allowed = { ...found.allowed, scopes: [...found.allowed.scopes, 'profile'] };
    const answer = () => consents.replace({ ...found, revision: 2, allowed });
    await createInterrupted(storage.engine, answer).forget('reports');
    const left = await consents.load(id);
    assert.deepEqual([left?.allowed.scopes, left?.revision], [['openid', 'profile'], 3]);
    assert.equal(await answer(), 'conflict');
  });

  storageTest('two scopes that are taken out of one grant at once are both gone', async (storage) => {
    const rows = createPeopleRows(storage);
    const of = await somebody(rows);
    const consentId = await rows.consent(of.account, of.client);
    const id = await grant(rows, consentId, of, 'openid', 'reports', 'exports');
    const other = () => storage.stores.allowedScopes.forget('exports');
    await createInterrupted(storage.engine, other).forget('reports');
    assert.deepEqual(await scopesOfGrant(storage, id), ['openid']);
  });

  storageTest('a scope is taken out of however many', async (storage) => {
    const rows = createPeopleRows(storage);
    const of = await somebody(rows);
    const consentId = await rows.consent(of.account, of.client, ['reports']);
    // More than are read at once, and among them some that only look as if they said it.
    const ids = await inParallel(450, (index) =>
      grant(rows, consentId, of, 'openid', index % 3 === 0 ? 'REPORTS' : 'reports'),
    );
    await storage.stores.allowedScopes.forget('reports');
    const left = await Promise.all(ids.map((id) => scopesOfGrant(storage, id)));
    for (const [index, scopes] of left.entries()) {
      assert.deepEqual(scopes, index % 3 === 0 ? ['openid', 'REPORTS'] : ['openid']);
    }
  });
}
