import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { untilSettled } from './until-settled.ts';

test('an attempt is made again until nobody was quicker, and what it then resolves to is the result', async () => {
  const outcomes = ['conflict', 'conflict', 'written', 'written again'] as const;
  let tries = 0;
  assert.equal(await untilSettled(async () => outcomes[tries++] ?? 'conflict'), 'written');
  assert.equal(tries, 3);
});

test('whoever loses again and again is told so in the end', async () => {
  let tries = 0;
  const lose = async () => {
    tries++;
    return 'conflict' as const;
  };
  assert.equal(await untilSettled(lose), 'conflict');
  assert.equal(tries, 96);
});

test('an error ends the tries', async () => {
  let tries = 0;
  const fail = async (): Promise<'conflict'> => {
    if (++tries === 2) throw new Error('lost');
    return 'conflict';
  };
  await assert.rejects(untilSettled(fail), { message: 'lost' });
  assert.equal(tries, 2);
});

test('nodes whose turns keep in step each get theirs', async () => {
  const turns = 200;
  let revision = 0;
  const write = async (): Promise<'written' | 'conflict'> => {
    const seen = revision;
    await setImmediate();
    if (seen !== revision) return 'conflict';
    revision++;
    return 'written';
  };
  const node = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn++) assert.equal(await untilSettled(write), 'written');
  };
  await Promise.all([node(), node(), node()]);
  assert.equal(revision, 3 * turns);
});
