import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { aClient, aClientKey, anAuditEvent, changed, someTime } from '../../test/fixtures/storage-entries.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { createManualClock } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { ClientKeyError } from './client-key.ts';
import { createClientKeyRemoval } from './client-key-removal.ts';
import type { RemoteSigner } from './remote-signer.ts';

/** A signer that forgets every key but those that `stuck` is true of. */
function signerWith(stuck: (remoteId: string) => boolean) {
  const asked: string[] = [];
  const remove: RemoteSigner['remove'] = async (remoteId) => {
    asked.push(remoteId);
    if (stuck(remoteId)) throw new ClientKeyError('signer-unavailable', 'not forgotten');
  };
  return { asked, remoteSigner: { remove } };
}

async function open(context: TestContext) {
  const { stores } = await openTestStorage(context);
  const { clients, clientKeys: store } = stores;
  const clock = createManualClock(someTime);
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (facts: object) => warnings.push(facts) };
  const shared = { store, clock, logger, longestTokenLifetimeSeconds: 86_400 };
  /** Keys by their `kid`: those that begin with `r` are with the signer. */
  const keyOf = (kid: string, clientId?: string) => ({
    ...aClientKey(kid, clientId),
    ...(kid.startsWith('r') && { sealed: null, remoteId: `of ${kid}` }),
  });
  return {
    store,
    clock,
    warnings,
    open: (remoteSigner: Pick<RemoteSigner, 'remove'> | null) =>
      createClientKeyRemoval({ ...shared, remoteSigner }),
    /** A client with a key; `last` ends that. */
    async add(kid: string, last: 'deleted' | 'replaced' | 'kept'): Promise<void> {
      const key = keyOf(kid);
      const client = aClient({ id: key.clientId });
      await clients.insert({ client, secrets: [], key, audit: anAuditEvent(client.id) });
      const audit = anAuditEvent(client.id);
      if (last === 'replaced') await clients.update({ client: changed(client), key: null, audit });
      if (last === 'deleted') await clients.remove({ id: client.id, revision: 1, audit });
    },
    stored: async (kids: readonly string[]) => {
      const found = await Promise.all(kids.map(store.has));
      return kids.filter((_, index) => found[index]);
    },
    published: async () => (await store.published()).map(({ kid }) => kid),
  };
}

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`);

test('keys that the signer does not forget keep no other from being removed, and are asked for again', async (context) => {
  const world = await open(context);
  const [stuck, free, local] = [numbered('r-a', 120), numbered('r-b', 30), numbered('l-', 150)];
  for (const kid of [...stuck, ...free, ...local]) await world.add(kid, 'deleted');
  const { asked, remoteSigner } = signerWith((remoteId) => remoteId.startsWith('of r-a'));
  const { removeExpired } = world.open(remoteSigner);
  assert.equal(await removeExpired(), 150);
  assert.deepEqual(await world.stored(local), []);
  assert.equal(await removeExpired(), 30);
  assert.deepEqual(await world.stored([...stuck, ...free]), stuck);
  assert.equal(new Set(asked).size, 150);
  await removeExpired();
  assert.equal(asked.filter((remoteId) => remoteId === 'of r-a000').length, 2);
  assert.equal(world.warnings.length, 220);
});

test('a signer that forgets everything is asked until nothing is left', async (context) => {
  const world = await open(context);
  const kids = numbered('r-', 230);
  for (const kid of kids) await world.add(kid, 'deleted');
  const { asked, remoteSigner } = signerWith(() => false);
  assert.equal(await world.open(remoteSigner).removeExpired(), 230);
  assert.equal(asked.length, 230);
  assert.deepEqual(await world.stored(kids), []);
});

test('a retired key is published no more when its time is over, whether its signer forgets it or not', async (context) => {
  const world = await open(context);
  for (const kid of ['local', 'r-mote']) await world.add(kid, 'replaced');
  await world.add('r-kept', 'kept');
  const { asked, remoteSigner } = signerWith(() => true);
  const { removeExpired } = world.open(remoteSigner);
  world.clock.advance(86_460);
  assert.equal(await removeExpired(), 0);
  assert.equal((await world.published()).length, 3);
  world.clock.advance(1);
  assert.equal(await removeExpired(), 1);
  assert.deepEqual(await world.published(), ['r-kept']);
  assert.deepEqual(await world.stored(['local', 'r-mote', 'r-kept']), ['r-mote', 'r-kept']);
  assert.deepEqual(asked, ['of r-mote']);
});

test('without a remote signer its keys wait for one, and no other key waits with them', async (context) => {
  const world = await open(context);
  for (const kid of ['r-mote', 'local']) await world.add(kid, 'deleted');
  assert.equal(await world.open(null).removeExpired(), 1);
  assert.deepEqual(await world.stored(['r-mote', 'local']), ['r-mote']);
  assert.deepEqual(world.warnings, []);
  assert.equal(await world.open(signerWith(() => false).remoteSigner).removeExpired(), 1);
  assert.deepEqual(await world.stored(['r-mote']), []);
});

test('a key that was made for nothing is forgotten by its signer, one that is stored is not', async (context) => {
  const world = await open(context);
  await world.add('r-kept', 'kept');
  const { asked, remoteSigner } = signerWith((remoteId) => remoteId === 'of r-stuck');
  const { discard } = world.open(remoteSigner);
  const discardKey = (kid: string) => discard({ kid, remoteId: `of ${kid}` });
  await discardKey('r-new');
  await discardKey('r-kept');
  await discard({ kid: 'local', remoteId: null });
  assert.deepEqual([asked, world.warnings.length], [['of r-new'], 1]);
  await discardKey('r-stuck');
  assert.equal(world.warnings.length, 2);
  await world.open(null).discard({ kid: 'r-new', remoteId: 'of r-new' });
});
