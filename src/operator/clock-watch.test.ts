import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../kernel/clock.ts';
import { createClockWatch } from './clock-watch.ts';

const minute = 60;
const day = 24 * 60 * minute;

/** A clock, and the time that passes whatever it shows. */
function open() {
  const clock = createManualClock();
  let elapsed = 1_000_000;
  const { isAhead } = createClockWatch(clock, () => elapsed);
  return {
    isAhead,
    jump: clock.advance,
    pass: (seconds: number) => {
      clock.advance(seconds);
      elapsed += seconds * 1000;
    },
  };
}

test('a clock that goes on is not ahead, however long, and though it gains a little', () => {
  const { isAhead, pass, jump } = open();
  for (let look = 0; look < 100; look += 1) {
    pass(day);
    jump(5);
    assert.equal(isAhead(), false);
  }
});

test('a clock that was put ahead is ahead until it returns', () => {
  const { isAhead, pass, jump } = open();
  jump(minute);
  assert.equal(isAhead(), true);
  pass(minute);
  assert.equal(isAhead(), true);
  jump(-minute);
  assert.equal(isAhead(), false);
});

test('a clock that stays ahead for a day is believed', () => {
  const { isAhead, pass, jump } = open();
  jump(10 * day);
  assert.equal(isAhead(), true);
  pass(day - 1);
  assert.equal(isAhead(), true);
  pass(1);
  assert.equal(isAhead(), false);
  jump(minute);
  assert.equal(isAhead(), true);
});

test('each jump has its own day, and one that was taken back does not count', () => {
  const { isAhead, pass, jump } = open();
  jump(day);
  assert.equal(isAhead(), true);
  jump(-day);
  assert.equal(isAhead(), false);
  pass(day);
  jump(day);
  assert.equal(isAhead(), true);
});

test('a clock that was put back is believed, and is ahead when it is put right again', () => {
  const { isAhead, jump } = open();
  jump(-day);
  assert.equal(isAhead(), false);
  jump(day);
  assert.equal(isAhead(), true);
});
