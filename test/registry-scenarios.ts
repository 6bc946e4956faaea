import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operator } from '../src/clients/policy.ts';
import { startTestServer, type TestServer } from './fixtures/running-server.ts';

/** A client in the words that every face has. */
export interface NeutralClient {
  readonly id: string;
  readonly name: string;
  /** The first is the default; a face that shows one shows the first. */
  readonly redirectUri: string;
}

/** What a face says when it refuses. */
export interface Refusal {
  readonly kind: 'invalid' | 'not_found' | 'protected' | 'unauthenticated' | 'forbidden';
  /** The faulty fields, in neutral words. */
  readonly fields: readonly string[];
}

/** What a scenario asks of a face; each call goes over the wire. */
export interface FaceDriver {
  readonly create: (
    client: Pick<NeutralClient, 'name' | 'redirectUri'>,
  ) => Promise<NeutralClient & { readonly secret: string }>;
  readonly read: (id: string) => Promise<NeutralClient>;
  readonly update: (id: string, change: Partial<Omit<NeutralClient, 'id'>>) => Promise<NeutralClient>;
  /** Writes back everything that was read. */
  readonly writeBack: (id: string) => Promise<void>;
  readonly list: () => Promise<readonly NeutralClient[]>;
  readonly remove: (id: string) => Promise<void>;
  /** Leaves one secret, a new one. */
  readonly regenerateSecret: (id: string) => Promise<string>;
  /** What a rejected call says. */
  readonly refusalOf: (error: unknown) => Refusal;
}

/** Opens a face on a server; `token` null: without a token. */
export type OpenFace = (server: TestServer, token?: string | null) => Promise<FaceDriver>;

const shop = { name: 'Shop', redirectUri: 'https://shop.example/callback' };

/** Runs what must hold of the registry whichever face it is administered through. */
export function runRegistryScenarios(face: string, open: OpenFace): void {
  const scenario = (title: string, run: (server: TestServer, driver: FaceDriver) => Promise<void>): void => {
    test(`${face}: ${title}`, async (context) => {
      const server = await startTestServer(context);
      await run(server, await open(server));
    });
  };
  const revisionOf = async (server: TestServer, id: string): Promise<number> =>
    (await server.registry.get({ actor: operator, face: 'cli', requestId: 'test', id })).revision;
  const refusalOf = async (driver: FaceDriver, call: Promise<unknown>): Promise<Refusal> =>
    call.then(
      () => assert.fail('it was not refused'),
      (error) => driver.refusalOf(error),
    );

  scenario('a created client is read, listed and gets a token', async (server, driver) => {
    const { secret, ...created } = await driver.create(shop);
    assert.deepEqual(created, { id: created.id, ...shop });
    assert.deepEqual(await driver.read(created.id), created);
    assert.deepEqual(
      (await driver.list()).filter(({ id }) => id === created.id),
      [created],
    );
    assert.equal((await server.requestToken({ id: created.id, secret })).status, 200);
  });

  scenario('a partial update changes what it names and keeps the rest', async (server, driver) => {
    const { id } = await driver.create(shop);
    assert.deepEqual(await driver.update(id, { name: 'Store' }), { id, ...shop, name: 'Store' });
    assert.deepEqual(await driver.read(id), { id, ...shop, name: 'Store' });
    assert.equal(await revisionOf(server, id), 2);
  });

  scenario('writing back what was read changes nothing, not even the revision', async (server, driver) => {
    const { id } = await driver.create(shop);
    await driver.writeBack(id);
    assert.equal(await revisionOf(server, id), 1);
  });

  scenario('a redirect URI is replaced', async (_server, driver) => {
    const { id } = await driver.create(shop);
    const redirectUri = 'https://shop.example/other';
    assert.equal((await driver.update(id, { redirectUri })).redirectUri, redirectUri);
  });

  scenario('a refused change names every faulty field and changes nothing', async (server, driver) => {
    const created = await driver.create(shop);
    const change = driver.update(created.id, { name: '', redirectUri: 'javascript:alert(1)' });
    assert.deepEqual(await refusalOf(driver, change), { kind: 'invalid', fields: ['name', 'redirectUri'] });
    assert.equal((await driver.read(created.id)).name, shop.name);
    assert.equal(await revisionOf(server, created.id), 1);
  });

  scenario('a refused creation stores nothing', async (_server, driver) => {
    const before = await driver.list();
    const refusal = await refusalOf(
      driver,
      driver.create({ ...shop, redirectUri: 'http://shop.example/callback' }),
    );
    assert.deepEqual(refusal, { kind: 'invalid', fields: ['redirectUri'] });
    assert.deepEqual(await driver.list(), before);
  });

  scenario('a deleted client is gone, its tokens are dead and its id stays taken', async (server, driver) => {
    const { id, secret } = await driver.create(shop);
    await driver.remove(id);
    assert.equal((await refusalOf(driver, driver.read(id))).kind, 'not_found');
    assert.equal((await refusalOf(driver, driver.remove(id))).kind, 'not_found');
    assert.equal((await server.requestToken({ id, secret })).status, 401);
    const again = server.registry.create({
      actor: operator,
      face: 'cli',
      requestId: 'test',
      id,
      patch: () => ({}),
    });
    await assert.rejects(again, { code: 'invalid' });
  });

  scenario(
    'after a regeneration the old secret is refused and the new one accepted',
    async (server, driver) => {
      const { id, secret } = await driver.create(shop);
      const renewed = await driver.regenerateSecret(id);
      assert.equal((await server.requestToken({ id, secret })).status, 401);
      assert.equal((await server.requestToken({ id, secret: renewed })).status, 200);
      assert.equal(await revisionOf(server, id), 1);
    },
  );

  scenario('an internal client is not changed or deleted', async (server, driver) => {
    const { clientId } = { clientId: server.declared.bootstrapClientId };
    const before = await revisionOf(server, clientId);
    const calls = [
      () => driver.update(clientId, { name: 'Mine' }),
      () => driver.remove(clientId),
      () => driver.regenerateSecret(clientId),
    ];
    for (const call of calls) assert.equal((await refusalOf(driver, call())).kind, 'protected');
    assert.equal(await revisionOf(server, clientId), before);
  });

  scenario('concurrent updates of different fields are all applied', async (server, driver) => {
    const { id } = await driver.create(shop);
    const redirectUri = 'https://shop.example/other';
    const rounds = Array.from({ length: 25 }, () => [
      driver.update(id, { name: 'Store' }),
      driver.update(id, { redirectUri }),
    ]);
    await Promise.all(rounds.flat());
    assert.deepEqual(await driver.read(id), { id, name: 'Store', redirectUri });
    assert.equal(await revisionOf(server, id), 3);
  });

  scenario(
    'of fifty concurrent renamings each is one revision and one audit entry',
    async (server, driver) => {
      const { id } = await driver.create(shop);
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => driver.update(id, { name: `Shop ${index}` })),
      );
      assert.equal(await revisionOf(server, id), 51);
    },
  );

  scenario('an unknown id, and a call without a token, are refused as such', async (server, driver) => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    assert.equal((await refusalOf(driver, driver.read(unknown))).kind, 'not_found');
    assert.equal((await refusalOf(driver, driver.update(unknown, { name: 'x' }))).kind, 'not_found');
    const stranger = await open(server, null);
    assert.equal((await refusalOf(stranger, stranger.read(unknown))).kind, 'unauthenticated');
    assert.equal((await refusalOf(stranger, stranger.create(shop))).kind, 'unauthenticated');
  });
}
