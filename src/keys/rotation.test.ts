import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someTime } from '../../test/fixtures/storage-entries.ts';
import { createEnding } from '../../test/fixtures/teardown.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { createManualClock } from '../kernel/clock.ts';
import { randomOctets } from '../kernel/random.ts';
import { openKeyring } from './keyring.ts';
import type { KeyStore } from './store.ts';
import { createVault } from './vault.ts';

const day = 86_400;
const rotationSeconds = 90 * day;
const keptSeconds = day + 3600;

async function openFixture() {
  const ending = createEnding();
  const storage = await openTestStorage(ending);
  const clock = createManualClock(someTime);
  const vault = createVault(randomOctets(32));
  const { keys } = storage.stores;
  const open = (store: KeyStore = keys, ownClock = clock) =>
    openKeyring({ store, vault, clock: ownClock, algorithms: ['ES256'], longestTokenLifetimeSeconds: day });
  const keyring = await open();
  return {
    clock,
    keys,
    keyring,
    open,
    /** What a server does once a minute. */
    tend: async (node = keyring) => {
      const rotated = await node.rotateAged(rotationSeconds);
      await node.removeRetired();
      return rotated.length;
    },
    current: () => keyring.keySet().signer('ES256').kid,
    published: () => keyring.keySet().publicJwks.map(({ kid }) => kid),
    states: async () =>
      (await keys.loadAll())
        .filter(({ purpose }) => purpose === 'signing')
        .map(({ state }) => state)
        .sort(),
    [Symbol.asyncDispose]: () => ending[Symbol.asyncDispose](),
  };
}

test('a key takes over once the one before has signed for the time of a rotation, and was published all the while', async () => {
  await using fixture = await openFixture();
  const [first, published] = [fixture.current(), fixture.published()];
  fixture.clock.advance(rotationSeconds - 1);
  assert.equal(await fixture.tend(), 0);
  assert.equal(fixture.current(), first);
  fixture.clock.advance(1);
  assert.equal(await fixture.tend(), 1);
  assert.notEqual(fixture.current(), first);
  assert.ok(published.includes(fixture.current()));
  assert.ok(fixture.published().includes(first));
  assert.equal(fixture.published().length, 3);
});

test('a retired key is published until its last token has expired, and then no more', async () => {
  await using fixture = await openFixture();
  const first = fixture.current();
  fixture.clock.advance(rotationSeconds);
  await fixture.tend();
  fixture.clock.advance(keptSeconds);
  await fixture.tend();
  assert.ok(fixture.published().includes(first));
  fixture.clock.advance(1);
  await fixture.tend();
  assert.ok(!fixture.published().includes(first));
  assert.deepEqual(await fixture.states(), ['current', 'next']);
});

test('a server that was down for years rotates once', async () => {
  await using fixture = await openFixture();
  fixture.clock.advance(3 * 365 * day);
  const node = await fixture.open();
  assert.equal(await fixture.tend(node), 1);
  for (let minute = 0; minute < 5; minute++) {
    fixture.clock.advance(60);
    assert.equal(await fixture.tend(node), 0);
  }
  assert.deepEqual(await fixture.states(), ['current', 'next', 'retired']);
});

test('of several nodes that find a rotation due, whenever each has read the keys, one does it', async () => {
  await using fixture = await openFixture();
  const nodes = await Promise.all(Array.from({ length: 5 }, () => fixture.open()));
  fixture.clock.advance(rotationSeconds);
  const counts = await Promise.all(nodes.map((node) => fixture.tend(node)));
  assert.deepEqual(counts.toSorted(), [0, 0, 0, 0, 1]);
  assert.deepEqual(await fixture.states(), ['current', 'next', 'retired']);
});

test('a node that decided on keys which another has rotated meanwhile changes nothing', async () => {
  await using fixture = await openFixture();
  const stale = await fixture.keys.loadAll();
  const late = await fixture.open({ ...fixture.keys, loadAll: async () => stale });
  fixture.clock.advance(rotationSeconds);
  await fixture.tend();
  const before = await fixture.keys.loadAll();
  assert.equal(await fixture.tend(late), 0);
  assert.deepEqual(await fixture.keys.loadAll(), before);
});

test('a clock that jumps ahead by years costs one step, and every key that signed before it stays published', async () => {
  await using fixture = await openFixture();
  const signed = [fixture.current()];
  fixture.clock.advance(rotationSeconds);
  await fixture.tend();
  signed.push(fixture.current());
  fixture.clock.advance(10 * 365 * day);
  for (let minute = 0; minute < 60; minute++) {
    await fixture.tend();
    fixture.clock.advance(60);
  }
  for (const kid of signed) assert.ok(fixture.published().includes(kid));
  assert.deepEqual(await fixture.states(), ['current', 'next', 'retired', 'retired']);
});

test('a clock that goes back brings no retired key back, and rotation goes on by the clock as it is then', async () => {
  await using fixture = await openFixture();
  const first = fixture.current();
  fixture.clock.advance(10 * 365 * day);
  assert.equal(await fixture.tend(), 1);
  const second = fixture.current();
  fixture.clock.advance(-10 * 365 * day);
  assert.equal(await fixture.tend(), 0);
  assert.equal(fixture.current(), second);
  assert.ok(fixture.published().includes(first));

  fixture.clock.advance(keptSeconds + 1);
  await fixture.tend();
  assert.ok(!fixture.published().includes(first));
  fixture.clock.advance(rotationSeconds);
  assert.equal(await fixture.tend(), 1);
  assert.notEqual(fixture.current(), second);
});

test('a node whose clock is far behind neither rotates nor removes', async () => {
  await using fixture = await openFixture();
  fixture.clock.advance(rotationSeconds);
  await fixture.tend();
  const behind = createManualClock(someTime);
  behind.advance(-365 * day);
  const node = await fixture.open(fixture.keys, behind);
  assert.equal(await fixture.tend(node), 0);
  assert.deepEqual(await fixture.states(), ['current', 'next', 'retired']);
});

test('rotated by hand, keys move at once, and again when every node must have read them', async () => {
  await using fixture = await openFixture();
  assert.equal(await fixture.keyring.rotate('ES256'), 'rotated');
  const before = await fixture.keys.loadAll();
  assert.equal(await fixture.keyring.rotate('ES256'), 'too-soon');
  assert.deepEqual(await fixture.keys.loadAll(), before);
  fixture.clock.advance(120);
  assert.equal(await fixture.keyring.rotate('ES256'), 'rotated');
});
