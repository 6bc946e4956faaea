import assert from 'node:assert/strict';
import { asEpochSeconds, secondsAfter } from '../../src/kernel/clock.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { aClient, anAuditEvent, anImage, aSecret, changed, someTime } from '../fixtures/storage-entries.ts';
import { auditOf, inParallel, insertClient, type StorageTest, tally } from './harness.ts';

/** What every driver must keep of the client records. */
export function testClients(storageTest: StorageTest): void {
  storageTest('a created client is read back as it was, its secrets oldest first', async (storage) => {
    const client = aClient({ redirectUris: ['https://a.example/cb', 'https://b.example/cb'] });
    const younger = aSecret({ createdAt: secondsAfter(someTime, 1), label: 'younger', sealed: 's' });
    const older = aSecret({ expiresAt: someTime, lastUsedAt: someTime });
    assert.equal(await insertClient(storage, client, [younger, older]), 'inserted');

    assert.deepEqual(await storage.stores.clients.load(client.id), { client, secrets: [older, younger] });
    assert.equal(await storage.stores.clients.load('nobody'), undefined);
  });

  storageTest('loads of one tick get each its own client', async (storage) => {
    const clients = await inParallel(20, async () => {
      const client = aClient();
      await insertClient(storage, client, [aSecret(), aSecret()]);
      return client;
    });
    const ids = ['nobody', ...clients.map((client) => client.id), clients[0]?.id ?? ''];
    const loaded = await Promise.all(ids.map((id) => storage.stores.clients.load(id)));

    assert.deepEqual(
      loaded.map((stored) => stored?.client),
      [undefined, ...clients, clients[0]],
    );
    assert.ok(loaded.slice(1).every((stored) => stored?.secrets.length === 2));
  });

  storageTest('an id is taken while its client lives and after it was deleted', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    assert.equal(await insertClient(storage, client), 'taken');
    const removal = { id: client.id, revision: 1, audit: anAuditEvent(client.id, 'client.deleted') };
    assert.equal(await storage.stores.clients.remove(removal), 'removed');
    assert.equal(await insertClient(storage, client), 'taken');

    assert.equal(await storage.stores.clients.load(client.id), undefined);
    const actions = (await auditOf(storage, client.id)).map((entry) => entry.action);
    assert.deepEqual(actions, ['client.created', 'client.deleted']);
  });

  storageTest('an update over another revision is a conflict and leaves no audit entry', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    const { clients } = storage.stores;
    const first = changed(client, { name: 'first' });
    assert.equal(await clients.update({ client: first, audit: anAuditEvent(client.id) }), 'updated');
    const second = changed(client, { name: 'second' });
    assert.equal(await clients.update({ client: second, audit: anAuditEvent(client.id) }), 'conflict');
    const absent = changed(aClient());
    assert.equal(await clients.update({ client: absent, audit: anAuditEvent(absent.id) }), 'conflict');

    assert.deepEqual((await clients.load(client.id))?.client, first);
    assert.equal((await auditOf(storage, client.id)).length, 2);
    assert.equal((await auditOf(storage, absent.id)).length, 0);
  });

  storageTest('of 50 writers over one revision exactly one wins', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    const outcomes = await inParallel(50, (index) =>
      storage.stores.clients.update({
        client: changed(client, { name: `writer ${index}` }),
        audit: anAuditEvent(client.id),
      }),
    );

    assert.deepEqual(tally(outcomes), { updated: 1, conflict: 49 });
    const stored = await storage.stores.clients.load(client.id);
    assert.equal(stored?.client.name, `writer ${outcomes.indexOf('updated')}`);
    assert.equal((await auditOf(storage, client.id)).length, 2);
  });

  storageTest('of 50 creations with one id exactly one wins', async (storage) => {
    const client = aClient();
    const outcomes = await inParallel(50, () => insertClient(storage, client));
    assert.deepEqual(tally(outcomes), { inserted: 1, taken: 49 });
    assert.equal((await auditOf(storage, client.id)).length, 1);
  });

  storageTest('a removal over another revision is a conflict', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    const removal = { id: client.id, revision: 2, audit: anAuditEvent(client.id, 'client.deleted') };
    assert.equal(await storage.stores.clients.remove(removal), 'conflict');
    assert.deepEqual((await storage.stores.clients.load(client.id))?.client, client);
    assert.equal((await auditOf(storage, client.id)).length, 1);
  });

  storageTest('an audit entry keeps every field', async (storage) => {
    const client = aClient();
    const audit = {
      ...anAuditEvent(client.id, 'client.secret-read'),
      changes: [{ field: 'name', before: null, after: '"quoted"' }],
    };
    await storage.stores.clients.appendAudit(audit);
    const [entry] = await auditOf(storage, client.id);
    assert.deepEqual(
      { ...entry, changes: JSON.parse(entry?.changes ?? '') },
      {
        id: audit.id,
        at: audit.at,
        action: audit.action,
        target_id: client.id,
        actor: audit.actor,
        face: audit.face,
        request_id: audit.requestId,
        changes: audit.changes,
      },
    );
  });

  storageTest('quotes, other scripts, NUL and __proto__ keys come back unchanged', async (storage) => {
    const jsonConfig = JSON.parse(
      '{"__proto__": {"admin": true}, "constructor": "\\u0000", "a\'b": "\\"; --"}',
    ) as JsonObject;
    const client = aClient({
      name: `Robert'); DROP TABLE "clients"; -- ä 漢字 🔑 \u202e \u0000 \ud800`,
      applicationBindings: [{ applicationId: 'api', config: { jsonConfig } }],
    });
    await insertClient(storage, client, [aSecret({ label: `l'été "🔑"` })]);
    const stored = await storage.stores.clients.load(client.id);
    assert.deepEqual(stored?.client, client);
    assert.equal(stored?.secrets[0]?.label, `l'été "🔑"`);
    assert.equal(
      JSON.stringify(stored?.client.applicationBindings[0]?.config?.jsonConfig),
      JSON.stringify(jsonConfig),
    );
    assert.deepEqual(await storage.stores.clients.list({}), [client]);
  });

  storageTest('existing answers which of many ids are registered', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    const { clients } = storage.stores;
    assert.deepEqual(await clients.existing([client.id, 'nobody', '"', client.id]), new Set([client.id]));
    assert.deepEqual(await clients.existing([]), new Set());
  });

  testLists(storageTest);
  testImages(storageTest);
}

function testLists(storageTest: StorageTest): void {
  storageTest('lists are in order of creation, also within one second', async (storage) => {
    const created: string[] = [];
    for (let index = 0; index < 20; index++) {
      const client = aClient();
      await insertClient(storage, client);
      created.push(client.id);
    }
    const oldest = aClient({ createdAt: asEpochSeconds(someTime - 1) });
    await insertClient(storage, oldest);

    const listed = await storage.stores.clients.list({});
    assert.deepEqual(
      listed.map((client) => client.id),
      [oldest.id, ...created],
    );
  });

  storageTest('a list shows what the filter and the visibility allow', async (storage) => {
    const mine = aClient({ name: 'mine', ownerId: 'me' });
    const mineOfApi = aClient({ name: 'mine of api', ownerId: 'me', applicationId: 'api' });
    const administered = aClient({ name: 'administered', ownerId: 'you', applicationId: 'managed' });
    const foreign = aClient({ name: 'foreign', ownerId: 'you', applicationId: 'api' });
    const nobodys = aClient({ name: "nobody's" });
    for (const client of [mine, mineOfApi, administered, foreign, nobodys])
      await insertClient(storage, client);
    const names = async (filter: Parameters<typeof storage.stores.clients.list>[0]) =>
      (await storage.stores.clients.list(filter)).map((client) => client.name);
    const visibility = { ownerId: 'me', applicationIds: ['managed', 'other'] };

    assert.deepEqual(await names({}), ['mine', 'mine of api', 'administered', 'foreign', "nobody's"]);
    assert.deepEqual(await names({ visibility }), ['mine', 'mine of api', 'administered']);
    assert.deepEqual(await names({ applicationId: 'api' }), ['mine of api', 'foreign']);
    assert.deepEqual(await names({ applicationId: 'api', visibility }), ['mine of api']);
    assert.deepEqual(await names({ visibility: { ownerId: '', applicationIds: [] } }), []);
  });

  storageTest('a list that starts after a change was answered shows it', async (storage) => {
    const client = aClient();
    await insertClient(storage, client);
    for (let current = client; current.revision < 10; current = changed(current)) {
      const next = changed(current);
      await storage.stores.clients.update({ client: next, audit: anAuditEvent(client.id) });
      assert.deepEqual(await storage.stores.clients.list({}), [next]);
    }
  });
}

function testImages(storageTest: StorageTest): void {
  storageTest(
    'an image is kept while the record names it, replaced by the next, and goes with the client',
    async (storage) => {
      const { clients } = storage.stores;
      const [first, second] = [anImage('first'), anImage('second')];
      const kept = async (id: string) =>
        (await Promise.all([first, second].map(({ hash }) => clients.loadImage(id, hash)))).map((image) =>
          image === undefined ? undefined : Buffer.from(image.octets).toString(),
        );
      const logo = ({ hash }: { readonly hash: string }) =>
        ({ kind: 'uploaded', hash, extension: 'png' }) as const;
      const plain = aClient();
      const audit = () => anAuditEvent(plain.id);
      await insertClient(storage, plain);

      const withFirst = changed(plain, { logo: logo(first) });
      await clients.update({ client: withFirst, image: first, audit: audit() });
      assert.deepEqual(await kept(plain.id), ['first', undefined]);
      const renamed = changed(withFirst, { name: 'renamed' });
      await clients.update({ client: renamed, audit: audit() });
      assert.deepEqual(await kept(plain.id), ['first', undefined]);
      const lost = changed(withFirst, { logo: logo(second) });
      assert.equal(await clients.update({ client: lost, image: second, audit: audit() }), 'conflict');
      assert.deepEqual(await kept(plain.id), ['first', undefined]);
      const withSecond = changed(renamed, { logo: logo(second) });
      await clients.update({ client: withSecond, image: second, audit: audit() });
      assert.deepEqual(await kept(plain.id), [undefined, 'second']);
      const external = changed(withSecond, { logo: { kind: 'external', uri: 'https://a.example/logo' } });
      await clients.update({ client: external, audit: audit() });
      assert.deepEqual(await kept(plain.id), [undefined, undefined]);

      const again = changed(external, { logo: logo(first) });
      await clients.update({ client: again, image: first, audit: audit() });
      await clients.remove({ id: plain.id, revision: again.revision, audit: audit() });
      assert.deepEqual(await kept(plain.id), [undefined, undefined]);
    },
  );
}
